r"""Gaussian filters over all pairs of pixels: how much one pixel's label says about another's.

.. math:: k(f_i, f_j) = \exp\bigl(-\tfrac12 \|f_i - f_j\|^2\bigr)

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments

LARGEST = 96
"""the side up to which every pair is computed; above, pairs within a window"""


class Bandwidths(NamedTuple):
    r"""θ: how far a pixel's word reaches. The paper's 160, 3 and 3 are for photographs of 500 pixels and 255 grey levels."""

    alpha: float = 8.0
    r""":math:`\theta_\alpha`, pixels: places, in the bilateral kernel"""
    beta: float = 0.15
    r""":math:`\theta_\beta`, grey levels from 0 to 1: likeness, in the bilateral kernel"""
    gamma: float = 2.0
    r""":math:`\theta_\gamma`, pixels: places, in the spatial kernel"""


class DenseFilter:
    r"""Every pair of pixels, exactly: :math:`(K q)_i = \sum_{j \ne i} \hat k_{ij} q_j`.

    .. math:: \hat k_{ij} = k(f_i, f_j) / \sqrt{d_i d_j}, \qquad d_i = \sum_{j \ne i} k(f_i, f_j)

    A pixel says nothing to itself. Divided like this the kernel stays symmetric (so K is its own adjoint, and belongs to an
    energy), and a uniform q is kept about as large as it was, whatever the bandwidth.

    :param features: f, (B, n, H, W), or (1, n, H, W) for every image.
    :raises ValueError: for another shape, NaN, or an image above 96 × 96, whose matrix would need a gigabyte.

    Source: Krähenbühl, Koltun, NIPS 2011 and ICML 2013 (the symmetric normalisation).
    """

    def __init__(self, features: Tensor) -> None:
        check_features(features)
        if max(features.shape[-2:]) > LARGEST:
            raise ValueError(
                f"the image is {tuple(features.shape[-2:])}: every pair is computed up to {LARGEST} × {LARGEST}; WindowFilter goes on"
            )
        self.grid = features.shape[-2:]
        f = features.flatten(2).mT
        squares = -0.5 * f.square().sum(2)
        # −|f_i − f_j|²/2 = −|f_i|²/2 − |f_j|²/2 + f_i·f_j, in place: the matrix is large
        self._pairs = torch.baddbmm(squares[:, :, None] + squares[:, None], f, f.mT).exp_()
        self._pairs.diagonal(dim1=1, dim2=2).zero_()
        # numbers so small that they lose digits are slow: a product with them takes five times as long
        F.threshold_(self._pairs, 1e-30, 0.0)
        self._root = self._pairs.sum(2).clamp_min(1e-12).rsqrt()

    @property
    def kernel(self) -> Tensor:
        """All of it, (B, H W, H W): made when it is asked for."""
        return self._pairs * self._root[:, :, None] * self._root[:, None]

    def __call__(self, q: Tensor) -> Tensor:
        """K q of each label by itself, (B, L, H, W).

        :raises ValueError: for an image of another size.
        """
        _check(q, self.grid)
        root = self._root[:, None]
        rows = root * q.flatten(2)
        # image by image: a product of matrices is five times as fast as one of stacks of them
        pairs = self._pairs.expand(len(q), -1, -1)
        passed = torch.stack([F.linear(row, each) for row, each in zip(rows, pairs, strict=True)])
        return (root * passed).unflatten(2, self.grid)

    def row(self, y: int, x: int) -> Tensor:
        """How much pixel (y, x) of the first image hears of every other, (H, W)."""
        place = y * self.grid[1] + x
        return (self._pairs[0, place] * self._root[0] * self._root[0, place]).reshape(self.grid)


class WindowFilter:
    r"""Pairs within a window alone, for larger images; the rest of each kernel is cut off.

    :math:`(K q)_i = \sum_{0 < \|p_i - p_j\|_\infty \le r} \hat k_{ij} q_j`, symmetric like :class:`DenseFilter`.

    :param features: f, (B, n, H, W).
    :param radius: r, pixels.
    :raises ValueError: for another shape, NaN, or a count below 1.
    """

    def __init__(self, features: Tensor, radius: int = 10) -> None:
        check_features(features)
        arguments.counts(1, radius=radius)
        self.grid, self.radius = features.shape[-2:], radius
        apart = (self._shifted(features, "replicate") - features[:, :, None]).square().sum(1)
        inside = self._shifted(features.new_ones(1, 1, *self.grid), "constant")[:, 0]
        kernel = (-0.5 * apart).exp() * inside
        kernel[:, kernel.shape[1] // 2] = 0
        root = kernel.sum(1, keepdim=True).clamp_min(1e-12).rsqrt()
        self.kernel = kernel * root * self._shifted(root, "constant")[:, 0]

    def _shifted(self, image: Tensor, mode: str) -> Tensor:
        """Every pixel's window, (B, n, (2r+1)², H, W)."""
        r, (rows, columns) = self.radius, self.grid
        padded = F.pad(image, (r, r, r, r), mode=mode)
        moved = [padded[..., a : a + rows, b : b + columns] for a in range(2 * r + 1) for b in range(2 * r + 1)]
        return torch.stack(moved, dim=2)

    def __call__(self, q: Tensor) -> Tensor:
        """K q of each label by itself, (B, L, H, W).

        :raises ValueError: for an image of another size.
        """
        _check(q, self.grid)
        return (self._shifted(q, "constant") * self.kernel[:, None]).sum(2)


