"""Arrays that numpy saved; pickles in them are refused."""

from __future__ import annotations

import io

import numpy as np

from ..registry import Group


def read(content: bytes, group: Group) -> list[np.ndarray | dict[str, np.ndarray]]:
    """The array of an .npy file, or name → array of an .npz file."""
    loaded = np.load(io.BytesIO(content), allow_pickle=False)
    return [loaded if isinstance(loaded, np.ndarray) else dict(loaded)]
