"""fit: resumed training equals uninterrupted training bit for bit, and what goes wrong is said."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.metrics import relative_error
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.training import weights
from mddl_lib.training.loop import TrainingDivergedError
from mddl_lib.training.recipe import Recipe, choose_device
from mddl_lib.training.reconstruction import Reconstruction, fit

SIZE = 14
PHYSICS = MaskedFourier(pseudo_radial((SIZE, SIZE), 0.4))


def images(count: int = 3, size: int = SIZE) -> Tensor:
    """Boxes of unequal brightness."""
    x = 0.05 * torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(0))
    for i in range(count):
        x[i, 0, 2 + i : 9 + i, 3 : 12 - i] += 0.5 + 0.1 * i
    return x


def train(recipe: Recipe, **options: Any) -> tuple[ADMMNet, list[float]]:
    """A network of one turn, trained."""
    network = ADMMNet(-1)
    run = fit(network, images(), PHYSICS, recipe, progress=False, device="cpu", **options)
    return network, run.losses


def assert_equal(a: nn.Module, b: nn.Module) -> None:
    for (name, first), second in zip(a.state_dict().items(), b.state_dict().values(), strict=True):
        assert torch.equal(first, second), name


@functools.cache
def uninterrupted(name: str) -> tuple[ADMMNet, list[float]]:
    return train(RECIPES[name])


class StopHereError(Exception):
    pass


def stop_at(iteration: int) -> Any:
    def watch(now: int, loss: float) -> None:
        if now == iteration:
            raise StopHereError

    return watch


RECIPES = {
    "adam": Recipe(iterations=14, learning_rate=5e-3, batch=2, seed=4),
    "adam, no symmetries": Recipe(iterations=14, learning_rate=5e-3, symmetries=False, clip=0),
    "adam, averaged": Recipe(iterations=14, learning_rate=5e-3, average=0.7, seed=4),
    "adam, matrices slower": Recipe(iterations=14, learning_rate=5e-3, matrices=0.1, momentum=0.5, seed=4),
    "lbfgs": Recipe(iterations=9, optimizer="lbfgs", batch=3),
}


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("stop", [1, 5, 8])
def test_resumed_training_equals_uninterrupted_training_bit_for_bit(name: str, stop: int, tmp_path: Path) -> None:
    """An exception ends the run after some iteration; the same call takes it up at the last checkpoint."""
    recipe, file = RECIPES[name], tmp_path / "run.safetensors"
    whole, losses = uninterrupted(name)
    with pytest.raises(StopHereError):
        train(recipe, checkpoint=file, checkpoint_every=4, watch=stop_at(stop))
    assert file.exists() is (stop > 4)
    seen: list[int] = []
    resumed, again = train(recipe, checkpoint=file, checkpoint_every=4, watch=lambda now, loss: seen.append(now))
    # a checkpoint is written after the watch is called: one that stops iteration 4 leaves none of it
    assert seen[0] == (stop - 1) // 4 * 4 + 1
    assert again == losses
    assert_equal(whole, resumed)


@pytest.mark.parametrize("name", ["adam", "lbfgs"])
def test_interrupted_twice(name: str, tmp_path: Path) -> None:
    recipe, file = RECIPES[name], tmp_path / "run.safetensors"
    whole, losses = uninterrupted(name)
    for stop in (3, 6):
        with pytest.raises(StopHereError):
            train(recipe, checkpoint=file, checkpoint_every=2, watch=stop_at(stop))
    resumed, again = train(recipe, checkpoint=file, checkpoint_every=2)
    assert again == losses
    assert_equal(whole, resumed)


def test_a_finished_run_is_not_repeated(tmp_path: Path) -> None:
    recipe, file = RECIPES["adam"], tmp_path / "run.safetensors"
    first, losses = train(recipe, checkpoint=file)
    network = ADMMNet(-1)
    run = fit(network, images(), PHYSICS, recipe, checkpoint=file, progress=False, device="cpu", watch=stop_at(1))
    assert run.resumed_at == run.iterations == recipe.iterations
    assert run.losses == losses
    assert_equal(first, network)


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_seed_gives_the_same_weights_whatever_the_global_generator(name: str) -> None:
    torch.manual_seed(1)
    first, _ = uninterrupted(name)
    torch.manual_seed(2)
    second, _ = train(RECIPES[name])
    assert_equal(first, second)


def test_another_seed_gives_other_weights() -> None:
    first, _ = train(Recipe(iterations=3, seed=0))
    second, _ = train(Recipe(iterations=3, seed=1))
    assert not torch.equal(first.stages[0].rate, second.stages[0].rate)


def test_the_average_of_the_weights_is_what_the_network_ends_with() -> None:
    """The weights after each step, from the same seed's shorter runs, averaged by hand: w̄ ← d w̄ + (1 − d) w."""
    decay, rate = 0.7, 5e-3
    network = ADMMNet(0)
    seen: list[float] = []
    recipe = Recipe(iterations=5, learning_rate=rate, seed=4, average=decay)
    fit(
        network, images(), PHYSICS, recipe, progress=False, device="cpu",
        watch=lambda now, loss: seen.append(float(network.stages[0].rate[0].detach())),
    )  # fmt: skip
    expected = seen[0]
    for value in seen[1:]:
        expected = decay * expected + (1 - decay) * value
    assert float(network.stages[0].rate[0].detach()) == pytest.approx(expected, abs=1e-6)
    assert abs(seen[-1] - expected) > 1e-4  # and not the last one


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_the_loss_falls(optimizer: str) -> None:
    network = ADMMNet(0)
    before = float(relative_error(network(PHYSICS.A(images()), PHYSICS), images()).detach())
    iterations = 60 if optimizer == "adam" else 12
    fit(
        network, images(), PHYSICS, Recipe(iterations=iterations, optimizer=optimizer, learning_rate=1e-2, batch=3),
        progress=False, device="cpu",
    )  # fmt: skip
    assert not network.training
    after = float(relative_error(network(PHYSICS.A(images()), PHYSICS), images()).detach())
    assert after < 0.8 * before


