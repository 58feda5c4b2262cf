"""Cliques of an image: the patch around every pixel, alone or stacked with similar ones, filtered; exact adjoints."""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments


def extend(x: Tensor, margin: int) -> Tensor:
    r"""P x, the image with a mirrored margin: the border is a mirror between two pixels, … x₁ x₀ | x₀ x₁ …

    :param x: (B, C, H, W), no smaller than the margin.
    :returns: (B, C, H + 2 margin, W + 2 margin).
    """
    _check_images(margin, x=x)
    rows, columns = (_mirrored(n, margin, x.device) for n in x.shape[-2:])
    return x.index_select(-2, rows).index_select(-1, columns)


def fold_back(z: Tensor, margin: int) -> Tensor:
    r"""Pᵀ z, the adjoint of :func:`extend`: what lies in the margin is added to the pixel that it mirrors."""
    _check_images(margin, z=z)
    height, width = (n - 2 * margin for n in z.shape[-2:])
    rows, columns = _mirrored(height, margin, z.device), _mirrored(width, margin, z.device)
    z = z.new_zeros(*z.shape[:-1], width).index_add(-1, columns, z)
    return z.new_zeros(*z.shape[:-2], height, width).index_add(-2, rows, z)


@functools.lru_cache(maxsize=64)
def _mirrored(length: int, margin: int, device: torch.device) -> Tensor:
    """Which pixel stands at the places −margin … length + margin − 1."""
    if margin > length:
        raise ValueError(f"the image has a side of {length} pixels: expected {margin} or more, the margin of a filter")
    with torch.inference_mode(False):  # kept for later calls, which may want gradients
        place = torch.arange(-margin, length + margin, device=device)
        place = torch.where(place < 0, -1 - place, place)
        return torch.where(place >= length, 2 * length - 1 - place, place)


