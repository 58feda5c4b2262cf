"""Periodic orthogonal wavelets: the shift-invariant transform, a tight frame, and the decimated one, an orthonormal basis.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import math

import numpy as np
import pywt
import torch
from torch import Tensor

from mddl_lib.core import arguments


class _Named:
    levels: int
    name: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(levels={self.levels}, name={self.name!r})"


class ShiftInvariantWavelets(_Named):
    r"""The undecimated wavelet transform W of an image, periodic, scaled so that :math:`W^T W = I`.

    Nothing is decimated, so no position is preferred: W of a shifted image is the shifted W of the image. Level
    j = 1 … J splits the approximation :math:`a_{j-1}` (:math:`a_0 = x`) by filters whose taps lie :math:`d = 2^{j-1}`
    pixels apart (à trous: with holes), down the columns and then along the rows, each time by

    .. math::
        \text{low}(n) = \sum_{k=0}^{K-1} \tfrac{1}{\sqrt2}\, h_k\, a\bigl(n + d\,(\tfrac K2 - k)\bigr), \qquad
        \text{high}(n) = \sum_{k=0}^{K-1} \tfrac{1}{\sqrt2}\, g_k\, a\bigl(n + d\,(\tfrac K2 - k)\bigr)

    - :math:`h, g`: the low-pass and the high-pass filter, K taps; Haar: :math:`h = (1, 1)/\sqrt2, g = (-1, 1)/\sqrt2`;
    - :math:`1/\sqrt2`: each direction keeps twice as many numbers as a basis would, and so would double the energy.

    Coefficients are (B, 3J + 1, H, W): the approximation :math:`a_J`, then the details of level J, J − 1 … 1, at each
    level horizontal (high down the columns), vertical (high along the rows), diagonal (both).

    :param levels: J.
    :param name: an orthogonal wavelet of PyWavelets: "haar", "db4", "sym4" …
    :raises ValueError: for fewer than one level, and for a wavelet that is unknown or not orthogonal.

    Source: Coifman and Donoho 1995; Nason and Silverman 1995.
    """

    def __init__(self, levels: int = 4, name: str = "haar") -> None:
        arguments.counts(1, levels=levels)
        self.levels, self.name = levels, name
        self._filters = [[tap / math.sqrt(2) for tap in taps] for taps in _orthogonal_filters(name)]

    def analyse(self, x: Tensor) -> Tensor:
        """W x: (B, 1, H, W) to (B, 3J + 1, H, W).

        :raises ValueError: when 2^J does not divide H and W.
        """
        _check_image(x, self.levels)
        approximation, details = x, []
        for level in range(self.levels):
            low, high = _apart(approximation, self._filters, 2**level, -2)
            approximation, vertical = _apart(low, self._filters, 2**level, -1)
            details = [*_apart(high, self._filters, 2**level, -1), *details]  # horizontal, diagonal
            details.insert(1, vertical)
        return torch.cat([approximation, *details], dim=1)

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Wᵀ c: (B, 3J + 1, H, W) to (B, 1, H, W).

        :raises ValueError: for another number of channels, and when 2^J does not divide H and W.
        """
        channels = 3 * self.levels + 1
        if coefficients.ndim != 4 or coefficients.shape[1] != channels:
            raise ValueError(
                f"the coefficients have the shape {tuple(coefficients.shape)}: expected (batch, {channels}, height, "
                f"width), one approximation and three details for each of {self.levels} levels"
            )
        approximation, *details = coefficients.split(1, dim=1)
        _check_image(approximation, self.levels)
        for level in reversed(range(self.levels)):
            horizontal, vertical, diagonal, *details = details
            low = _together(approximation, vertical, self._filters, 2**level, -1)
            high = _together(horizontal, diagonal, self._filters, 2**level, -1)
            approximation = _together(low, high, self._filters, 2**level, -2)
        return approximation


