"""Multi-atlas PatchMatch (MAPM): each pixel looks for one match among all atlases; good matches spread to the neighbours."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.fusion_rules.checks import check_patch, check_rule

SEARCH = 0.1
"""the first random search's window, in shorter sides of the picture; halved at each try"""
SHARPNESS = 32.0
"""a match's vote falls as exp(−32 d / (max − min intensity))"""


class Match(NamedTuple):
    """One match a pixel: (H, W) each."""

    atlas: Tensor
    row: Tensor
    column: Tensor
    distance: Tensor


def patch_match(
    target: Tensor, atlases: Tensor, labels: Tensor, patch: int = 7, sweeps: int = 8, seed: int = 0
) -> Tensor:
    """The votes of the matched label patches, where they overlap.

    A sweep: matches spread from above and from the left, random search, from below and from the right, random search. All
    pixels move at once (the paper's scan goes pixel by pixel), so a match travels one pixel a direction and sweep.

    :param target: (H, W).
    :param atlases: (K, H, W).
    :param labels: (K, P, H, W).
    :param sweeps: at most; it ends earlier when no match improves.
    :returns: (P, H, W).
    :raises ValueError: for shapes that do not fit, or numbers out of range.

    Source: Shi et al., "Cardiac image super-resolution with global correspondence using multi-atlas PatchMatch", MICCAI 2013.
    """
    check_rule(target, atlases, labels)
    check_patch(patch)
    arguments.counts(1, sweeps=sweeps)
    arguments.counts(0, seed=seed)
    search = _Search(target, atlases, patch, torch.Generator().manual_seed(seed))
    match = search.start()
    for _ in range(sweeps):
        before = match.distance
        for spread in (1, -1):
            for axis in (0, 1):
                match = search.spread(match, spread, axis)
            match = search.at_random(match)
        if torch.equal(before, match.distance):
            break
    return _vote(match, labels, patch, float(target.max() - target.min()))


class _Search:
    """Patches as columns of intensity and gradients; a match is better when their mean absolute difference is smaller."""

    def __init__(self, target: Tensor, atlases: Tensor, patch: int, random: torch.Generator) -> None:
        self.patches = _columns(torch.cat([target[None], atlases]), patch)  # (K + 1, H, W, D)
        self.count, self.shape, self.random = len(atlases), tuple(target.shape), random
        self.rows, self.columns = torch.meshgrid(*(torch.arange(n) for n in self.shape), indexing="ij")

    def start(self) -> Match:
        """A random atlas, the same place."""
        atlas = torch.randint(self.count, self.shape, generator=self.random)
        return self._match(atlas, self.rows, self.columns)

    def spread(self, match: Match, step: int, axis: int) -> Match:
        """The neighbour's match, moved by the step from it: from the pixel before (step 1) or after it (−1)."""
        atlas, row, column = (part.roll(step, axis) for part in match[:3])
        row, column = (row + step, column) if axis == 0 else (row, column + step)
        return self._better(match, atlas, row, column)  # at the border the far side's match comes: a try like any other

    def at_random(self, match: Match) -> Match:
        """Ever nearer around the match: in its own atlas, then in random ones."""
        first = max(1, round(SEARCH * min(self.shape)))
        for own in (True, False):
            reach = first
            while reach >= 1:
                atlas = match.atlas if own else torch.randint(self.count, self.shape, generator=self.random)
                down, across = torch.randint(-reach, reach + 1, (2, *self.shape), generator=self.random)
                match = self._better(match, atlas, match.row + down, match.column + across)
                reach //= 2
        return match

    def _better(self, match: Match, atlas: Tensor, row: Tensor, column: Tensor) -> Match:
        found = self._match(atlas, row, column)
        better = found.distance < match.distance
        return Match(*(torch.where(better, new, old) for new, old in zip(found, match, strict=True)))

    def _match(self, atlas: Tensor, row: Tensor, column: Tensor) -> Match:
        row, column = row.clamp(0, self.shape[0] - 1), column.clamp(0, self.shape[1] - 1)
        difference = (self.patches[0] - self.patches[1 + atlas, row, column]).abs().mean(-1)
        return Match(atlas, row, column, difference)


def _columns(pictures: Tensor, patch: int) -> Tensor:
    """Each pixel's patch of intensity and the two differences: (N, H, W) to (N, H, W, 3 · patch²)."""
    down, across = (torch.gradient(pictures, dim=axis)[0] for axis in (1, 2))
    channels = torch.stack([pictures, down, across], 1)
    columns = F.unfold(channels, patch, padding=patch // 2)
    return columns.view(len(pictures), -1, *pictures.shape[1:]).permute(0, 2, 3, 1).contiguous()


def _vote(match: Match, labels: Tensor, patch: int, contrast: float) -> Tensor:
    height, width = labels.shape[-2:]
    marks = torch.cat([labels, torch.ones_like(labels[:, :1])], 1)
    columns = F.unfold(marks, patch, padding=patch // 2).view(len(labels), -1, height, width).permute(0, 2, 3, 1)
    weight = torch.exp(-SHARPNESS * match.distance / contrast)
    chosen = weight[..., None] * columns[match.atlas, match.row, match.column]  # (H, W, (P + 1) patch²)
    votes = F.fold(chosen.flatten(0, 1).T[None], (height, width), patch, padding=patch // 2)[0]
    return votes[:-1] / votes[-1].clamp(min=torch.finfo(votes.dtype).tiny)
