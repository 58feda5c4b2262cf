"""Block matching: for each reference patch, the most similar patches nearby. What BM3D and PANO know of an image.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core.patches import corners


def match(image: Tensor, size: int, step: int, radius: int, count: int) -> Tensor:
    r"""The ``count`` nearest patches of every reference patch, the reference itself first.

    .. math:: \operatorname*{arg\,min}_{q \in \mathrm{window}(p)} \ \sum_{s} \bigl(x(p + s) - x(q + s)\bigr)^2

    - :math:`p`: corners of the references, the regular grid ``corners(shape, step)``;
    - :math:`q`: corners of the candidates, at most ``radius`` rows and columns away, periodic as the transform is;
    - :math:`s`: the pixels of a patch of ``size`` × ``size``.

    :param image: (1, 1, H, W). :param size: a multiple of ``step``; ``step`` divides H and W.
    :return: linear indices row · W + column of the corners, (number of references, count), nearest first.
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
    if image.ndim != 4 or tuple(image.shape[:2]) != (1, 1):
        raise ValueError(f"the image has the shape {tuple(image.shape)}: expected (1, 1, height, width)")
    if not bool(torch.isfinite(image).all()):
        raise ValueError("the image holds NaN or infinity: no patch can be compared")
    height, width = image.shape[-2:]
    if step < 1 or size % step or height % step or width % step:
        raise ValueError(
            f"step is {step}: expected a divisor of the patch's side {size} and of the image's {height} x {width}"
        )
    if radius < 0 or 2 * radius + 1 > min(height, width):
        raise ValueError(
            f"radius is {radius}: expected 0 … {(min(height, width) - 1) // 2}, a window no larger than the image"
        )
    if not 1 <= count <= (2 * radius + 1) ** 2:
        raise ValueError(f"count is {count}: expected 1 … {(2 * radius + 1) ** 2}, the patches in the window")
    return height, width