def take(x: Tensor, size: int) -> Tensor:
    """The patch around every pixel, mirrored at the border: (B, 1, H, W) to (B, size², H·W)."""
    arguments.tensors(x=x)
    arguments.counts(1, size=size)
    return (_unfold if x.device.type == "cpu" else _unfold_in_one_call)(extend(x, size // 2), size)


def put(patches: Tensor, size: int, shape: tuple[int, int]) -> Tensor:
    """The adjoint of :func:`take`: every patch is added where it was taken, (B, size², H·W) to (B, 1, H, W)."""
    arguments.tensors(patches=patches)
    arguments.counts(1, size=size)
    shape = arguments.grid(shape)
    if patches.ndim != 3 or patches.shape[1:] != (size * size, shape[0] * shape[1]):
        raise ValueError(
            f"the patches have the shape {tuple(patches.shape)}, the image is to have shape={shape}: expected (batch, "
            f"{size * size}, {shape[0] * shape[1]})"
        )
    back = _fold if patches.device.type == "cpu" else _fold_in_one_call
    return fold_back(back(patches, size, shape), size // 2)


def _unfold(wide: Tensor, size: int) -> Tensor:
    return F.unfold(wide, size)


def _fold(patches: Tensor, size: int, shape: tuple[int, int]) -> Tensor:
    return F.fold(patches, (shape[0] + size - 1, shape[1] + size - 1), size)


def _unfold_in_one_call(wide: Tensor, size: int) -> Tensor:
    """A convolution with unit filters: on a GPU, unfolding takes a call an image."""
    return F.conv2d(wide, _units(size, wide)).flatten(2)


def _fold_in_one_call(patches: Tensor, size: int, shape: tuple[int, int]) -> Tensor:
    return F.conv_transpose2d(patches.unflatten(-1, shape), _units(size, patches))


def _units(size: int, like: Tensor) -> Tensor:
    return torch.eye(size * size, dtype=like.dtype, device=like.device).view(-1, 1, size, size)


def analyse(x: Tensor, filters: Tensor, matches: Tensor | None = None) -> Tensor:
    r"""The response of every filter at every clique.

    .. math:: (K_l x)(p) = \sum_{j=1}^{M} f_{l,j}^T\, x_{N(p_j)}

    - :math:`x_{N(p)}`: the patch around pixel p, read row by row, of the image mirrored at its border;
    - :math:`p_1 = p, p_2, \dots, p_M`: the pixels whose patches resemble that of p; M = 1: local filters.

    :param x: (B, 1, H, W).
    :param filters: (L, M, s, s), s odd.
    :param matches: linear indices row · W + column of :math:`p_j`, (B, M, H·W); not needed when M = 1.
    :returns: (B, L, H, W).
    :raises ValueError: for filters or matches of another shape.
    """
    count, size = _check(x, filters, matches)
    patches = take(x, size)
    if count > 1:
        columns = patches.transpose(1, 2).flatten(0, 1)  # (B·H·W, s²): a patch is one row
        patches = columns.index_select(0, _rows(matches)).view(len(x), -1, count * size * size).transpose(1, 2)
    return torch.bmm(_each(filters.flatten(1), x), patches).unflatten(-1, x.shape[-2:])


def synthesise(z: Tensor, filters: Tensor, matches: Tensor | None = None) -> Tensor:
    r"""The adjoint of :func:`analyse`: :math:`\sum_l K_l^T z_l`, every patch of a stack added where it came from.

    :param z: (B, L, H, W).
    :param filters: (L, M, s, s), s odd.
    :param matches: as :func:`analyse` took them.
    :returns: (B, 1, H, W).
    :raises ValueError: for filters or matches of another shape.
    """
    count, size = _check(z, filters, matches)
    shape = (z.shape[-2], z.shape[-1])
    if count == 1:
        return put(torch.bmm(_each(filters.flatten(1).T, z), z.flatten(2)), size, shape)
    stacks = torch.bmm(z.flatten(2).transpose(1, 2), _each(filters.flatten(1), z))  # (B, H·W, M s²)
    rows = stacks.new_zeros(len(z) * shape[0] * shape[1], size * size)
    rows = rows.index_add(0, _rows(matches), stacks.view(-1, size * size))
    return put(rows.view(len(z), -1, size * size).transpose(1, 2), size, shape)


def _each(matrix: Tensor, images: Tensor) -> Tensor:
    """One matrix for every image of a batch: ``@`` would lay all images side by side first, at three times the time."""
    return matrix.expand(len(images), -1, -1)


def _rows(matches: Tensor) -> Tensor:
    """Matches of a batch as rows of all its patches, one clique after the other: (B · H·W · M,)."""
    pixels = matches.shape[-1]
    first = pixels * torch.arange(len(matches), device=matches.device)[:, None, None]
    return (matches + first).transpose(1, 2).flatten()


def _check_images(margin: int, **images: Tensor) -> None:
    arguments.tensors(**images)
    arguments.counts(0, margin=margin)
    for name, x in images.items():
        if x.ndim != 4 or not x.numel():
            raise ValueError(f"{name} has the shape {tuple(x.shape)}: expected (batch, channel, height, width)")


def _check(x: Tensor, filters: Tensor, matches: Tensor | None) -> tuple[int, int]:
    arguments.tensors(x=x, filters=filters)
    if filters.ndim != 4 or filters.shape[-1] != filters.shape[-2] or filters.shape[-1] % 2 == 0:
        raise ValueError(f"the filters have the shape {tuple(filters.shape)}: expected (L, M, s, s) with s odd")
    if x.ndim != 4:
        raise ValueError(f"the image has the shape {tuple(x.shape)}: expected (batch, channel, height, width)")
    count, expected = filters.shape[1], (len(x), filters.shape[1], x.shape[-2] * x.shape[-1])
    if count > 1 and (matches is None or tuple(matches.shape) != expected):
        found = "missing" if matches is None else f"of the shape {tuple(matches.shape)}"
        raise ValueError(
            f"filters over stacks of {count} patches need matches of the shape {expected}: they are {found}"
        )
    return count, filters.shape[-1]
