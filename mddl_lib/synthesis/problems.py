"""The game's losses on crops of MR and CT slices: least squares, cycle consistency, structure."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.synthesis.game.head_alone import head_alone
from mddl_lib.synthesis.game.players import CycleGAN
from mddl_lib.synthesis.game.resolution import halved
from mddl_lib.synthesis.game.selection import SELECTIONS, draw
from mddl_lib.synthesis.slices import Slices, load_slices
from mddl_lib.synthesis.structure import structure_loss
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe

CYCLE = 10.0
"""weight of the cycle loss, the paper's"""
STRUCTURE = 5.0
"""weight of the structure loss, the paper's"""
MARGIN = 8
"""black pixels around a halved slice: as many as a crop can be moved by, either way"""


class GameObjective:
    r"""Each player's loss in one iteration.

    The generators' is :math:`(D(G(I)) - 1)^2` in both directions, plus 10 times the mean of :math:`|G'(G(I)) - I|`, plus
    ``weight`` times the structure losses of G(I) with I. The discriminators' is half of :math:`(D(J) - 1)^2 + D(G(I))^2`.

    :param selection: one of :data:`SELECTIONS`.
    :param weight: of the structure loss; 0: without.
    :param crop: side of the crops, in pixels.
    """

    def __init__(self, slices: Slices, selection: str, weight: float, crop: int, recipe: Recipe) -> None:
        if selection not in SELECTIONS:
            raise ValueError(f"selection is {selection!r}: expected one of {SELECTIONS}")
        arguments.not_negative(weight=weight)
        arguments.counts(16, crop=crop)
        if crop % 4 or crop > min(slices.mr.shape[-2:]):
            raise ValueError(f"crop is {crop}: expected a multiple of 4 up to {min(slices.mr.shape[-2:])}")
        self.slices, self.selection, self.weight, self.crop, self.recipe = slices, selection, weight, crop, recipe
        self._made: tuple[int, list[Tensor]] = (-1, [])  # what the generators made last, and in which iteration

    def description(self) -> dict[str, Any]:
        """Hashes of the slices, how they are drawn, the losses' weights."""
        return {
            "mr": tensor_hash(self.slices.mr)[:16], "ct": tensor_hash(self.slices.ct)[:16], "cases": list(self.slices.cases),
            "selection": self.selection, "structure": self.weight, "cycle": CYCLE, "crop": self.crop,
        }  # fmt: skip

    def players(self, network: CycleGAN) -> dict[str, list[nn.Parameter]]:
        """The generators step first, then the discriminators."""
        return {
            "generators": [*network.to_ct.parameters(), *network.to_mr.parameters()],
            "discriminators": [*network.judge_ct.parameters(), *network.judge_mr.parameters()],
        }

    def __call__(self, network: CycleGAN, iteration: int, player: str) -> Tensor:
        """The loss of one player; both see the same two crops, and the discriminators what the generators made of them."""
        mr, ct = self.crops(iteration)
        ways = ((mr, ct, network.to_ct, network.to_mr, network.judge_ct),
                (ct, mr, network.to_mr, network.to_ct, network.judge_mr))  # fmt: skip
        if player == "generators":
            made = [forth(here) for here, _, forth, _, _ in ways]
            self._made = (iteration, [image.detach() for image in made])
            losses = [
                self._makes(image, here, back, judge)
                for image, (here, _, _, back, judge) in zip(made, ways, strict=True)
            ]
        else:
            at, made = self._made
            if at != iteration:  # the discriminators were asked alone
                made = [forth(here).detach() for here, _, forth, _, _ in ways]
            losses = [
                ((judge(there) - 1).square().mean() + judge(image).square().mean()) / 2
                for image, (_, there, _, _, judge) in zip(made, ways, strict=True)
            ]
        return losses[0] + losses[1]

    def _makes(self, made: Tensor, here: Tensor, back: nn.Module, judge: nn.Module) -> Tensor:
        """A generator's loss in one direction: it shall be taken for real, lead back, and keep the structure."""
        loss = (judge(made) - 1).square().mean() + CYCLE * cycle_loss(back(made), here)
        return loss + self.weight * structure_loss(made, here) if self.weight else loss

    def to(self, device: torch.device) -> GameObjective:
        """The same on a device."""
        self.slices = Slices(self.slices.mr.to(device), self.slices.ct.to(device), self.slices.cases)
        return self

    def crops(self, iteration: int) -> tuple[Tensor, Tensor]:
        """The MR and the CT of an iteration, (1, 1, crop, crop): places and flips drawn from seed and iteration.

        With pairs both have one place and flip; else each its own.
        """
        random = np.random.default_rng([self.recipe.seed, iteration])
        chosen = draw(list(self.slices.cases), self.selection, random)
        found: list[Tensor] = []
        for images, index in zip((self.slices.mr, self.slices.ct), chosen, strict=True):
            if not found or self.selection != "paired":
                top, left = (int(random.integers(side - self.crop + 1)) for side in images.shape[-2:])
                flip = bool(random.integers(2))
            crop = images[index : index + 1, :, top : top + self.crop, left : left + self.crop]
            found.append(crop.flip(-1) if flip else crop)
        return found[0], found[1]


def cycle_loss(returned: Tensor, image: Tensor) -> Tensor:
    """What a round trip changes: the mean of abs(G'(G(I)) − I), one number.

    :raises ValueError: for shapes that differ.
    """
    arguments.tensors(returned=returned, image=image)
    if returned.shape != image.shape:
        raise ValueError(
            f"returned has the shape {tuple(returned.shape)}, image {tuple(image.shape)}: expected one shape"
        )
    return (returned - image).abs().mean()


@dataclass(frozen=True)
class Game:
    """Slices of some cases, how they are shown, and the structure loss's weight.

    They are shown at half their size, nearly whole: a crop of 128 × 128 pixels of the full size sees a quarter of a head, and a small
    game that is played for minutes does not learn from such where bone must be.
    """

    cases: tuple[int, ...]
    selection: str
    weight: float = 0.0
    name: str = "aanlib_mrct"

    @property
    def data(self) -> tuple[str, ...]:
        return (self.name,)

    @functools.cached_property
    def slices(self) -> Slices:
        """Its slices as they are shown: at half their size, black around them, the CTs without what the head lies on."""
        whole = load_slices(self.name, self.cases)
        mr, ct = (F.pad(halved(images), (MARGIN,) * 4, value=-1.0) for images in (whole.mr, head_alone(whole.ct)))
        return Slices(mr, ct, whole.cases)

    def objective(self, network: nn.Module, recipe: Recipe) -> GameObjective:
        """The losses on these slices."""
        crop = min(self.slices.mr.shape[-2:]) - 2 * MARGIN
        return GameObjective(self.slices, self.selection, self.weight, crop, recipe)

    def record(self) -> dict[str, Any]:
        """The data with their hash, the cases, how many slices, how they are shown."""
        from data_fetch import load

        return {
            "data": {self.name: load(self.name).sha256}, "images": len(self.slices.cases), "cases": list(self.cases),
            "selection": self.selection, "structure": self.weight,
        }  # fmt: skip

    def __str__(self) -> str:
        return f"{self.selection} slices of the cases {self.cases} of {self.name}, at half their size, structure {self.weight}"
