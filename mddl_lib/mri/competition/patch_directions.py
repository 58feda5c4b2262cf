"""Directions of patches: reorder the pixels of each along its own direction, and edges become steps of a 1-D signal.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.collaborative_filter import haar_matrix
from mddl_lib.core.patches import corners, patch_index, put, take


def pixel_order(angle: float, size: int = 8) -> Tensor:
    r"""The pixels of a patch, sorted by their projection across a direction: a permutation of 0 … size² − 1.

    .. math:: p = r\cos\theta + c\sin\theta \quad\text{(first key)}, \qquad q = c\cos\theta - r\sin\theta
              \quad\text{(second key)}

    - :math:`r, c`: row (downwards) and column of the pixel from the patch's centre;
    - :math:`\theta`: the direction's angle, from the x axis to the left in radians; stripes along it have one value on
      each line :math:`p = \text{const}`, so that the sorted patch is piecewise constant.

    :raises ValueError: for a size below 1 or an angle that is not finite.

    Source: Qu et al. 2012.
    """
    if not isinstance(angle, float | int) or not math.isfinite(angle):
        raise ValueError(f"angle is {angle!r}: expected a finite number of radians")
    arguments.counts(1, size=size)
    place = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    row, column = place[:, None], place[None, :]
    across = (row * math.cos(angle) + column * math.sin(angle)).flatten()
    along = (column * math.cos(angle) - row * math.sin(angle)).flatten()
    # pixels on one line differ by rounding only: without it their order would be that of the last digits
    by_along = torch.argsort(along.round(decimals=9), stable=True)
    return by_along[torch.argsort(across[by_along].round(decimals=9), stable=True)]


def directional_bases(count: int = 16, size: int = 8) -> Tensor:
    r"""One orthonormal basis a direction, :math:`H P_\theta` for :math:`\theta = 0, \pi/K, \dots`: (K, size², size²), doubles.

    - :math:`P_\theta`: the permutation of :func:`pixel_order`;
    - :math:`H`: :func:`~mddl_lib.core.collaborative_filter.haar_matrix`. Atoms are rows.

    :raises ValueError: for a count below 1, and for a patch whose number of pixels is no power of two.

    Source: Qu et al. 2012.
    """
    arguments.counts(1, count=count, size=size)
    haar, bases = haar_matrix(size * size), torch.empty(count, size * size, size * size, dtype=torch.float64)
    for k in range(count):
        bases[k][:, pixel_order(math.pi * k / count, size)] = haar
    return bases


def directions(image: Tensor, index: Tensor, bases: Tensor) -> Tensor:
    r"""The direction of each patch, :math:`\arg\min_k \sum_{i \ge 1} |(B_k p)_i|`: (N,), integers.

    The mean, coefficient 0, is the same in every basis. Patches without structure get the first of equal directions.

    :param image: the guide, (1, 1, H, W).
    :param index: the patches' pixels, (N, P).
    :param bases: (K, P, P).
    :raises ValueError: for an index and bases that do not fit together.

    Source: Qu et al. 2012, with the ℓ1 norm in place of the error when the largest
    quarter is kept.
    """
    arguments.tensors(image=image, index=index, bases=bases)
    if bases.ndim != 3 or index.ndim != 2 or bases.shape[1:] != (index.shape[1], index.shape[1]):
        raise ValueError(
            f"index {tuple(index.shape)} and bases {tuple(bases.shape)}: expected (N, P) and (K, P, P), P pixels a patch"
        )
    count, pixels = bases.shape[:2]
    analysis = bases.to(image).reshape(-1, pixels).T.contiguous()
    found = torch.empty(len(index), dtype=torch.int64, device=image.device)
    for first in range(0, len(index), 1024):  # as many patches as a processor's cache holds in all bases
        part = slice(first, first + 1024)
        coefficients = (take(image, index[part]) @ analysis).view(-1, count, pixels)
        cost = coefficients.abs_().sum(-1) - coefficients[..., 0]
        found[part] = cost.argmin(1)
    return found


@dataclass(eq=False)
class ClassifiedFrame:
    r"""Overlapping patches, each in the basis of its class: :math:`W x = \tfrac1c (B_{k(i)} E_i x)_i`, :math:`W^T W = I`.

    - :math:`E_i`: takes patch i; :math:`k(i)`: its class; :math:`B_k`: an orthogonal matrix;
    - :math:`c = s/\text{step}`: every pixel lies in :math:`c^2` patches of side s.

    Coefficients are (N, P), the patches sorted by class, so that a class is one matrix product.
    """

    shape: tuple[int, int]
    step: int
    index: Tensor = field(repr=False)
    """the patches' pixels, (N, P)"""
    classes: Tensor = field(repr=False)
    """k, (N,)"""
    bases: Tensor = field(repr=False)
    """B, (K, P, P), atoms are rows"""

    def __post_init__(self) -> None:
        arguments.tensors(index=self.index, classes=self.classes, bases=self.bases)
        arguments.counts(1, step=self.step)
        self.shape = arguments.grid(self.shape)
        if self.classes.shape != self.index.shape[:1] or self.bases.shape[1:] != (self.index.shape[1],) * 2:
            raise ValueError(
                f"index {tuple(self.index.shape)}, classes {tuple(self.classes.shape)}, bases "
                f"{tuple(self.bases.shape)}: expected (N, P), (N,) and (K, P, P)"
            )
        self.sorted_index = self.index[torch.argsort(self.classes, stable=True)]
        self.sizes = torch.bincount(self.classes, minlength=len(self.bases)).tolist()
        self.scale = self.step / math.isqrt(self.index.shape[1])

    def analyse(self, x: Tensor) -> Tensor:
        """W x: (1, 1, H, W) to (N, P)."""
        return self._each_class(take(x, self.sorted_index).mul_(self.scale), self.bases.mT)

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Wᵀ c: (N, P) to (1, 1, H, W)."""
        return put(self._each_class(coefficients, self.bases), self.sorted_index, self.shape).mul_(self.scale)

    def shrink(self, x: Tensor, multiplier: Tensor | None, threshold: float) -> tuple[Tensor, Tensor]:
        r"""The part of ADMM that lies in the frame, with :math:`z = S(Wx + \beta)`: the image :math:`W^T(z - \beta')` and β'.

        Soft shrinkage of the details has a remainder :math:`\beta' = Wx + \beta - z` that is the details cut off at ±t, and
        :math:`z - \beta' = Wx + \beta - 2\beta'`. What :class:`mddl_lib.models.tight_frame.FrameTurn` does in nine passes over
        all coefficients is done here block by block, in a processor's cache.

        :param multiplier: β, (N, P), or None for zero.
        :param threshold: t.
        """
        pixels, after = x.reshape(-1), torch.empty(self.index.shape, dtype=x.dtype, device=x.device)
        image, first = torch.zeros_like(pixels), 0
        for size, basis in zip(self.sizes, self.bases * self.scale, strict=True):
            for start in range(first, first + size, 1024):
                block = slice(start, min(start + 1024, first + size))
                index = self.sorted_index[block]
                shifted = pixels[index] @ basis.mT
                if multiplier is not None:
                    shifted += multiplier[block]
                torch.clamp(shifted, -threshold, threshold, out=after[block])
                after[block, 0] = 0  # the mean costs nothing
                back = shifted.sub_(after[block], alpha=2) @ basis
                image.index_add_(0, index.reshape(-1), back.reshape(-1))
            first += size
        return image.view_as(x), after

    def _each_class(self, rows: Tensor, matrices: Tensor) -> Tensor:
        """Row i times the matrix of its class."""
        result = torch.empty_like(rows)
        parts = zip(rows.split(self.sizes), matrices, result.split(self.sizes), strict=True)
        for part, matrix, out in parts:
            torch.mm(part, matrix, out=out)
        return result


def classified_frame(image: Tensor, bases: Tensor, step: int) -> ClassifiedFrame:
    """The frame whose classes are the directions of the image's patches.

    :param image: the guide, (1, 1, H, W).
    :param bases: of each direction, (K, P, P).
    :param step: between patches; it divides H, W and the patch's side, or the frame would not be tight.
    :raises ValueError: for an image of another shape, with NaN or infinity, and for a step that does not divide.
    """
    arguments.tensors(image=image, bases=bases)
    arguments.counts(0, step=step)
    if bases.ndim != 3 or bases.shape[1] != bases.shape[2]:
        raise ValueError(f"the bases have the shape {tuple(bases.shape)}: expected (K, P, P), P pixels a patch")
    if image.ndim != 4 or tuple(image.shape[:2]) != (1, 1):
        raise ValueError(f"the image has the shape {tuple(image.shape)}: expected (1, 1, height, width)")
    arguments.finite("the image", image, "its patches have no direction")
    size, shape = math.isqrt(bases.shape[-1]), (image.shape[-2], image.shape[-1])
    if step < 1 or any(length % step for length in (size, *shape)):
        raise ValueError(f"step is {step}: expected a divisor of the patch's side {size} and of the image's {shape}")
    index = patch_index(corners(shape, step).to(image.device), shape, size)
    return ClassifiedFrame(shape, step, index, directions(image, index, bases), bases.to(image))