def spatial_features(grid: tuple[int, int], theta: float) -> Tensor:
    """Places over θ, (1, 2, H, W).

    :raises ValueError: for a θ that is not positive, or sizes that are none.
    """
    rows, columns = arguments.grid(grid)
    arguments.positive(theta=theta)
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    return torch.stack([y, x])[None].float() / theta


def kernels(image: Tensor, bandwidths: Bandwidths = Bandwidths(), radius: int | None = None) -> list:  # noqa: B008
    """The two filters of the dense CRF: spatial, and bilateral.

    :param image: (B, channels, H, W), grey levels from 0 to 1.
    :param radius: of a window; None: every pair, up to 96 × 96, and a window of 10 above.
    :raises ValueError: for another shape, NaN, or bandwidths that are not positive.
    """
    check_features(image)
    arguments.instances(Bandwidths, bandwidths=bandwidths)
    arguments.positive(**bandwidths._asdict())
    grid = tuple(image.shape[-2:])
    places = spatial_features(grid, bandwidths.alpha).to(image).expand(len(image), -1, -1, -1)
    bilateral = torch.cat([places, image / bandwidths.beta], dim=1)
    if radius is None and max(grid) <= LARGEST:
        return [_everywhere(grid, bandwidths.gamma, image.dtype, image.device), DenseFilter(bilateral)]
    spatial = spatial_features(grid, bandwidths.gamma).to(image)
    return [WindowFilter(each, radius or 10) for each in (spatial, bilateral)]


@functools.lru_cache(maxsize=2)
def _everywhere(grid: tuple[int, int], theta: float, dtype: torch.dtype, device: torch.device) -> DenseFilter:
    """The spatial filter, which is the same for every image of a size: made once."""
    return DenseFilter(spatial_features(grid, theta).to(device, dtype))


def check_features(features: Tensor) -> None:
    """Something of every pixel, (B, n, H, W), finite.

    :raises ValueError: for anything else.
    """
    arguments.tensors(features=features)
    if features.ndim != 4 or not features.numel() or not features.is_floating_point():
        raise ValueError(
            f"the image is {features.dtype} {tuple(features.shape)}: expected floats, (batch, channels, height, width)"
        )
    arguments.finite("the image", features)


def _check(q: Tensor, grid: tuple[int, int]) -> None:
    arguments.tensors(q=q)
    if q.ndim != 4 or tuple(q.shape[-2:]) != tuple(grid):
        raise ValueError(f"q has the shape {tuple(q.shape)}: expected (batch, labels, {grid[0]}, {grid[1]})")
