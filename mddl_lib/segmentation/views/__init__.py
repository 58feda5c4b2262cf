"""What the chapters show of label fusion: outlines of masks on a picture, and where a pixel's votes come from."""
