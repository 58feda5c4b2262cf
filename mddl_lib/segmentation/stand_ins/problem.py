"""What the networks for hippocampus slices are trained on: the slices of the training subjects, each with atlases of others."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from torch import nn

from data_fetch import load
from mddl_lib.segmentation.problems import Fusion, FusionObjective, as_fusion
from mddl_lib.segmentation.stand_ins.hippocampi import CANDIDATES, PART, cases, slices
from mddl_lib.training.recipe import Recipe


@dataclass(frozen=True)
class Hippocampi:
    """Two sagittal slices of each training subject, with the atlases that were registered to them."""

    data: tuple[str, ...] = ("hippocampus",)
    count: int = 6
    """atlases that an iteration sees of a target's sixteen"""
    side: int = 48

    @functools.cached_property
    def registered(self) -> list[Fusion]:
        """Every target with its atlases; the first call registers them, which takes minutes and is kept."""
        found = [slice_ for name in self.data for slice_ in slices(name)]
        return [as_fusion(case, (PART,)) for case in cases(found, found)]

    def objective(self, network: nn.Module, recipe: Recipe) -> FusionObjective:
        """The slide's loss."""
        return FusionObjective(self.registered, recipe, self.count, self.side)

    def record(self) -> dict[str, Any]:
        """Data with their hashes, the mask, the number of targets."""
        data = {name: load(name).sha256 for name in self.data}
        return {"data": data, "images": len(self.registered), "masks": [PART], "candidates": CANDIDATES}

    def __str__(self) -> str:
        return f"{' and '.join(self.data)}, {self.count} of {CANDIDATES} atlases"
