"""The trained network, computed in the reader's own browser: a panel of plain HTML with its scripts and half-precision weights."""

from mddl_lib.pages.live_network.panel import live_network

__all__ = ["live_network"]
