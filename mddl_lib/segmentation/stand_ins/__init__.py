"""Data that stand in for the hearts of the 2013 challenge, which cannot be downloaded: muscle of other hearts, and hippocampi."""
