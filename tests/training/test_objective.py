"""The one loop with any objective: two players, carried state, frozen parts, noise, an end in time, other data refused."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.plans import _from_scratch
from mddl_lib.training.loop import TrainingDivergedError, train
from mddl_lib.training.objective import object_hash, seed_of
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.reconstruction import fit

SIZE = 12


class Game(nn.Module):
    """A generator and a discriminator of one number each, and noise."""

    def __init__(self) -> None:
        super().__init__()
        self.generator, self.discriminator = nn.Linear(1, 1), nn.Linear(1, 1)


class Duel:
    """The discriminator separates truths near 3 from what the generator makes of noise."""

    def players(self, network: Game) -> dict[str, Any]:
        return {"generator": network.generator.parameters(), "discriminator": network.discriminator.parameters()}

    def description(self) -> dict[str, Any]:
        return {"game": "duel"}

    def __call__(self, network: Game, iteration: int, player: str) -> Tensor:
        made = network.generator(torch.randn(8, 1))
        if player == "generator":
            return nn.functional.softplus(-network.discriminator(made)).mean()
        truths = 3 + torch.randn(8, 1)
        score = nn.functional.softplus(-network.discriminator(truths)) + nn.functional.softplus(
            network.discriminator(made.detach())
        )
        return score.mean()


class Carried:
    """A truncated unroll: what one iteration leaves is where the next one starts, every third one anew."""

    def __init__(self) -> None:
        self.state = torch.zeros(2)

    def description(self) -> dict[str, Any]:
        return {"unroll": 3}

    def state_dict(self) -> dict[str, Tensor]:
        return {"state": self.state}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.state = state["state"]

    def __call__(self, network: nn.Linear, iteration: int) -> Tensor:
        begin = torch.randn(2) if iteration % 3 == 0 else self.state
        end = network(begin)
        self.state = end.detach()
        return (end - 1).pow(2).mean()


CASES = {"two players": (Game, Duel), "carried state": (lambda: nn.Linear(2, 2), Carried)}


def run(case: str, iterations: int = 13, **options: Any) -> tuple[nn.Module, Any]:
    make, objective = CASES[case]
    torch.manual_seed(0)
    network = make()
    return network, train(network, objective(), Recipe(iterations, learning_rate=0.05, seed=2), device="cpu", **options)


def equal(a: nn.Module, b: nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stop", [2, 7])
def test_resumed_equals_uninterrupted_bit_for_bit(case: str, stop: int, tmp_path: Path) -> None:
    def watch(now: int, loss: float) -> None:
        if now == stop + 1:
            raise KeyboardInterrupt

    whole, first = run(case)
    file = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt):
        run(case, checkpoint=file, checkpoint_every=stop, watch=watch)
    resumed, again = run(case, checkpoint=file)
    assert again.resumed_at == stop
    assert again.players == first.players
    assert equal(whole, resumed)


def test_each_player_steps_down_its_own_loss_alone() -> None:
    network, outcome = run("two players", iterations=1)
    torch.manual_seed(0)
    before = Game()
    assert set(outcome.players) == {"generator", "discriminator"}
    assert outcome.losses == outcome.players["generator"]
    for part in ("generator", "discriminator"):  # Adam's first step is the learning rate, whatever the gradient's size
        moved = getattr(network, part).bias - getattr(before, part).bias
        assert float(moved.abs().detach()) == pytest.approx(0.05, rel=1e-3)


def test_a_frozen_part_stays_and_a_player_without_parameters_is_named() -> None:
    network = Game()
    network.generator.bias.requires_grad_(False)
    before = network.generator.bias.clone()
    train(network, Duel(), Recipe(3), device="cpu")
    assert torch.equal(network.generator.bias, before)
    network.generator.requires_grad_(False)
    with pytest.raises(ValueError, match="player 'generator' has no parameter"):
        train(network, Duel(), Recipe(3), device="cpu")


class Losing(Carried):
    """Every third loss is no number; from the twentieth on none is."""

    forgives = 4

    def __call__(self, network: nn.Linear, iteration: int) -> Tensor:
        value = super().__call__(network, iteration)
        return value * float("nan") if iteration % 3 == 2 or iteration >= 20 else value


def test_losses_that_are_forgiven_change_nothing_and_too_many_in_a_row_end_the_training() -> None:
    seen: list[Tensor] = []
    network = nn.Linear(2, 2)
    with pytest.raises(TrainingDivergedError, match=r"iteration 25: the loss is nan.*as in the 4 steps before"):
        train(
            network, Losing(), Recipe(100, learning_rate=0.05), device="cpu",
            watch=lambda now, loss: seen.append(network.weight.detach().clone()),
        )  # fmt: skip
    changed = [not torch.equal(a, b) for a, b in itertools.pairwise(seen)]
    assert changed[:6] == [True, False, True, True, False, True]
    assert len(seen) == 24
    assert bool(network.weight.isfinite().all())


def test_lbfgs_takes_one_player_and_no_carried_state() -> None:
    for case in CASES:
        make, objective = CASES[case]
        with pytest.raises(ValueError, match="L-BFGS evaluates a loss several times"):
            train(make(), objective(), Recipe(2, "lbfgs"), device="cpu")


def test_the_minutes_end_a_training_in_good_order(tmp_path: Path) -> None:
    whole, _ = run("carried state")
    file = tmp_path / "run.safetensors"
    _, none = run("carried state", checkpoint=file, minutes=0.0)
    assert (none.iterations, none.finished) == (0, False)
    assert not file.exists()
    rest, last = run("carried state", checkpoint=file, minutes=10.0)
    assert last.finished
    assert equal(whole, rest)


class Noisy(MaskedFourier):
    """Noise is drawn where a measurement is made, from torch's own generator."""

    def A(self, x: Tensor, **options: object) -> Tensor:
        return super().A(x) + 0.05 * torch.randn(x.shape)


