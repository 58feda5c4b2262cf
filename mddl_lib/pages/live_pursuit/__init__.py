"""Sparse coding live in the page: a code that the reader sets, and what ISTA and the trained networks make of its signal."""

from mddl_lib.pages.live_pursuit.panel import live_pursuit

__all__ = ["live_pursuit"]
