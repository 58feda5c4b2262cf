"""Learned descent live in the page: noise on a picture, also one's own, and what every turn of the network leaves of it."""

from mddl_lib.pages.live_descent.panel import live_descent

__all__ = ["live_descent"]