@pytest.mark.parametrize("change", [{"learning_rate": 1e-4}, {"seed": 9}, {"turns": 1}, {"iterations": 15}])
def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    recipe, file = RECIPES["adam"], tmp_path / "run.safetensors"
    train(recipe, checkpoint=file)
    before = file.read_bytes()
    other = Recipe(**{**recipe.__dict__, **change})
    with pytest.raises(ValueError, match=rf"checkpoint of another training: recipe\.{next(iter(change))} is"):
        train(other, checkpoint=file)
    assert file.read_bytes() == before


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    train(RECIPES["adam"], checkpoint=file)
    with pytest.raises(weights.WeightsError, match="keys are missing"):
        fit(ADMMNet(1), images(), PHYSICS, RECIPES["adam"], checkpoint=file, progress=False, device="cpu")


def test_weights_are_no_checkpoint(tmp_path: Path) -> None:
    file = tmp_path / "net.safetensors"
    weights.save(file, ADMMNet(0).state_dict(), {"kind": "weights"})
    with pytest.raises(weights.WeightsError, match="is no checkpoint: it holds weights"):
        train(RECIPES["adam"], checkpoint=file)


def test_a_cut_checkpoint_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    train(RECIPES["adam"], checkpoint=file)
    content = file.read_bytes()[:-100]
    file.write_bytes(content)
    with pytest.raises(weights.WeightsError, match="may be cut"):
        train(RECIPES["adam"], checkpoint=file)
    assert file.read_bytes() == content


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_images_that_are_not_finite_are_refused(value: float) -> None:
    bad = images()
    bad[1, 0, 3, 3] = value
    for x in (bad, bad + 0j):
        with pytest.raises(ValueError, match="training images hold NaN or infinity"):
            fit(ADMMNet(0), x, PHYSICS, Recipe(iterations=1), progress=False)


@pytest.mark.parametrize("shape", [(SIZE, SIZE), (0, 1, SIZE, SIZE), (1, SIZE, SIZE)])
def test_images_of_the_wrong_rank_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(number, channel, height, width\)"):
        fit(ADMMNet(0), torch.ones(shape), PHYSICS, Recipe(iterations=1), progress=False)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_divergence_is_said_at_once_and_the_last_checkpoint_stays(optimizer: str, tmp_path: Path) -> None:
    file, calls = tmp_path / "run.safetensors", []

    def loss(estimate: Tensor, truth: Tensor) -> Tensor:
        calls.append(1)
        value = relative_error(estimate, truth)
        return value * float("nan") if len(calls) > 40 else value

    recipe = Recipe(iterations=100, optimizer=optimizer, batch=3)
    with pytest.raises(TrainingDivergedError, match=r"iteration \d+: the loss is nan"):
        train(recipe, loss=loss, checkpoint=file, checkpoint_every=1)
    stored, header = weights.read(file)
    assert header["kind"] == "checkpoint"
    assert all(bool(value.isfinite().all()) for key, value in stored.items() if key.startswith("network."))


