"""k-space sampling masks. Every mask has its zero frequency (DC) at index [0, 0], as torch.fft has it.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments


def pseudo_radial(shape: tuple[int, int], ratio: float) -> Tensor:
    r"""Straight lines through the centre of k-space, at equal angles, rounded to the grid.

    The number of lines is the one whose share of sampled points comes nearest to ``ratio``. The mask is made
    Hermitian-symmetric, :math:`m(k) = m(-k)`, as the paper's are.

    :param shape: (rows, columns) of k-space.
    :param ratio: share of sampled points, in (0, 1].
    :returns: float32 tensor of zeros and ones, DC at [0, 0].
    :raises ValueError: for a shape that is none, or a ratio outside (0, 1].

    Source: Lustig, Donoho, Pauly, MRM 2007; the talk's experiments.
    """
    rows, columns = _shape(shape)
    _check_ratio(ratio)
    if ratio == 1:
        return torch.ones(rows, columns)
    low, high = 1, 4 * max(rows, columns)
    while low < high:  # the share grows with the number of lines: bisection
        middle = (low + high) // 2
        if _lines((rows, columns), middle).mean() < ratio:
            low = middle + 1
        else:
            high = middle
    candidates = [_lines((rows, columns), count) for count in (low - 1, low) if count >= 1]
    return torch.from_numpy(min(candidates, key=lambda mask: abs(mask.mean() - ratio)))


def variable_density(shape: tuple[int, int], ratio: float, seed: int, power: float = 3.0) -> Tensor:
    r"""Random points, drawn with a probability that falls with the distance from DC.

    .. math:: P(k) \propto \Bigl(1 - \frac{\|k\|}{\max\|k\|}\Bigr)^{p}

    - :math:`k`: frequency, counted from DC; :math:`p`: ``power``.

    Exactly ``round(ratio * rows * columns)`` points are drawn, without replacement; DC is always among them. Such a mask
    is *not* Hermitian-symmetric: see :class:`mddl_lib.core.physics.MaskedFourier`.

    :raises ValueError: for a shape that is none, a ratio outside (0, 1], or a power below 0.

    Source: Lustig, Donoho, Pauly, MRM 2007.
    """
    rows, columns = _shape(shape)
    _check_ratio(ratio)
    arguments.counts(0, seed=seed)
    arguments.not_negative(power=power)
    distance = np.hypot(*_frequencies((rows, columns)))
    weight = (1 - distance / distance.max()) ** power + 1e-6
    weight[0, 0] = 0
    count = max(1, round(ratio * rows * columns))
    drawn = np.random.default_rng(seed).choice(
        rows * columns, count - 1, replace=False, p=weight.ravel() / weight.sum()
    )
    mask = np.zeros(rows * columns, np.float32)
    mask[drawn] = 1
    mask[0] = 1
    return torch.from_numpy(mask.reshape(rows, columns))


def cartesian(shape: tuple[int, int], ratio: float, seed: int, centre: float = 0.08) -> Tensor:
    """Whole rows of k-space: the ``centre`` share of lowest frequencies, the others drawn at random.

    This is the pattern that a scanner can really run with one read-out a row. It is *not* Hermitian-symmetric.

    :param centre: share of rows around DC that are always sampled.
    :raises ValueError: for a ratio outside (0, 1], or a centre above the ratio.

    Source: Lustig, Donoho, Pauly, MRM 2007.
    """
    rows, columns = _shape(shape)
    _check_ratio(ratio)
    arguments.counts(0, seed=seed)
    arguments.not_negative(centre=centre)
    if not 0 <= centre <= ratio:
        raise ValueError(f"centre is {centre}: expected a share between 0 and the ratio {ratio}")
    count = max(1, round(ratio * rows))
    order = np.argsort(np.abs(np.fft.fftfreq(rows)), kind="stable")
    kept = order[: max(1, round(centre * rows))]
    rest = order[len(kept) :]
    weight = (1 - np.abs(np.fft.fftfreq(rows))[rest] / 0.5) ** 2 + 1e-3
    drawn = np.random.default_rng(seed).choice(rest, count - len(kept), replace=False, p=weight / weight.sum())
    mask = np.zeros((rows, columns), np.float32)
    mask[np.concatenate([kept, drawn])] = 1
    return torch.from_numpy(mask)


def checked(mask: Tensor) -> Tensor:
    """A copy of a mask, as float32: what every physics with a mask asks for.

    :raises ValueError: for one that is not two-dimensional, holds other values than 0 and 1 (the error counts them), or is
        all zero.
    """
    mask = torch.as_tensor(mask)
    if mask.ndim != 2 or not mask.numel():
        raise ValueError(f"the mask has the shape {tuple(mask.shape)}: expected (height, width)")
    if mask.is_complex():
        raise ValueError("the mask is complex: expected zeros and ones")
    ones, zeros = int((mask == 1).sum()), int((mask == 0).sum())
    if ones + zeros < mask.numel():
        raise ValueError(
            f"the mask holds {len(torch.unique(mask))} values, {mask.numel() - ones - zeros} of {mask.numel()} entries are "
            f"neither 0 nor 1 (the largest is {float(mask.max()):.4g}): expected zeros and ones"
        )
    if not ones:
        raise ValueError(
            "the mask is all zero: it samples nothing, and no image can be reconstructed from it; expected ones too"
        )
    return mask.to(torch.float32, copy=True)


def is_symmetric(mask: Tensor) -> bool:
    """Whether m(k) = m(−k) for every frequency."""
    return bool(torch.equal(mask, mirrored(mask)))


def mirrored(mask: Tensor) -> Tensor:
    """m(−k): the mask read backwards, DC staying at [0, 0]."""
    arguments.tensors(mask=mask)
    if mask.ndim < 2:
        raise ValueError(f"the mask has the shape {tuple(mask.shape)}: expected (…, height, width)")
    return torch.roll(torch.flip(mask, (-2, -1)), (1, 1), (-2, -1))


def _lines(shape: tuple[int, int], count: int) -> np.ndarray:
    rows, columns = shape
    mask = np.zeros(shape, np.float32)
    radius = np.linspace(0, math.hypot(rows, columns) / 2, 2 * max(shape))
    for angle in np.arange(count) * np.pi / count:
        row, column = np.rint(radius * np.sin(angle)).astype(int), np.rint(radius * np.cos(angle)).astype(int)
        inside = (np.abs(row) < (rows + 1) // 2) & (np.abs(column) < (columns + 1) // 2)
        mask[row[inside], column[inside]] = 1  # negative indices wrap round: DC is at [0, 0]
        mask[-row[inside], -column[inside]] = 1  # m(-k) = m(k)
    return mask


def _frequencies(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.meshgrid(*(np.fft.fftfreq(length) for length in shape), indexing="ij")


def _shape(shape: tuple[int, int]) -> tuple[int, int]:
    return arguments.grid(shape, 2)


def _check_ratio(ratio: float) -> None:
    if not isinstance(ratio, Real) or isinstance(ratio, bool) or not 0 < ratio <= 1:
        raise ValueError(f"the sampling ratio is {ratio!r}: expected a share in (0, 1], such as 0.2 for 20 %")
