"""How a network is trained: the numbers that stand in the header of its weights."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from mddl_lib.core import arguments


@dataclass(frozen=True)
class Recipe:
    """How long, with which optimizer, from which seed. ``batch`` to ``images`` say how an objective draws its data.

    ``adam`` takes one batch an iteration, with a cosine fall of the learning rate to zero; ``lbfgs`` (the paper's) takes
    all images an iteration, five pairs of memory and a strong Wolfe line search.
    """

    iterations: int = 1000
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    batch: int = 1
    clip: float = 1.0
    """the largest norm of the gradient, 0 for no limit"""
    symmetries: bool = True
    """whether images are flipped and turned at random (all eight symmetries of the square)"""
    seed: int = 0
    turns: int | None = None
    """train on the estimate after this turn only (greedy training); None: the last"""
    images: int | None = None
    """train on so many of the images, evenly spread: L-BFGS looks at each one an iteration; None: on all"""
    matrices: float = 1.0
    """the share of the learning rate for parameters of two or more axes; less than 1 where a few scalars must travel far"""
    momentum: float = 0.9
    """Adam's decay of the mean gradient; 0.5 is customary where two players meet"""
    average: float = 0.0
    """decay a step of the exponential moving average of the weights that the network ends with; 0: the last weights"""

    def __post_init__(self) -> None:
        if self.optimizer not in ("adam", "lbfgs"):
            raise ValueError(f"optimizer is {self.optimizer!r}: expected 'adam' or 'lbfgs'")
        arguments.counts(1, iterations=self.iterations, batch=self.batch)
        arguments.counts(0, seed=self.seed)
        arguments.positive(learning_rate=self.learning_rate)
        arguments.positive(matrices=self.matrices)
        arguments.not_negative(clip=self.clip, average=self.average, momentum=self.momentum)
        if self.turns is not None:
            arguments.counts(0, turns=self.turns)
        if self.images is not None:
            arguments.counts(1, images=self.images)
        for name in ("average", "momentum"):
            if not getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: expected a decay from 0 up to, but not, 1")

    def rate(self, iteration: int) -> float:
        """The learning rate of an iteration, counted from 0: half a cosine from ``learning_rate`` to 0.

        L-BFGS searches along its line, so its own step is 1.
        """
        if self.optimizer == "lbfgs":
            return 1.0
        return self.learning_rate * (1 + math.cos(math.pi * iteration / self.iterations)) / 2

    def make_optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The optimizer of one player's parameters; a group's ``share`` is of the learning rate."""
        if self.optimizer == "adam":
            groups: dict[float, list[nn.Parameter]] = {}
            for parameter in parameters:
                groups.setdefault(self.matrices if parameter.ndim > 1 else 1.0, []).append(parameter)
            return torch.optim.Adam(
                [{"params": held, "share": share, "lr": share * self.learning_rate} for share, held in groups.items()],
                betas=(self.momentum, 0.999),
            )
        return torch.optim.LBFGS(
            parameters, lr=1.0, max_iter=1, max_eval=25, history_size=5, line_search_fn="strong_wolfe"
        )


def choose_device(device: str) -> torch.device:
    """ "auto": CUDA, else Apple's MPS, else the CPU; any other name is torch's.

    :raises ValueError: for a name that torch does not know, or a device that is not here.
    """
    if device != "auto":
        return _device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _device(name: str) -> torch.device:
    try:
        place = torch.device(name)
        torch.zeros(1, device=place)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device is {name!r}: expected auto, cpu, cuda or mps, one that is here: {reason}") from None
    return place
