"""Training on noisy crops: what an iteration sees, resuming bit for bit, and plans that carry out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

import mddl_lib
from mddl_lib.catalogue import networks
from mddl_lib.restoration.denoiser import DnCNN
from mddl_lib.restoration.noisy_crops import NoisyCrops
from mddl_lib.restoration.plans import PLANS
from mddl_lib.restoration.problems import NoisyPhotographs, Photographs
from mddl_lib.training.loop import train
from mddl_lib.training.plan import carry_out
from mddl_lib.training.recipe import Recipe
from tests.restoration.pieces import network


def grey(count: int = 3, height: int = 20, width: int = 24) -> Tensor:
    """Every pixel of every image another number, as far as they go."""
    return (torch.arange(count * height * width) % 251).to(torch.uint8).view(count, 1, height, width)


HELD = Photographs(grey(4, 24, 24), {"made up": "0" * 64})


def test_crops_come_from_seed_and_iteration_alone_and_lie_in_the_images() -> None:
    images = torch.rand(3, 1, 12, 15)
    crops = NoisyCrops(images, Recipe(batch=200, seed=3), (0.1, 0.1), size=5, border=1)
    one = crops.crops(7)
    assert one.shape == (200, 1, 5, 5)
    assert torch.equal(one, crops.crops(7))
    assert not torch.equal(one, crops.crops(8))
    patches = images.unfold(2, 5, 1).unfold(3, 5, 1).flatten(0, 3)  # every crop there is
    sides = [patches, patches.transpose(-1, -2)]
    turned = [s.flip(dims) for s in sides for dims in ([], [-1], [-2], [-1, -2])]
    kinds = torch.stack([(one[:, 0, None] == t).all(-1).all(-1).any(1) for t in turned])
    assert (kinds.sum(0) == 1).all()  # each is one crop in one of the eight symmetries
    assert (kinds.sum(1) > 10).all()  # and all eight occur
    corners = {(float(c.min()), float(c.max())) for c in one}
    assert len(corners) > 50


def test_without_symmetries_crops_stand_as_they_are() -> None:
    images = grey()
    crops = NoisyCrops(images, Recipe(batch=20, symmetries=False), (0.1, 0.1), size=6, border=0).crops(0)
    patches = (images / 255).unfold(2, 6, 1).unfold(3, 6, 1).flatten(0, 3)
    assert all((patches == crop[0]).all(-1).all(-1).any() for crop in crops)


def test_the_loss_is_the_error_inside_the_border_over_the_level() -> None:
    crops = NoisyCrops(grey(), Recipe(batch=2), (0.1, 0.1), size=12, border=3)
    seen = []

    def model(y: Tensor, physics: object) -> Tensor:
        seen.append(y)
        return y

    torch.manual_seed(0)
    loss = crops(model, 0)
    inner = (seen[0] - crops.crops(0))[..., 3:9, 3:9]
    assert float(loss) == pytest.approx(float(inner.square().mean() / 0.1), rel=1e-6)


def test_levels_are_drawn_between_the_two() -> None:
    crops, levels = NoisyCrops(grey(), Recipe(batch=64), (0.02, 0.2), size=12, border=0), []
    crops(lambda y, physics: levels.append(physics.sigma) or y, 0)
    assert levels[0].shape == (64, 1, 1, 1)
    assert 0.02 <= float(levels[0].min()) < 0.05
    assert 0.17 < float(levels[0].max()) <= 0.2


class StopHereError(Exception):
    pass


@pytest.mark.parametrize("kind", ["student_t", "non_local", "denoiser"])
def test_resumed_training_equals_uninterrupted_training_bit_for_bit(kind: str, tmp_path: Path) -> None:
    recipe, sigmas = Recipe(6, learning_rate=5e-3, batch=2, seed=4), (0.05, 0.15) if kind == "denoiser" else (0.1, 0.1)

    def run(**options: object) -> tuple[dict[str, Tensor], list[float]]:
        torch.manual_seed(0)
        net = DnCNN(3, 4, conditioned=True) if kind == "denoiser" else network(kind)
        objective = NoisyCrops(grey(), recipe, sigmas, size=14, border=2)
        losses = train(net, objective, recipe, device="cpu", progress=False, checkpoint_every=2, **options).losses
        return net.state_dict(), losses

    def watch(iteration: int, loss: float) -> None:
        if iteration == 3:
            raise StopHereError

    whole, losses = run()
    with pytest.raises(StopHereError):
        run(checkpoint=tmp_path / "c.safetensors", watch=watch)
    resumed, again = run(checkpoint=tmp_path / "c.safetensors")
    assert losses == again
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


@pytest.mark.parametrize("name", ["experts_25", "non_local_25", "denoiser"])
def test_plans_carry_out_and_their_files_load(name: str, tmp_path: Path) -> None:
    """Short versions, on made-up photographs: the network that a plan grows from is trained first."""
    short = {
        key: replace(
            plan, problem=replace(plan.problem, held=HELD, size=22), recipe=replace(plan.recipe, iterations=2, batch=1)
        )
        for key, plan in PLANS.items()
    }
    run = carry_out(name, short, tmp_path / "weights", runs=tmp_path / "runs", device="cpu")
    assert run.finished
    net = mddl_lib.load(tmp_path / "weights" / f"{name}.safetensors")
    assert net.header["data"] == HELD.sha256
    assert net.header["grown_from"] == PLANS[name].grown_from
    assert net.config == PLANS[name].network().config


def test_every_plan_makes_a_network_that_the_catalogue_knows() -> None:
    sizes = {}
    for name, plan in PLANS.items():
        net = plan.network()
        assert type(networks()[net.family](net.config)) is type(net)
        assert plan.grown_from is None or plan.grown_from in PLANS
        again = plan.network().state_dict()
        assert all(torch.equal(value, again[key]) for key, value in net.state_dict().items())
        sizes[name] = 4 * sum(p.numel() for p in net.parameters())
        assert "bsd400" in str(plan)
    assert sum(size for name, size in sizes.items() if not name.startswith("denoiser")) <= 1.5e6
    assert sizes["denoiser"] <= 1e6


def test_bad_input_is_named() -> None:
    recipe = Recipe()
    with pytest.raises(ValueError, match=r"shape \(3, 20, 24\)"):
        NoisyCrops(grey()[:, 0], recipe, (0.1, 0.1), 8, 1)
    with pytest.raises(ValueError, match="NaN"):
        NoisyCrops(torch.full((1, 1, 8, 8), float("nan")), recipe, (0.1, 0.1), 8, 1)
    with pytest.raises(ValueError, match="size is 21, border 1"):
        NoisyCrops(grey(), recipe, (0.1, 0.1), 21, 1)
    with pytest.raises(ValueError, match="size is 8, border 4"):
        NoisyCrops(grey(), recipe, (0.1, 0.1), 8, 4)
    with pytest.raises(ValueError, match="sigmas are"):
        NoisyCrops(grey(), recipe, (0.2, 0.1), 8, 1)


def test_another_noise_level_is_another_training(tmp_path: Path) -> None:
    recipe, problem = Recipe(2, batch=1), NoisyPhotographs(25, size=14, held=HELD)
    net = network("student_t")
    train(
        net, problem.objective(net, recipe), recipe, device="cpu", progress=False, checkpoint=tmp_path / "c.safetensors"
    )
    other = replace(problem, sigma=15)
    with pytest.raises(ValueError, match="sigmas"):
        train(net, other.objective(net, recipe), recipe, device="cpu", checkpoint=tmp_path / "c.safetensors")
