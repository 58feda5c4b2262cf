"""What ships: a decoder with its one-step encoder, and a decoder with its iterative one.

Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.statistics.iterative.encoders import IterativeStep, OneStepEncoder, iterative
from mddl_lib.statistics.iterative.latent_model import Belief, LatentModel


class OneStepAutoencoder(nn.Module):
    """A variational autoencoder.

    :raises ValueError: for counts below 1.
    """

    family = "one_step_autoencoder"

    def __init__(self, pixels: int = 784, size: int = 64, hidden: int = 128) -> None:
        super().__init__()
        self.config = {"pixels": pixels, "size": size, "hidden": hidden}
        self.model = LatentModel(pixels, size, hidden)
        self.encoder = OneStepEncoder(pixels, size, hidden)

    def forward(self, x: Tensor) -> Belief:
        """λ of each picture."""
        return self.encoder(x).belief


class _InTurns(nn.Module):
    """What has a ``step`` and a number of ``turns``."""

    def inference(self, turns: int | None = None) -> Unrolled:
        """The encoder: ``inference().iterates(x, bound)``, for as many turns as are asked for."""
        return iterative(self.step, self.turns if turns is None else turns)

    def forward(self, x: Tensor, bound: Any) -> Belief:
        """λ of each picture after the last turn."""
        return Belief(*self.inference()(x, bound).chunk(2, dim=1))


class IterativeAutoencoder(_InTurns):
    """A decoder and an encoder that takes turns.

    :param turns: how many, from the prior.
    :raises ValueError: for counts below 1.
    """

    family = "iterative_autoencoder"

    def __init__(self, pixels: int = 784, size: int = 64, hidden: int = 128, turns: int = 5) -> None:
        super().__init__()
        arguments.counts(1, turns=turns)
        self.config = {"pixels": pixels, "size": size, "hidden": hidden, "turns": turns}
        self.model = LatentModel(pixels, size, hidden)
        self.step = IterativeStep(size, hidden)
        self.turns = turns


class IterativeEncoder(_InTurns):
    """An iterative encoder alone, for a decoder that another training made.

    :raises ValueError: for counts below 1.
    """

    family = "iterative_encoder"

    def __init__(self, size: int = 64, hidden: int = 128, turns: int = 5) -> None:
        super().__init__()
        arguments.counts(1, turns=turns)
        self.config = {"size": size, "hidden": hidden, "turns": turns}
        self.step = IterativeStep(size, hidden)
        self.turns = turns
