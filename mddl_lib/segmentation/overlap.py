"""How far two masks agree: Dice and Jaccard, one number a mask."""

from __future__ import annotations

import numpy as np


def dice(estimate: np.ndarray, truth: np.ndarray) -> float:
    r"""Dice: :math:`2 |A \cap B| / (|A| + |B|)`, between 0 and 1.

    :param estimate: a mask: true or false, or 0 and 1.
    :raises ValueError: for masks of different sizes, other values, or a truth without a pixel.
    """
    a, b = _masks(estimate, truth)
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def jaccard(estimate: np.ndarray, truth: np.ndarray) -> float:
    r"""Jaccard: :math:`|A \cap B| / |A \cup B|`, between 0 and 1; Dice is 2 J / (1 + J).

    :param estimate: a mask: true or false, or 0 and 1.
    :raises ValueError: for masks of different sizes, other values, or a truth without a pixel.
    """
    a, b = _masks(estimate, truth)
    return float((a & b).sum() / (a | b).sum())


def _masks(estimate: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for what, mask in {"estimate": estimate, "truth": truth}.items():
        if not isinstance(mask, np.ndarray) or not mask.size:
            raise ValueError(f"{what} is {type(mask).__name__}: expected a mask, an array with pixels")
        if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
            raise ValueError(f"{what} holds other values than 0 and 1: expected a mask; votes > 0.5 makes one")
        found.append(mask.astype(bool))
    if found[0].shape != found[1].shape:
        raise ValueError(f"estimate has the shape {estimate.shape}, truth {truth.shape}: expected one size")
    if not found[1].any():
        raise ValueError("truth has no pixel: expected a mask that marks something")
    return found[0], found[1]
