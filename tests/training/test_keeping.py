"""A network of one's own: kept with its recipe, read back, trained on; each error says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import mddl_lib
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.weights import WeightsError
from tests.training.test_loop import PHYSICS, images


class Mine(nn.Module):
    """Zero filling times a learned gain."""

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, y: Tensor, physics: Any) -> Tensor:
        return self.gain * physics.A_adjoint(y)


RECIPE = Recipe(iterations=3, learning_rate=0.1)


def test_it_is_trained_kept_and_read_back(tmp_path: Path) -> None:
    file, network = tmp_path / "mine.safetensors", Mine()
    mddl_lib.fit(network, images(), PHYSICS, RECIPE, progress=False, device="cpu")
    mddl_lib.save(network, file, RECIPE, data="boxes", best=31.5)
    again = mddl_lib.load(file, Mine())
    assert torch.equal(again.gain, network.gain)
    assert not again.training
    assert again.header["data"] == "boxes"
    assert Recipe(**again.header["recipe"]) == RECIPE
    assert again.header["network"].endswith("test_keeping.Mine")


def test_a_network_of_this_book_is_read_back_by_its_file_alone(tmp_path: Path) -> None:
    network = ADMMNet(-1)
    network.stages[0].rate.data.fill_(0.3)
    mddl_lib.save(network, tmp_path / "net.safetensors")
    again = mddl_lib.load(tmp_path / "net.safetensors")
    assert isinstance(again, ADMMNet)
    assert torch.equal(again.stages[0].rate, network.stages[0].rate)


def test_what_is_missing_is_said_with_the_way_on(tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    mddl_lib.save(Mine(), file)
    with pytest.raises(
        WeightsError, match=r"of 'tests\S*Mine'.*A network of your own is filled by mddl_lib\.load\(path, network\)"
    ):
        mddl_lib.load(file)
    with pytest.raises(WeightsError, match=r"gain has the shape \(1, 1, 1\), expected \(2, 1, 1\)"):
        mddl_lib.load(file, Mine(2))
    with pytest.raises(WeightsError, match="does not fit Linear"):
        mddl_lib.load(file, nn.Linear(2, 2))
    with pytest.raises(TypeError, match="network is a type: expected a torch module"):
        mddl_lib.load(file, Mine)
    mddl_lib.fit(
        Mine(), images(), PHYSICS, RECIPE, checkpoint=file.with_name("run.safetensors"), progress=False, device="cpu"
    )
    with pytest.raises(WeightsError, match=r"holds a checkpoint: expected.*, network\); mddl_lib\.fit\(…, checkpoint="):
        mddl_lib.load(file.with_name("run.safetensors"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": 3}, "network is a int: expected a torch module"),
        ({"recipe": {"iterations": 3}}, "recipe is a dict: expected a Recipe"),
        ({"path": 7}, "path is a int: expected a file's name"),
        ({"kind": "mine"}, "'kind' is written by itself"),
        ({"psnr": float("inf")}, "the note 'psnr' cannot be written.*expected finite numbers"),
        ({"loss": torch.ones(1)}, "the note 'loss' cannot be written: Object of type Tensor"),
    ],
)
def test_what_cannot_be_kept_is_named(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        mddl_lib.save(**{"network": Mine(), "path": tmp_path / "mine.safetensors", **arguments})
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_not_finite_are_not_kept(tmp_path: Path) -> None:
    network = Mine()
    network.gain.data.fill_(float("nan"))
    with pytest.raises(ValueError, match="gain holds NaN or infinity: the network is not kept"):
        mddl_lib.save(network, tmp_path / "mine.safetensors")
