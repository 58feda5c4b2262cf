"""What the autoencoders are trained to raise: the bound on digits whose pixels are drawn black or white anew each time.

Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.iterative.autoencoders import IterativeAutoencoder, IterativeEncoder, OneStepAutoencoder
from mddl_lib.statistics.iterative.latent_model import Bound
from mddl_lib.training.recipe import Recipe


@functools.cache
def grey_digits(name: str = "mnist/train") -> Tensor:
    """The digits' grey levels from 0 to 1, (N, 784)."""
    from data_fetch import load

    return torch.from_numpy(np.asarray(load(name).stacked("image"), dtype=np.float32)).flatten(1)


def binary(grey: Tensor, seed: int = 0) -> Tensor:
    """Each pixel 1 with the probability of its grey level: the pictures that the model is of.

    :raises ValueError: for a seed below 0, or levels outside 0 to 1.
    """
    arguments.tensors(grey=grey)
    arguments.counts(0, seed=seed)
    arguments.finite("the pictures", grey)
    if grey.ndim != 2:
        raise ValueError(f"the pictures have the shape {tuple(grey.shape)}: expected (N, pixels)")
    if grey.numel() and not (float(grey.min()) >= 0 and float(grey.max()) <= 1):
        raise ValueError(f"grey levels run from {float(grey.min()):g} to {float(grey.max()):g}: expected 0 to 1")
    return (torch.rand(grey.shape, generator=torch.Generator().manual_seed(seed)) < grey).float()


class BoundObjective:
    r"""Less the bound: of the one guess, or the mean over the turns, :math:`-\frac1T \sum_t \mathcal L(\lambda_t; x)`.

    :param grey: digits, (N, pixels) from 0 to 1.
    :param draws: samples of z for one bound.
    :raises ValueError: for a count below 1, or NaN.
    """

    def __init__(self, grey: Tensor, name: str, draws: int, recipe: Recipe) -> None:
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe")
        arguments.tensors(grey=grey)
        arguments.counts(1, draws=draws)
        arguments.finite("the pictures", grey)
        if grey.ndim != 2 or not len(grey):
            raise ValueError(f"the pictures have the shape {tuple(grey.shape)}: expected (N, pixels)")
        self.grey, self.name, self.draws, self.recipe = grey, name, draws, recipe

    def description(self) -> dict[str, Any]:
        """Which digits, and how many draws."""
        return {"data": self.name, "pictures": len(self.grey), "draws": self.draws, "loss": "less the bound"}

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        random = np.random.default_rng([self.recipe.seed, iteration])
        chosen = torch.from_numpy(random.integers(len(self.grey), size=self.recipe.batch))
        x = (torch.rand(self.recipe.batch, self.grey.shape[1]) < self.grey[chosen]).float()
        bound = Bound(network.model, torch.randn(self.draws, len(x), network.model.size))
        if isinstance(network, OneStepAutoencoder):
            return -bound.value(x, network(x)).mean()
        _, *states = network.inference().iterates(x, bound)
        return -torch.stack([bound.value(x, state.belief).mean() for state in states]).mean()


@dataclass(frozen=True)
class DigitsProblem:
    """Binary digits.

    :raises ValueError: for a count below 1.
    """

    draws: int = 1
    data: tuple[str, ...] = ("mnist/train",)

    def __post_init__(self) -> None:
        arguments.counts(1, draws=self.draws)

    def objective(self, network: nn.Module, recipe: Recipe) -> BoundObjective:
        """Less the bound."""
        return BoundObjective(grey_digits(self.data[0]), self.data[0], self.draws, recipe)

    def record(self) -> dict[str, Any]:
        """Data and draws."""
        from data_fetch import load

        return {
            "data": {name: load(name).sha256 for name in self.data},
            "draws": self.draws,
            "images": len(grey_digits(self.data[0])),
        }

    def __str__(self) -> str:
        return f"binary digits of {self.data[0]}, {self.draws} draws a bound"


def onto_decoder(network: IterativeAutoencoder, trained: Mapping[str, Tensor]) -> None:
    """Take over the decoder of a one-step autoencoder and hold it fast: what is trained is the inference alone."""
    decoder = {key.removeprefix("model."): value.float() for key, value in trained.items() if key.startswith("model.")}
    network.model.load_state_dict(decoder)
    network.model.requires_grad_(False)


def inference_alone(network: IterativeAutoencoder) -> IterativeEncoder:
    """The trained encoder without the decoder that it was trained for."""
    alone = IterativeEncoder(network.config["size"], network.config["hidden"], network.config["turns"])
    alone.step.load_state_dict(network.step.state_dict())
    return alone
