"""Which atlases speak: those most like the target, by normalised mutual information or by a network's features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import Atlas, check_picture

BINS = 32
"""of each side of the joint histogram"""


def normalised_mutual_information(first: np.ndarray, second: np.ndarray, bins: int = BINS) -> float:
    r"""How much one picture says of the other, between 1 (nothing) and 2 (all).

    .. math:: \mathrm{NMI}(A, B) = \frac{H(A) + H(B)}{H(A, B)}

    - :math:`H`: entropy of the histogram of one picture, or of the joint histogram of both.

    :param bins: of each side of the joint histogram.
    :raises ValueError: for what is no picture, or two of different sizes.

    Source: Studholme, Hill, Hawkes 1999.
    """
    check_picture("first", first)
    check_picture("second", second)
    arguments.counts(2, bins=bins)
    if np.shape(first) != np.shape(second):
        raise ValueError(f"the pictures have the shapes {np.shape(first)} and {np.shape(second)}: expected one size")
    counts = np.histogram2d(first.ravel(), second.ravel(), bins)[0] / first.size
    return float((_entropy(counts.sum(1)) + _entropy(counts.sum(0))) / _entropy(counts))


def most_similar(target: np.ndarray, atlases: Sequence[Atlas], count: int) -> list[Atlas]:
    """The ``count`` atlases of largest mutual information with the target, largest first; all, where there are fewer.

    :raises ValueError: for no atlas, one of another size, or a count below 1.
    """
    arguments.counts(1, count=count)
    if not atlases:
        raise ValueError("atlases is empty: expected one Atlas or more")
    return sorted(atlases, key=lambda atlas: -normalised_mutual_information(target, atlas.image))[:count]


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def nearest_features(target: Tensor, atlases: Tensor, count: int) -> Tensor:
    r"""The atlases of smallest deep feature distance :math:`d(T, X_i) = \|F(T) - F(X_i)\|`, nearest first: (count,).

    :param target: features, (C, H, W).
    :param atlases: features, (K, C, H, W).
    :raises ValueError: for shapes that do not fit, or a count that K atlases cannot give.
    """
    arguments.tensors(target=target, atlases=atlases)
    arguments.counts(1, count=count)
    if target.ndim != 3 or not target.numel():
        raise ValueError(f"target has the shape {tuple(target.shape)}: expected (features, height, width)")
    if atlases.ndim != 4 or atlases.shape[1:] != target.shape:
        raise ValueError(f"atlases have the shape {tuple(atlases.shape)}: expected (atlases, *{tuple(target.shape)})")
    if count > len(atlases):
        raise ValueError(f"count is {count}: expected at most {len(atlases)}, the number of atlases")
    return (atlases - target).flatten(1).norm(dim=1).topk(count, largest=False).indices
