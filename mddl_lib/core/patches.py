"""Patches of an image: take them out, put them back (the adjoint), find similar ones. All is periodic, as Fourier is.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments


def corners(shape: tuple[int, int], step: int) -> Tensor:
    """Upper left corners of a regular grid of patches, as linear indices row · W + column: (N,), N = ⌈H/step⌉ ⌈W/step⌉.

    When ``step`` divides H, W and the patch's side s, every pixel lies in exactly (s/step)² patches: then
    ``put(take(x)) = (s/step)² x``, and patches divided by s/step are a tight frame.

    :raises ValueError: for a step below 1, or a shape that is none.
    """
    arguments.counts(1, step=step)
    shape = arguments.grid(shape)
    rows, columns = torch.arange(0, shape[0], step), torch.arange(0, shape[1], step)
    return (rows[:, None] * shape[1] + columns).flatten()


def patch_index(corner: Tensor, shape: tuple[int, int], size: int) -> Tensor:
    """The pixels of each patch, row by row, periodic: corners (…,) to linear indices (…, size²).

    :raises ValueError: for a patch larger than the image.
    """
    arguments.tensors(corner=corner)
    arguments.counts(0, size=size)
    height, width = arguments.grid(shape)
    if not 1 <= size <= min(shape):
        raise ValueError(
            f"the patches have {size} x {size} pixels, the image {height} x {width}: expected smaller patches"
        )
    steps = torch.arange(size, device=corner.device)
    rows = (corner.div(width, rounding_mode="floor")[..., None] + steps) % height
    columns = (corner[..., None] % width + steps) % width
    return (rows[..., :, None] * width + columns[..., None, :]).flatten(-2)


def take(image: Tensor, index: Tensor) -> Tensor:
    r"""E x, the patches of one image: (1, 1, H, W) and an index (…, P) to (…, P).

    :raises ValueError: for another shape, or an index that is none.
    """
    arguments.tensors(image=image)
    _check_index(index)
    if image.ndim != 4 or tuple(image.shape[:2]) != (1, 1):
        raise ValueError(f"the image has the shape {tuple(image.shape)}: expected (1, 1, height, width)")
    return image.reshape(-1)[index]


def put(patches: Tensor, index: Tensor, shape: tuple[int, int]) -> Tensor:
    r"""Eᵀ p, the adjoint of :func:`take`: each patch is added where it was taken, (…, P) to (1, 1, H, W).

    :raises ValueError: for patches of another shape than the index.
    """
    arguments.tensors(patches=patches)
    _check_index(index)
    if patches.numel() != index.numel():
        raise ValueError(
            f"the patches have the shape {tuple(patches.shape)}, the index {tuple(index.shape)}: expected one value an index"
        )
    shape = arguments.grid(shape)
    image = torch.zeros(shape[0] * shape[1], dtype=patches.dtype, device=patches.device)
    return image.index_add_(0, index.reshape(-1), patches.reshape(-1)).view(1, 1, *shape)


def coverage(index: Tensor, shape: tuple[int, int]) -> Tensor:
    """EᵀE, a diagonal: in how many patches each pixel lies, (1, 1, H, W).

    :raises ValueError: for an index or a shape that is none.
    """
    _check_index(index)
    shape = arguments.grid(shape)
    counts = torch.bincount(index.reshape(-1), minlength=shape[0] * shape[1])
    return counts.to(torch.get_default_dtype()).view(1, 1, *shape)


def _check_index(index: Tensor) -> None:
    arguments.tensors(index=index)
    if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
        raise ValueError(f"the index is {index.dtype}: expected whole numbers, as patch_index makes them")


def match(image: Tensor, size: int, step: int, radius: int, count: int) -> Tensor:
    r"""The ``count`` nearest patches of every reference patch, the reference itself first.

    .. math:: \operatorname*{arg\,min}_{q \in \mathrm{window}(p)} \ \sum_{s} \bigl(x(p + s) - x(q + s)\bigr)^2

    - :math:`p`: corners of the references, the regular grid ``corners(shape, step)``;
    - :math:`q`: corners of the candidates, at most ``radius`` rows and columns away, periodic as the transform is;
    - :math:`s`: the pixels of a patch of ``size`` × ``size``.

    :param image: (1, 1, H, W).
    :param size: a multiple of ``step``; ``step`` divides H and W.
    :returns: linear indices row · W + column of the corners, (number of references, count), nearest first.
    :raises ValueError: for an image of another shape or with NaN, a step that does not divide, a window larger than the
        image (a patch would be its own neighbour twice), or a count that the window cannot give.

    Source: Dabov, Foi, Katkovnik, Egiazarian 2007.
    """
    height, width = _check(image, size, step, radius, count)
    side = 2 * radius + 1
    picture = image[0, 0]
    # room for every shift: the window's radius before, the radius after
    wide = F.pad(image, (radius, radius, radius, radius), mode="circular")[0, 0]
    distances = image.new_empty(len(corners((height, width), step)), side, side)
    for down in range(side):
        # all shifts across at once: (side, H, W), a view
        shifted = wide[down : down + height].unfold(1, width, 1).movedim(1, 0)
        distances[:, down] = _box_sums((shifted - picture).square_(), size, step).flatten(1).T
    distances[:, radius, radius] = -1  # the reference comes first, whatever equals it
    nearest = distances.flatten(1).topk(count, largest=False, sorted=True).indices
    down, across = nearest // side - radius, nearest % side - radius
    corner = corners((height, width), step).to(image.device)[:, None]
    return (corner // width + down) % height * width + (corner % width + across) % width


def _box_sums(values: Tensor, size: int, step: int) -> Tensor:
    """Sums over size × size pixels from each corner of the grid, periodic: (N, H, W) to (N, H/step, W/step)."""
    cells = sum(values.unflatten(1, (-1, step)).unbind(2))  # step rows each; adding slices is faster than .sum(2)
    cells = sum(cells.unflatten(2, (-1, step)).unbind(3))  # step × step pixels each
    down = sum(cells.roll(-i, 1) for i in range(size // step))
    return sum(down.roll(-i, 2) for i in range(size // step))


def _check(image: Tensor, size: int, step: int, radius: int, count: int) -> tuple[int, int]:
    arguments.tensors(image=image)
    arguments.counts(1, size=size, step=step, count=count)
    arguments.counts(0, radius=radius)
    if image.ndim != 4 or tuple(image.shape[:2]) != (1, 1):
        raise ValueError(f"the image has the shape {tuple(image.shape)}: expected (1, 1, height, width)")
    arguments.finite("the image", image, "no patch can be compared")
    height, width = image.shape[-2:]
    if size % step or height % step or width % step:
        raise ValueError(
            f"step is {step}: expected a divisor of the patch's side {size} and of the image's {height} x {width}"
        )
    if 2 * radius + 1 > min(height, width):
        raise ValueError(
            f"radius is {radius}: expected 0 … {(min(height, width) - 1) // 2}, a window no larger than the image"
        )
    if count > (2 * radius + 1) ** 2:
        raise ValueError(f"count is {count}: expected 1 … {(2 * radius + 1) ** 2}, the patches in the window")
    return height, width
