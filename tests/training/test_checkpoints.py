"""Checkpoints in trouble: two trainings at once, a full disk, a longer recipe, data that changed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import mddl_lib
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.training import weights
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.reconstruction import fit
from tests.training.test_loop import PHYSICS, StopHereError, images, stop_at, train

SHORT = Recipe(iterations=4, seed=4)


def test_two_trainings_of_one_checkpoint_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"

    def second(now: int, loss: float) -> None:
        with pytest.raises(ValueError, match=r"run\.safetensors is the checkpoint of a training that runs now"):
            train(SHORT, checkpoint=file)

    train(SHORT, checkpoint=file, watch=second)
    train(SHORT, checkpoint=file)  # it is free again
    with pytest.raises(StopHereError):
        train(SHORT, checkpoint=tmp_path / "other.safetensors", watch=stop_at(1))
    train(SHORT, checkpoint=tmp_path / "other.safetensors")  # after an error too


def test_a_full_disk_is_said_and_the_last_checkpoint_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, written = tmp_path / "run.safetensors", []
    whole, losses = train(SHORT)
    real = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        written.append(self)
        if len(written) > 1:
            real(self, content[:100])
            raise OSError(28, "No space left on device")
        return real(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(
        OSError, match=r"No space left on device.*after 4 iterations.*goes on from the one before.*run\.saf"
    ):
        train(SHORT, checkpoint=file, checkpoint_every=2)
    monkeypatch.setattr(Path, "write_bytes", real)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
    seen: list[int] = []
    network, again = train(SHORT, checkpoint=file, watch=lambda now, loss: seen.append(now))
    assert seen == [3, 4]
    assert again == losses
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), whole.parameters(), strict=True))


def test_a_longer_recipe_begins_from_the_weights_of_a_checkpoint(tmp_path: Path) -> None:
    """The error says the way on, and the way leads there."""
    file, longer = tmp_path / "run.safetensors", Recipe(iterations=6, seed=4)
    first, _ = train(SHORT, checkpoint=file)
    with pytest.raises(
        ValueError, match=r"iterations is 4 there and 6 here.*mddl_lib\.load\('.*run\.safetensors', network\)"
    ):
        train(longer, checkpoint=file)
    network = mddl_lib.load(file, ADMMNet(-1))
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), first.parameters(), strict=True))
    run = fit(
        network, images(), PHYSICS, longer, checkpoint=tmp_path / "longer.safetensors", progress=False, device="cpu"
    )
    assert (run.resumed_at, run.iterations) == (0, 6)


def test_a_checkpoint_of_averages_gives_the_average(tmp_path: Path) -> None:
    recipe = Recipe(iterations=3, average=0.5)
    network, _ = train(recipe, checkpoint=tmp_path / "run.safetensors")
    loaded = mddl_lib.load(tmp_path / "run.safetensors", ADMMNet(-1))
    assert weights.tensors_sha256(loaded.state_dict()) == weights.tensors_sha256(network.state_dict())
