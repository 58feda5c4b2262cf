"""Which patches resemble the one around a pixel: found once, then held fixed while the energy is descended."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.range_field.cliques import extend

BAND = 2**22
"""how many distances are sorted at a time on a CPU: 16 MiB"""


@torch.no_grad()
def nearest(guide: Tensor, count: int, radius: int = 7, size: int = 7) -> Tensor:
    r"""For every pixel p, the ``count`` pixels in its window whose patches are nearest, p itself first.

    .. math:: \operatorname*{arg\,min}_{q:\ |q - p|_\infty \le \mathrm{radius}}\ \sum_{s} \bigl(x(p + s) - x(q + s)\bigr)^2

    - :math:`s`: the ``size`` × ``size`` places of a patch around its pixel, mirrored at the image's border; the pixels q
      themselves lie inside the image.

    For one shift q − p the squared differences of all pixels are summed over patches at once.

    :param guide: (B, 1, H, W), where patches are compared: a measurement, or an estimate on the way.
    :returns: linear indices row · W + column, (B, count, H·W), nearest first.
    :raises ValueError: for a guide with NaN or of another shape, or a count that the window does not hold at a corner.
    """
    arguments.tensors(guide=guide)
    arguments.counts(1, count=count, size=size)
    arguments.counts(0, radius=radius)
    if guide.ndim != 4 or guide.shape[1] != 1 or not guide.numel() or not bool(torch.isfinite(guide).all()):
        raise ValueError(
            f"the guide has the shape {tuple(guide.shape)}: expected (batch, 1, height, width), all finite"
        )
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size is {size}: expected an odd number of pixels, the side of a patch")
    height, width = guide.shape[-2:]
    fewest = (min(radius, height - 1) + 1) * (min(radius, width - 1) + 1)
    if not 1 <= count <= fewest:
        raise ValueError(f"count is {count}: expected 1 … {fewest}, the pixels that the window holds at a corner")
    distances = _distances(guide[:, 0], radius, size)
    places = (_smallest if guide.device.type == "cpu" else _smallest_in_passes)(distances, count)
    side = 2 * radius + 1
    down, across = places.div(side, rounding_mode="floor") - radius, places % side - radius
    return torch.arange(height * width, device=guide.device) + down * width + across


def _distances(guide: Tensor, radius: int, size: int) -> Tensor:
    """(B, side², H, W): the distances of all shifts, rows of the window first; −1 at no shift, ∞ outside the image."""
    height, width = guide.shape[-2:]
    side, margin = 2 * radius + 1, size // 2
    wide = extend(guide[:, None], margin)[:, 0]
    rows, columns = wide.shape[-2:]
    # room for every shift: the numbers there do not matter, they belong to pixels outside the image
    room = F.pad(wide, (radius, radius, radius, radius))
    shifted = room.unfold(1, rows, 1).unfold(2, columns, 1)  # (B, side, side, rows, columns), a view
    distances = guide.new_empty(len(guide), side, side, height, width)
    # a processor's cache holds the shifts of one row
    at_once, sums = (1, _box_sums) if guide.device.type == "cpu" else (side, _box_sums_in_one_pass)
    for down in range(0, side, at_once):
        square = (shifted[:, down : down + at_once] - wide[:, None, None]).square_()
        distances[:, down : down + at_once] = sums(square, size)
    shift = torch.arange(-radius, radius + 1, device=guide.device)[:, None]
    below = torch.arange(height, device=guide.device) + shift
    beside = torch.arange(width, device=guide.device) + shift
    distances.masked_fill_(((below < 0) | (below >= height))[:, None, :, None], torch.inf)
    distances.masked_fill_(((beside < 0) | (beside >= width))[:, None], torch.inf)
    distances[:, radius, radius] = -1  # the pixel itself comes first, whatever equals it
    return distances.flatten(1, 2)


def _box_sums(x: Tensor, size: int) -> Tensor:
    """Sums over size × size neighbours in the last two axes, which become size − 1 shorter."""
    for dim in (-1, -2):
        length = x.shape[dim] - size + 1
        total = x.narrow(dim, 0, length).clone()
        for place in range(1, size):
            total += x.narrow(dim, place, length)
        x = total
    return x


def _box_sums_in_one_pass(x: Tensor, size: int) -> Tensor:
    """The same by one call, which a GPU does faster."""
    return F.avg_pool2d(x.flatten(0, 2)[:, None], size, stride=1).mul_(size * size)[:, 0].unflatten(0, x.shape[:3])


def _smallest(distances: Tensor, count: int) -> Tensor:
    """The places of the smallest along axis 1, nearest first: (B, N, H, W) to (B, count, H·W)."""
    flat = distances.flatten(2)
    found = torch.empty(len(flat), count, flat.shape[2], dtype=torch.int64)
    step = max(1, BAND // flat.shape[1])
    for image in range(len(flat)):
        for first in range(0, flat.shape[2], step):
            part = flat[image, :, first : first + step].T.contiguous()
            found[image, :, first : first + step] = part.topk(count, dim=1, largest=False, sorted=True).indices.T
    return found


def _smallest_in_passes(distances: Tensor, count: int) -> Tensor:
    """The same by a pass over everything for each of them, which a GPU does faster than any sorting. Changes its input."""
    flat, found = distances.flatten(2), []
    for _ in range(count):
        found.append(flat.argmin(1, keepdim=True))
        flat.scatter_(1, found[-1], torch.inf)
    return torch.cat(found, dim=1)
