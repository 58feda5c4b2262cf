"""Which atlases speak: those most like the target, by normalised mutual information or by a network's features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import Atlas, check_picture, stretched

BINS = 32
"""of each side of the joint histogram"""
FARTHEST = 0.135
"""the longest shift that is tried before atlases are compared, in sides of the picture: 14 pixels of 104"""
DISC = 0.85
"""radius of the disc that is compared after the shift, in half sides"""


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


def best_shift(target: np.ndarray, picture: np.ndarray) -> tuple[int, int]:
    """By how many rows and columns a picture is to be moved, so that its correlation with the target is largest.

    Both fade out towards their borders; all shifts are tried at once, by Fourier transforms.

    :raises ValueError: for what is no picture, or two of different sizes.
    """
    check_picture("target", target)
    check_picture("picture", picture)
    if target.shape != picture.shape:
        raise ValueError(f"picture has the shape {picture.shape}, the target {target.shape}: expected one size")
    first, second = (np.fft.rfft2(_faded(stretched(values))) for values in (target, picture))
    correlation = np.fft.fftshift(np.fft.irfft2(first * second.conj(), s=target.shape))
    middle, far = np.array(target.shape) // 2, np.rint(FARTHEST * np.array(target.shape)).astype(int)
    near = correlation[tuple(slice(m - f, m + f + 1) for m, f in zip(middle, far, strict=True))]
    down, across = np.unravel_index(near.argmax(), near.shape)
    return int(down - far[0]), int(across - far[1])


def moved(values: np.ndarray, shift: tuple[int, int], fill: str = "edge") -> np.ndarray:
    """A picture moved by whole pixels; what comes in repeats its border ("edge") or is zero ("constant").

    :raises ValueError: for what is no picture.
    """
    if not isinstance(values, np.ndarray) or values.ndim != 2:
        raise ValueError(f"values is {getattr(values, 'shape', values)}: expected a picture, (height, width)")
    (down, across), (height, width) = shift, values.shape
    wide = np.pad(values, ((abs(down),) * 2, (abs(across),) * 2), mode=fill)
    return wide[abs(down) - down :, abs(across) - across :][:height, :width]


def most_similar_moved(target: np.ndarray, atlases: Sequence[Atlas], count: int) -> list[Atlas]:
    """As :func:`most_similar`, but each atlas is first moved to where it fits best: a shift is no dissimilarity.

    Mutual information is taken inside a disc around the middle.

    :returns: the atlases as moved, a good start for their registration.
    :raises ValueError: for no atlas, one of another size, or a count below 1.
    """
    arguments.counts(1, count=count)
    if not atlases:
        raise ValueError("atlases is empty: expected one Atlas or more")
    rows, columns = (np.linspace(-1, 1, n) for n in target.shape)
    disc, found = np.hypot(rows[:, None], columns) <= DISC, []
    inside = stretched(target)[disc][None]
    for atlas in atlases:
        shift = best_shift(target, atlas.image)
        there = moved(stretched(atlas.image), shift)[disc][None]
        likeness = normalised_mutual_information(inside, there, BINS // 2) if there.min() < there.max() else 0.0
        found.append((likeness, shift, atlas))
    return [
        Atlas(a.name, moved(a.image, shift), {part: moved(l, shift, "constant") for part, l in a.labels.items()})
        for _, shift, a in sorted(found, key=lambda entry: -entry[0])[:count]
    ]


def _faded(picture: np.ndarray) -> np.ndarray:
    picture = (picture - picture.mean()) / picture.std()
    return picture * np.hanning(picture.shape[0])[:, None] * np.hanning(picture.shape[1])


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
