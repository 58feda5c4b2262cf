"""The border of the training room: every public call names what is wrong with what it was given, before anything is computed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe, choose_device
from mddl_lib.training.reconstruction import Reconstruction, fit
from tests.training.test_loop import PHYSICS, images

ONE = Recipe(iterations=1)
NAN = float("nan")


@pytest.mark.parametrize("name", ["iterations", "batch", "images", "turns", "seed"])
@pytest.mark.parametrize("value", [True, 2.5, "3", NAN, -5])
def test_counts_of_a_recipe(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value!r}: expected a whole number"):
        Recipe(**{name: value})


@pytest.mark.parametrize("name", ["learning_rate", "clip", "average", "matrices", "momentum"])
@pytest.mark.parametrize("value", [NAN, float("inf"), -1.0, "0.1", True, None])
def test_numbers_of_a_recipe(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value!r}: expected"):
        Recipe(**{name: value})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"network": 3}, TypeError, "network is a int, recipe a Recipe: expected a torch module and a Recipe"),
        ({"recipe": {"iterations": 3}}, TypeError, "recipe is a dict: expected a Recipe"),
        ({"images": images().numpy()}, ValueError, r"images are a ndarray: expected a tensor"),
        (
            {"images": (255 * images()).byte()},
            ValueError,
            r"images are torch\.uint8: expected real or complex numbers; images\.float",
        ),
        ({"images": images() + 0j}, ValueError, "complex, and this physics has real images"),
        ({"images": images()[..., :7]}, ValueError, r"expected \(batch, channel, 14, 14\)"),
        (
            {"physics": torch.ones(14, 14)},
            TypeError,
            r"the physics is a Tensor: expected an object with A\(x\) and A_adjoint",
        ),
        ({"loss": "mse"}, TypeError, "loss is 'mse': expected something to call"),
        ({"recipe": Recipe(iterations=1, images=99)}, ValueError, "the recipe takes 99 images: expected 3 at most"),
        ({"checkpoint_every": 0}, ValueError, "checkpoint_every is 0: expected a whole number, 1 or more"),
        ({"checkpoint_every": True}, ValueError, "checkpoint_every is True: expected"),
        ({"minutes": -1}, ValueError, "minutes is -1: expected 0 or more"),
        ({"minutes": NAN}, ValueError, "minutes is nan: expected"),
        ({"device": "gpu"}, ValueError, "device is 'gpu': expected auto, cpu, cuda or mps"),
        ({"device": 3.5}, ValueError, "device is 3.5: expected"),
    ],
)
def test_what_fit_refuses(change: dict[str, Any], error: type, message: str) -> None:
    good = {"network": ADMMNet(-1), "images": images(), "physics": PHYSICS, "recipe": ONE, "device": "cpu"}
    with pytest.raises(error, match=message):
        fit(**{**good, **change}, progress=False)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_device_that_is_not_here() -> None:
    with pytest.raises(ValueError, match="device is 'cuda': expected auto, cpu, cuda or mps, one that is here"):
        choose_device("cuda")


def test_a_description_that_json_cannot_hold_is_named_before_the_first_step() -> None:
    class Noisy(Reconstruction):
        def description(self) -> dict[str, Any]:
            return {**super().description(), "sigma": NAN}

        def __call__(self, network: nn.Module, iteration: int) -> Any:
            pytest.fail("it trained")

    with pytest.raises(ValueError, match=r"the objective's description cannot be written: .*expected finite numbers"):
        train(ADMMNet(-1), Noisy(images(), PHYSICS, ONE), ONE, device="cpu", progress=False)


def test_doubles_and_complex_doubles_train_a_network_of_single_precision() -> None:
    run = fit(ADMMNet(-1), images().double(), PHYSICS, ONE, device="cpu", progress=False)
    assert run.finished

    class Gain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Conv2d(1, 1, 3, padding=1)

        def forward(self, y: torch.Tensor, physics: Any) -> torch.Tensor:
            return self.layer(physics.A_adjoint(y).real).to(torch.complex64)

    physics = MaskedFourier(PHYSICS.mask, real=False)
    assert fit(Gain(), images().double() + 0j, physics, ONE, device="cpu", progress=False).finished
    assert fit(
        Gain(), images().double(), PHYSICS, ONE, loss=lambda a, b: (a - b).abs().mean(), device="cpu", progress=False
    ).finished
