"""Figures with sliders: live under a kernel, precomputed in the page (no kernel, no network, by keyboard)."""

from mddl_lib.pages.sliders.explore import explore
from mddl_lib.pages.sliders.player import player

__all__ = ["explore", "player"]