class OrthogonalWavelets(_Named):
    r"""The decimated wavelet transform :math:`\Psi^T` of an image, periodic: an orthonormal basis, :math:`\Psi\Psi^T = I`.

    The same filters without :math:`1/\sqrt2`, always with neighbouring taps, and of every response only each second
    number is kept: as many numbers as pixels. They are arranged as an image (Mallat's layout): the approximation,
    H/2^J x W/2^J, in the upper left corner; next to it, level by level, the vertical details on the right, the horizontal
    ones below, the diagonal ones across.

    :param levels: J.
    :param name: an orthogonal wavelet of PyWavelets: "haar", "db4", "sym4" …
    :raises ValueError: for fewer than one level, and for a wavelet that is unknown or not orthogonal.

    Source: Mallat 1989.
    """

    def __init__(self, levels: int = 4, name: str = "haar") -> None:
        arguments.counts(1, levels=levels)
        self.levels, self.name = levels, name
        self._filters = _orthogonal_filters(name)

    def analyse(self, x: Tensor) -> Tensor:
        """Ψᵀ x: (B, 1, H, W) to (B, 1, H, W).

        :raises ValueError: when 2^J does not divide H and W.
        """
        _check_image(x, self.levels)
        coefficients = x.clone()
        for level in range(self.levels):
            corner = _corner(coefficients, level)
            part = corner
            for dim in (-2, -1):
                part = torch.cat([_halved(half, dim) for half in _apart(part, self._filters, 1, dim)], dim)
            corner.copy_(part)
        return coefficients

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Ψ c, the inverse and the adjoint: (B, 1, H, W) to (B, 1, H, W).

        :raises ValueError: when 2^J does not divide H and W.
        """
        _check_image(coefficients, self.levels)
        x = coefficients.clone()
        for level in reversed(range(self.levels)):
            corner = _corner(x, level)
            part = corner
            for dim in (-1, -2):
                low, high = (_doubled(half, dim) for half in part.chunk(2, dim))
                part = _together(low, high, self._filters, 1, dim)
            corner.copy_(part)
        return x


Filters = list[list[float]]


def _apart(x: Tensor, filters: Filters, distance: int, dim: int) -> tuple[Tensor, Tensor]:
    """Σ_k h_k x(n + d (K/2 − k)) along one direction, and the same with g."""
    shifts = [distance * (k - len(filters[0]) // 2) for k in range(len(filters[0]))]
    taps = [x.roll(shift, dim) if shift else x for shift in shifts]
    return _combined(taps, filters[0]), _combined(taps, filters[1])


def _together(low: Tensor, high: Tensor, filters: Filters, distance: int, dim: int) -> Tensor:
    """The adjoint of `_apart`: Σ_k h_k low(n − d (K/2 − k)) + g_k high(n − d (K/2 − k))."""
    total = None
    for k, pair in enumerate(zip(*filters, strict=True)):
        tap, shift = _combined([low, high], pair), distance * (len(filters[0]) // 2 - k)
        tap = tap.roll(shift, dim) if shift else tap
        total = tap if total is None else total.add_(tap)
    return total


def _combined(parts: list[Tensor], weights: list[float] | tuple[float, ...]) -> Tensor:
    total = parts[0] * weights[0]
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        total.add_(part, alpha=weight)
    return total


def _corner(x: Tensor, level: int) -> Tensor:
    return x[..., : x.shape[-2] >> level, : x.shape[-1] >> level]


def _halved(x: Tensor, dim: int) -> Tensor:
    """Each second number along one direction, the first kept."""
    return x[..., ::2, :] if dim == -2 else x[..., ::2]


def _doubled(x: Tensor, dim: int) -> Tensor:
    """Zeros between the numbers along one direction: the adjoint of `_halved`."""
    return torch.stack([x, torch.zeros_like(x)], dim).flatten(dim - 1, dim)


def _orthogonal_filters(name: str) -> Filters:
    """The decomposition filters h and g."""
    if name not in pywt.wavelist(kind="discrete"):
        raise ValueError(f"there is no wavelet {name!r}: expected one of pywt.wavelist(kind='discrete')")
    filters = [pywt.Wavelet(name).dec_lo, pywt.Wavelet(name).dec_hi]
    # Σ_k f_k f'_{k+2m} is 1 for f = f', m = 0, else 0 (PyWavelets' dmey is 0.01 off)
    for m in range(len(filters[0]) // 2):
        products = [[sum(a * b for a, b in zip(f, other[2 * m :], strict=False)) for other in filters] for f in filters]
        if not np.allclose(products, np.eye(2) if m == 0 else 0, rtol=0, atol=1e-8):
            raise ValueError(f"the wavelet {name!r} is not orthogonal: expected 'haar', 'db4', 'sym4' or the like")
    return filters


def _check_image(x: Tensor, levels: int) -> None:
    arguments.tensors(image=x)
    if x.ndim != 4 or x.shape[1] != 1 or not x.numel() or x.shape[-2] % 2**levels or x.shape[-1] % 2**levels:
        sides = f"height and width divisible by {2**levels} for {levels} levels"
        raise ValueError(f"the image has the shape {tuple(x.shape)}: expected (batch, 1, height, width), {sides}")
