"""Ratios against floors and peers, each measured in one run on one thread. See README.md."""
