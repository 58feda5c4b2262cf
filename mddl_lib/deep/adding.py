"""The adding problem: remember two numbers of a long sequence. A plain recurrent network and an LSTM.

Taught in :doc:`/models/deep_networks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.deep.masks_objective import check_recipe
from mddl_lib.training.recipe import Recipe

GUESSING = 1 / 6
"""the mean square error of answering 1 always: the variance of a sum of two numbers from [0, 1]"""


class Adder(nn.Module):
    """A recurrent network that reads a sequence and answers one number at its end.

    :param kind: "lstm", whose memory is added to, or "plain", whose memory is squashed by tanh in every step.
    :param hidden: numbers of memory.
    :raises ValueError: for another kind, or a count below 1.

    Source: Hochreiter, Schmidhuber 1997, experiment 4.
    """

    family = "adder"

    def __init__(self, kind: str = "lstm", hidden: int = 32) -> None:
        super().__init__()
        arguments.counts(1, hidden=hidden)
        if kind not in ("lstm", "plain"):
            raise ValueError(f"kind is {kind!r}: expected 'lstm' or 'plain'")
        self.config = {"kind": kind, "hidden": hidden}
        self.memory = (nn.LSTM if kind == "lstm" else nn.RNN)(2, hidden, batch_first=True)
        self.answer = nn.Linear(hidden, 1)
        if kind == "lstm":  # the gate that forgets begins open
            with torch.no_grad():
                self.memory.bias_hh_l0[hidden : 2 * hidden] = 1.0

    def forward(self, sequences: Tensor) -> Tensor:
        """(B, T, 2) → (B,).

        :raises ValueError: for another shape.
        """
        arguments.tensors(sequences=sequences)
        if sequences.ndim != 3 or sequences.shape[2] != 2 or not sequences.numel():
            raise ValueError(f"sequences have the shape {tuple(sequences.shape)}: expected (batch, length, 2)")
        return self.answer(self.memory(sequences)[0][:, -1])[:, 0]


def draw(batch: int, length: int, seed: int) -> tuple[Tensor, Tensor]:
    """Sequences (B, T, 2) of numbers and marks, and what is asked for, (B,): the sum of the two marked numbers.

    One mark lies in the first half, one in the second.

    :raises ValueError: for counts that are none, or a length below 2.
    """
    arguments.counts(1, batch=batch)
    arguments.counts(2, length=length)
    arguments.counts(0, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.rand(batch, length, generator=generator)
    marks, rows = torch.zeros(batch, length), torch.arange(batch)
    half = length // 2
    marks[rows, torch.randint(half, (batch,), generator=generator)] = 1
    marks[rows, half + torch.randint(length - half, (batch,), generator=generator)] = 1
    return torch.stack([numbers, marks], dim=2), (numbers * marks).sum(1)


class AddingObjective:
    """The mean square error on sequences that are drawn anew in every iteration."""

    def __init__(self, recipe: Recipe, length: int) -> None:
        arguments.counts(2, length=length)
        check_recipe(recipe)
        self.recipe, self.length = recipe, length

    def description(self) -> dict[str, Any]:
        """The length, and what is asked for."""
        return {"length": self.length, "loss": "square of (answer − sum of two marked numbers)"}

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        sequences, sums = draw(self.recipe.batch, self.length, 1_000_003 * self.recipe.seed + iteration)
        return (network(sequences) - sums).square().mean()


@dataclass(frozen=True)
class AddingProblem:
    """Sequences of one length."""

    length: int = 60
    data = ()

    def __post_init__(self) -> None:
        arguments.counts(2, length=self.length)

    def objective(self, network: nn.Module, recipe: Recipe) -> AddingObjective:
        """The mean square error."""
        return AddingObjective(recipe, self.length)

    def record(self) -> dict[str, Any]:
        """Drawn by code."""
        return {
            "setting": f"the adding problem, {self.length} steps",
            "vectors": "drawn anew in every iteration",
            "data": {},
        }

    def __str__(self) -> str:
        return f"the adding problem, {self.length} steps"
