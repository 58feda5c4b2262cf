"""Which of its two lives a notebook leads: under a kernel with a reader, or executed for the page."""

from __future__ import annotations

import os


def static() -> bool:
    """Whether the notebook runs for the rendered page: its sliders are precomputed, its progress bars off.

    Taught in :doc:`/how_to_read`.
    """
    return os.environ.get("MDDL_STATIC", "") == "1"


def quiet() -> bool:
    """Whether progress bars stay off.

    Taught in :doc:`/how_to_read`.
    """
    return static() or os.environ.get("MDDL_QUIET", "") == "1"
