"""What a recipe makes of its numbers: the optimizer's groups and their rates."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe


class Two(nn.Module):
    """A scalar and a matrix; the loss pulls all of them alike."""

    def __init__(self) -> None:
        super().__init__()
        self.scalar, self.matrix = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(2, 3))


class Pull:
    device = torch.device("cpu")

    def description(self) -> dict:
        return {"objective": "a pull"}

    def to(self, device: torch.device) -> Pull:
        return self

    def __call__(self, network: Two, iteration: int) -> torch.Tensor:
        return network.scalar + network.matrix.sum()


@pytest.mark.parametrize("share", [1.0, 0.125])
def test_adams_first_step_is_the_rate_and_for_matrices_its_share(share: float) -> None:
    network = Two()
    train(network, Pull(), Recipe(1, learning_rate=0.25, matrices=share, clip=0.0))
    torch.testing.assert_close(network.scalar.data, torch.tensor(-0.25))
    torch.testing.assert_close(network.matrix.data, torch.full((2, 3), -0.25 * share))


def test_momentum_is_adams() -> None:
    optimizer = Recipe(momentum=0.5).make_optimizer([nn.Parameter(torch.zeros(2))])
    assert optimizer.param_groups[0]["betas"] == (0.5, 0.999)


@pytest.mark.parametrize(("change", "match"), [({"momentum": 1.0}, "momentum is 1.0"), ({"matrices": 0.0}, "matrices")])
def test_rates_that_are_none_are_refused(change: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Recipe(**change)