def test_a_gradient_that_is_not_finite_is_divergence_too() -> None:
    def loss(estimate: Tensor, truth: Tensor) -> Tensor:
        return (estimate - estimate.detach()).abs().sum().sqrt()  # 0, with an infinite slope

    network = ADMMNet(0)
    before = network.stages[0].rate.detach().clone()
    with pytest.raises(TrainingDivergedError, match="its gradient's norm nan"):
        fit(network, images(), PHYSICS, Recipe(iterations=2), loss=loss, progress=False, device="cpu")
    assert torch.equal(network.stages[0].rate, before)


def test_a_learning_rate_far_too_large_ends_as_divergence() -> None:
    """Parameters that overflow: the error speaks of the loss, not of an index somewhere inside."""
    with pytest.raises(TrainingDivergedError, match="Try a smaller learning rate than 1e"):
        train(Recipe(iterations=200, learning_rate=1e30, clip=0))


def test_greedy_training_leaves_later_turns_alone() -> None:
    network, made = ADMMNet(1), ADMMNet(1)
    fit(network, images(), PHYSICS, Recipe(iterations=3, turns=1), progress=False, device="cpu")
    changed = {
        name.split(".")[1] if name.startswith("stages") else "start"
        for (name, after), before in zip(network.state_dict().items(), made.state_dict().values(), strict=True)
        if not torch.equal(after, before)
    }
    assert changed == {"start", "0"}


def test_greedy_training_of_a_turn_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="the recipe trains turn 7: the network has only 1"):
        train(Recipe(iterations=1, turns=7))


@pytest.mark.parametrize(
    "bad",
    [
        {"optimizer": "sgd"},
        {"iterations": 0},
        {"batch": 0},
        {"learning_rate": 0.0},
        {"clip": -1.0},
        {"average": 1.0},
        {"images": 0},
    ],
)
def test_bad_recipes_are_named(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Recipe(**bad)


def test_a_recipe_may_take_some_images_only_spread_evenly() -> None:
    x = images(5)
    part, whole = ADMMNet(-1), ADMMNet(-1)
    fit(part, x, PHYSICS, Recipe(iterations=2, optimizer="lbfgs", images=3), progress=False, device="cpu")
    fit(whole, x[[0, 2, 4]], PHYSICS, Recipe(iterations=2, optimizer="lbfgs"), progress=False, device="cpu")
    assert_equal(part, whole)


def test_the_learning_rate_falls_along_half_a_cosine() -> None:
    recipe = Recipe(iterations=100, learning_rate=0.2)
    assert recipe.rate(0) == 0.2
    assert recipe.rate(50) == pytest.approx(0.1)
    assert recipe.rate(100) == pytest.approx(0, abs=1e-15)


def test_every_image_is_seen_once_an_epoch_in_all_its_symmetries() -> None:
    """Adam draws from shuffled epochs; over many of them each of the eight symmetries turns up."""
    x = images(5)
    recipe = Recipe(iterations=400, seed=3)
    fingerprints = [float(x[i].double().sum()) for i in range(5)]
    objective = Reconstruction(x, PHYSICS, recipe)
    drawn = [objective._batch(iteration) for iteration in range(200)]
    for epoch in range(40):
        sums = sorted(float(image.double().sum()) for image in drawn[5 * epoch : 5 * epoch + 5])
        assert sums == pytest.approx(sorted(fingerprints))
    first = [image for image in drawn if float(image.double().sum()) == pytest.approx(fingerprints[0])]
    assert len({image.numpy().tobytes() for image in first}) == 8


def test_auto_takes_the_machines_device() -> None:
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert choose_device("auto").type == expected
    assert choose_device("cpu").type == "cpu"