def images(count: int = 3) -> Tensor:
    return torch.rand(count, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def mask(ratio: float = 0.4) -> Tensor:
    return pseudo_radial((SIZE, SIZE), ratio)


RECIPE = Recipe(9, learning_rate=5e-3, seed=4)


@pytest.mark.parametrize("recipe", [RECIPE, Recipe(4, "lbfgs", batch=3)], ids=["adam", "lbfgs"])
def test_noise_drawn_by_the_physics_does_not_break_the_resume(recipe: Recipe, tmp_path: Path) -> None:
    def once(**options: Any) -> ADMMNet:
        network = ADMMNet(-1)
        fit(network, images(), Noisy(mask()), recipe, device="cpu", progress=False, **options)
        return network

    def watch(now: int, loss: float) -> None:
        torch.rand(now)  # somebody else draws too
        if now == 3:
            raise KeyboardInterrupt

    file = tmp_path / "run.safetensors"
    whole = once()
    with pytest.raises(KeyboardInterrupt):
        once(checkpoint=file, checkpoint_every=2, watch=watch)
    assert equal(whole, once(checkpoint=file))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"images": 1 - images()}, "images is"),
        ({"physics": MaskedFourier(mask(0.3))}, "physics is"),
        ({"loss": lambda a, b: (a - b).abs().mean()}, "loss is"),
        ({"recipe": Recipe(19, learning_rate=5e-3, seed=4)}, "iterations is 9 there and 19 here"),
    ],
)
def test_a_checkpoint_of_other_data_physics_or_loss_is_refused(change: dict, named: str, tmp_path: Path) -> None:
    given = {"images": images(), "physics": MaskedFourier(mask()), "recipe": RECIPE}
    options = {"device": "cpu", "progress": False, "checkpoint": tmp_path / "run.safetensors"}
    fit(ADMMNet(-1), **given, **options)
    kept = options["checkpoint"].read_bytes()
    with pytest.raises(ValueError, match=f"another training: .*{named}.*to begin anew, delete it"):
        fit(ADMMNet(-1), **{**given, **change}, **options)
    assert options["checkpoint"].read_bytes() == kept
    fit(ADMMNet(-1), **given, **options)  # as before: finished, and not refused


def test_a_physics_hash_sees_masks_numbers_and_kind() -> None:
    class Scale:
        def __init__(self, factor: float, weights: object = None) -> None:
            self.factor, self.weights = factor, weights

    first = MaskedFourier(mask())
    assert object_hash(first) == object_hash(MaskedFourier(mask()))
    hashes = {
        object_hash(thing)
        for thing in (first, MaskedFourier(mask(0.3)), Noisy(mask()), MaskedFourier(mask(), real=False))
    }
    hashes |= {object_hash(Scale(1.0)), object_hash(Scale(2.0)), object_hash(Scale(1.0, np.ones(3)))}
    assert len(hashes) == 7


class Scaling:
    """The simplest physics of vectors and volumes."""

    def A(self, x: Tensor) -> Tensor:
        return 2 * x

    def A_adjoint(self, y: Tensor) -> Tensor:
        return 2 * y


class OneNumber(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.zeros(()))

    def forward(self, y: Tensor, physics: Any) -> Tensor:
        return self.factor * physics.A_adjoint(y)


@pytest.mark.parametrize("shape", [(6, 5), (6, 3, 4, 4), (6, 1, 4, 5, 6)], ids=["vectors", "colour", "volumes"])
def test_fit_takes_vectors_colour_and_volumes(shape: tuple[int, ...]) -> None:
    network, truths = OneNumber(), torch.rand(shape, generator=torch.Generator().manual_seed(0))
    recipe = Recipe(200, learning_rate=0.02, symmetries=len(shape) > 3)
    fit(network, truths, Scaling(), recipe, device="cpu", progress=False)
    assert float(network.factor.detach()) == pytest.approx(0.25, abs=0.01)


def test_vectors_have_no_symmetries() -> None:
    with pytest.raises(ValueError, match=r"\(6, 5\).*say Recipe\(symmetries=False\)"):
        fit(OneNumber(), torch.rand(6, 5), Scaling(), Recipe(1), device="cpu")


def test_the_order_of_an_epoch_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    real = np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda seed=None: drawn.append(seed) or real(seed))
    fit(OneNumber(), images(5), Scaling(), Recipe(20, symmetries=False, seed=7), device="cpu", progress=False)
    assert drawn == [[7, epoch] for epoch in range(4)]


def test_greedy_training_of_a_network_with_its_own_loss() -> None:
    network = ISTANet(phases=2, channels=4)
    fit(network, images(), MaskedFourier(mask()), Recipe(2, turns=1), loss=network.loss, device="cpu", progress=False)
    assert network.asymmetry is not None


def test_a_seed_of_zero_is_a_seed() -> None:
    assert _from_scratch(15, 10, seed=0).recipe.seed == 0
    assert _from_scratch(15, 10).recipe.seed == 15


def test_iterations_and_players_have_seeds_of_their_own() -> None:
    seeds = {seed_of(seed, iteration, player) for seed in range(3) for iteration in range(50) for player in range(2)}
    assert len(seeds) == 300
    assert all(0 <= seed < 2**63 for seed in seeds)
