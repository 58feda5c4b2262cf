r"""Distance, weight and voting in one operator that never holds all shifts at once.

.. math:: \hat L_p = \sum_i \sum_{q \in N_p} w_{i,p,q} L_q(X_i), \qquad
          w_{i,p,q} \propto \exp\bigl(-\|F_p(T) - F_q(X_i)\|^2\bigr)

The target is taken in tiles of some columns, all rows at once. A target pixel's own :math:`\|F_p\|^2` cancels in the softmax, so
the exponents :math:`2 F_p \cdot F_q - \|F_q\|^2` of a row of a tile with all pixels in reach are one matrix product. Its band
:math:`|q - p| \le t` counts; the rest is masked. Backward computes the products again instead of keeping them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mddl_lib.core import arguments

FAR = 1e9
"""the squared norm given to pixels outside an atlas: their weight is exp(−1e9) = 0"""


def fused_vote(target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> Tensor:
    """The votes of the atlases' labels for each target pixel; gradients for both features.

    Pixels outside an atlas do not vote. Memory beside inputs and result: some tiles, whatever the radius.

    :param target: features F(T), (B, C, H, W).
    :param atlases: features F(X_i), (B, K, C, H, W).
    :param labels: (B, K, P, H, W), P masks each, without gradient.
    :param radius: t; the window N_p has (2t + 1)² pixels.
    :returns: (B, P, H, W).
    :raises ValueError: for shapes that do not fit, or labels that ask for a gradient.
    """
    check_fusion(target, atlases, labels, radius)
    if labels.requires_grad:
        raise ValueError("labels require a gradient: expected labels without one, they are given and not learned")
    return _FusedVote.apply(target, atlases, labels.to(target.dtype), radius)


def check_fusion(target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> None:
    """What the label fusion takes.

    :raises ValueError: naming what does not fit.
    :raises TypeError: for what is no tensor.
    """
    arguments.tensors(target=target, atlases=atlases, labels=labels)
    arguments.counts(0, radius=radius)
    if target.ndim != 4 or not target.numel():
        raise ValueError(f"target has the shape {tuple(target.shape)}: expected (batch, features, height, width)")
    batch, features, height, width = target.shape
    if atlases.ndim != 5 or not atlases.numel() or atlases.shape[:1] + atlases.shape[2:] != target.shape:
        raise ValueError(
            f"atlases have the shape {tuple(atlases.shape)}: expected ({batch}, atlases, {features}, {height}, {width})"
        )
    if (
        labels.ndim != 5
        or not labels.numel()
        or labels.shape[:2] + labels.shape[3:] != (*atlases.shape[:2], height, width)
    ):
        raise ValueError(
            f"labels have the shape {tuple(labels.shape)}: expected "
            f"({batch}, {atlases.shape[1]}, masks, {height}, {width})"
        )
    if not target.is_floating_point() or target.dtype != atlases.dtype:
        raise ValueError(f"target is {target.dtype}, atlases {atlases.dtype}: expected one kind of real numbers")


class _Tile(NamedTuple):
    """Some columns of one target: views and products of a tile. M target pixels a row, N pixels of an atlas in reach."""

    columns: slice
    wide: slice
    """the columns in reach, of the padded atlases"""
    target: Tensor
    """(H, M, C + 1): 2 F_p and −1"""
    atlas: Tensor
    """(K, H + 2t, M + 2t, C + 1): F_q and its squared norm"""
    votes: Tensor
    """(K, H, N, P + 1): labels, and a one that counts the weights"""
    exponents: Tensor
    """(K, H, M, N), −inf off the band"""


class _FusedVote(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> Tensor:
        votes, levels = target.new_empty(len(target), *labels.shape[2:]), []
        for b in range(len(target)):
            level = target.new_empty(target.shape[-2:])
            for tile in _tiles(target[b], atlases[b], labels[b], radius):
                high = tile.exponents.amax((0, 3))
                weights = tile.exponents.sub_(high[..., None]).exp_()
                counted = (weights @ tile.votes).sum(0)  # (H, M, P + 1)
                votes[b, :, :, tile.columns] = (counted[..., :-1] / counted[..., -1:]).movedim(-1, 0)
                level[:, tile.columns] = high + counted[..., -1].log()
            levels.append(level)
        ctx.save_for_backward(target, atlases, labels, votes, torch.stack(levels))
        ctx.radius = radius
        return votes

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        target, atlases, labels, votes, levels = ctx.saved_tensors
        radius, (height, width) = ctx.radius, target.shape[-2:]
        to_target, to_atlases = torch.empty_like(target), []
        for b in range(len(target)):
            features = target.shape[1]
            padded = target.new_zeros(atlases.shape[1], height + 2 * radius, width + 2 * radius, features + 1)
            against = torch.cat([gradient[b], -(gradient[b] * votes[b]).sum(0, keepdim=True)]).permute(1, 2, 0)
            for tile in _tiles(target[b], atlases[b], labels[b], radius):
                weights = tile.exponents.sub_(levels[b, :, tile.columns, None]).exp_()
                pull = weights.mul_(against[:, tile.columns] @ tile.votes.transpose(-1, -2))  # of the exponents
                window = _window(tile.atlas, radius)
                to_target[b, :, :, tile.columns] = 2 * (pull @ window).sum(0)[..., :-1].permute(2, 0, 1)
                padded[:, :, tile.wide] += _scattered(pull, tile.target, radius)
            inner = padded[:, radius : radius + height, radius : radius + width]
            mine = atlases[b] - target[b].mean((-2, -1))[:, None, None]
            to_atlases.append(torch.addcmul(inner[..., :-1].movedim(-1, 1), inner[..., -1].unsqueeze(1), mine, value=2))
        return to_target, torch.stack(to_atlases), None, None


def _tiles(target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> Iterator[_Tile]:
    """The tiles of one target (C, H, W) and its atlases (K, C, H, W)."""
    width = atlases.shape[-1]
    middle = target.mean((-2, -1))[:, None, None]  # distances do not see it, rounding does
    mine, theirs = 2 * (target - middle), atlases - middle
    mine = torch.cat([mine, -torch.ones_like(mine[:1])]).permute(1, 2, 0)
    squares = theirs.square().sum(1, keepdim=True)
    edge = (radius,) * 4
    theirs = torch.cat([F.pad(theirs, edge), F.pad(squares, edge, value=FAR)], 1).permute(0, 2, 3, 1)
    marks = F.pad(torch.cat([labels, torch.ones_like(labels[:, :1])], 1), edge).permute(0, 2, 3, 1)
    step = max(8, 2 * radius)
    for first in range(0, width, step):
        size = min(step, width - first)
        wide = slice(first, first + size + 2 * radius)
        mine_here = mine[:, first : first + size].contiguous()
        atlas, mark = theirs[:, :, wide].contiguous(), marks[:, :, wide].contiguous()
        products = torch.matmul(mine_here, _window(atlas, radius).transpose(-1, -2))
        products += _band(size, radius, products)
        yield _Tile(slice(first, first + size), wide, mine_here, atlas, _window(mark, radius), products)


def _window(values: Tensor, radius: int) -> Tensor:
    """Row by row all pixels in reach, as a view: (K, H + 2t, M', C) to (K, H, (2t + 1) M', C)."""
    count, tall, wide, features = values.shape
    rows = 2 * radius + 1
    a, b, c, d = values.stride()
    return values.as_strided((count, tall - 2 * radius, rows * wide, features), (a, b, c, d))


def _band(size: int, radius: int, like: Tensor) -> Tensor:
    """0 where a column of the window is in reach of a column of the tile, −inf elsewhere: (M, N)."""
    offset = torch.arange(size + 2 * radius, device=like.device) - torch.arange(size, device=like.device)[:, None]
    mask = torch.zeros(offset.shape, dtype=like.dtype, device=like.device)
    return mask.masked_fill_((offset < 0) | (offset > 2 * radius), -torch.inf).repeat(1, 2 * radius + 1)


def _scattered(pull: Tensor, target: Tensor, radius: int) -> Tensor:
    """Σ_p pull(p, q) target(p) for each atlas pixel q in reach of the tile: (K, H + 2t, M + 2t, C + 1).

    Row r of an atlas is pulled by the target's rows r − 2t … r of the padded grid: one product a row, none of them kept.
    """
    count, height, size, _ = pull.shape
    rows, wide = 2 * radius + 1, size + 2 * radius
    tall = height + 2 * radius
    # room above and below, so that every row of an atlas has 2t + 1 rows of targets
    roomy = F.pad(pull, (0, 0, 0, 0, 2 * radius, 2 * radius))
    a, b, c, _ = roomy.stride()
    # target row y = r − dy pulls by its block dy; counted from below, dy' = 2t − dy, the stride is positive
    blocks = roomy.as_strided((count, tall, wide, rows, size), (a, b, 1, b - wide, c), 2 * radius * wide)
    around = F.pad(target, (0, 0, 0, 0, 2 * radius, 2 * radius)).contiguous()
    a, b, c = around.stride()
    mine = around.as_strided((tall, rows * size, target.shape[-1]), (a, b, c))
    return blocks.reshape(count, tall, wide, rows * size) @ mine
