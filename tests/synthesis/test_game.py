"""The game: what slices are shown together, its losses at a known point, two players' resume, what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from mddl_lib.synthesis.game.head_alone import head_alone
from mddl_lib.synthesis.game.players import CycleGAN, Discriminator, as_made
from mddl_lib.synthesis.game.resolution import both_ways, doubled, halved, one_way
from mddl_lib.synthesis.game.selection import draw, same_height
from mddl_lib.synthesis.problems import CYCLE, GameObjective, cycle_loss
from mddl_lib.synthesis.slices import Slices, load_slices
from mddl_lib.synthesis.structure import structure_loss
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe

RECIPE = Recipe(4, learning_rate=2e-4, clip=0.0, seed=3)


@pytest.fixture(scope="module")
def slices() -> Slices:
    return load_slices("phantom_mr_ct", (1, 2, 3))


def tiny() -> CycleGAN:
    return as_made(0, filters=2, blocks=1)


def test_selection_keeps_heads_apart_and_heights_together() -> None:
    cases = [16] * 10 + [20] * 19
    random = np.random.default_rng(0)
    for _ in range(50):
        mr, ct = draw(cases, "selected", random)
        assert cases[mr] != cases[ct]
        own, other = (mr, ct - 10) if mr < 10 else (mr - 10, ct)
        assert other == same_height(own, *((10, 19) if mr < 10 else (19, 10)))
        mr, ct = draw(cases, "unpaired", random)
        assert cases[mr] != cases[ct]
        mr, ct = draw(cases, "paired", random)
        assert mr == ct
    assert [same_height(i, 3, 5) for i in range(3)] == [0, 2, 4]
    with pytest.raises(ValueError, match="all slices are of case 16: expected two"):
        draw([16, 16], "selected", random)
    with pytest.raises(ValueError, match="selection is 'other'"):
        draw(cases, "other", random)


def test_the_identity_has_no_cycle_loss_and_only_judges_and_structure_are_left(slices: Slices) -> None:
    network = tiny()
    network.to_ct = network.to_mr = nn.Identity()
    objective = GameObjective(slices, "paired", 0.0, 64, RECIPE)
    mr, ct = objective.crops(0)
    assert float(cycle_loss(network.to_mr(network.to_ct(mr)), mr)) == 0
    judged = (network.judge_ct(mr) - 1).square().mean() + (network.judge_mr(ct) - 1).square().mean()
    assert torch.allclose(objective(network, 0, "generators"), judged)
    objective.weight = 5.0
    assert torch.allclose(objective(network, 0, "generators"), judged, rtol=1e-6)  # an image has its own structure
    assert CYCLE == 10
    real = (network.judge_ct(ct) - 1).square().mean() + (network.judge_mr(mr) - 1).square().mean()
    made = network.judge_ct(mr).square().mean() + network.judge_mr(ct).square().mean()
    assert torch.allclose(objective(network, 0, "discriminators"), (real + made) / 2)


def test_generators_loss_is_its_parts(slices: Slices) -> None:
    network, objective = tiny(), GameObjective(slices, "selected", 5.0, 64, RECIPE)
    mr, ct = objective.crops(1)
    made_ct, made_mr = network.to_ct(mr), network.to_mr(ct)
    expected = (
        (network.judge_ct(made_ct) - 1).square().mean() + (network.judge_mr(made_mr) - 1).square().mean()
        + 10 * (network.to_mr(made_ct) - mr).abs().mean() + 10 * (network.to_ct(made_mr) - ct).abs().mean()
        + 5 * structure_loss(made_ct, mr) + 5 * structure_loss(made_mr, ct)
    )  # fmt: skip
    assert torch.allclose(objective(network, 1, "generators"), expected)


def test_pairs_are_cut_at_one_place_and_others_are_not(slices: Slices) -> None:
    same = Slices(slices.mr, slices.mr, slices.cases)
    pairs = [GameObjective(same, "paired", 0.0, 64, RECIPE).crops(i) for i in range(5)]
    assert all(torch.equal(mr, ct) for mr, ct in pairs)
    others = [GameObjective(same, "selected", 0.0, 64, RECIPE).crops(i) for i in range(5)]
    assert not any(torch.equal(mr, ct) for mr, ct in others)


def test_each_player_moves_itself_only_and_a_resumed_game_is_the_uninterrupted_one(
    slices: Slices, tmp_path: Path
) -> None:
    def objective() -> GameObjective:
        return GameObjective(slices, "selected", 5.0, 32, RECIPE)

    before, whole = tiny().state_dict(), tiny()
    run = train(whole, objective(), RECIPE, device="cpu", progress=False)
    assert run.iterations == 4
    assert all(not torch.equal(before[k], v) for k, v in whole.state_dict().items() if k.endswith("weight"))
    file = tmp_path / "game.safetensors"

    class StoppedError(Exception):
        pass

    def stop(done: int, _: float) -> None:
        if done == 3:
            raise StoppedError

    parted = tiny()
    with pytest.raises(StoppedError):
        train(
            parted, objective(), RECIPE, checkpoint=file, checkpoint_every=2, device="cpu", progress=False, watch=stop
        )
    again = tiny()
    run = train(again, objective(), RECIPE, checkpoint=file, device="cpu", progress=False)
    assert run.resumed_at == 2
    assert all(torch.equal(v, again.state_dict()[k]) for k, v in whole.state_dict().items())


def test_at_half_size_a_generator_is_halve_generate_double() -> None:
    image = torch.rand(1, 1, 32, 48, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for network, generator in (
        (one_way(tiny()), lambda n: n.generator),
        (both_ways(tiny()), lambda n: n.to_ct.generator),
    ):
        inner = generator(network)
        expected = doubled(inner(torch.nn.functional.interpolate(image, scale_factor=0.5, mode="area")))
        assert torch.allclose(network(image), expected, atol=1e-6)
        for parameter in inner.parameters():
            assert parameter.requires_grad
    ramp = torch.linspace(-1, 1, 64).expand(1, 1, 64, 64)
    assert float((doubled(halved(ramp)) - ramp)[..., 4:-4].abs().max()) < 0.01
    with pytest.raises(ValueError, match=r"shape \(1, 1, 31, 32\): expected"):
        halved(torch.zeros(1, 1, 31, 32))


def test_what_a_head_lies_on_goes_and_the_head_stays() -> None:
    ct = load_slices("phantom_mr_ct", (1, 2)).ct
    assert torch.equal(head_alone(ct), ct)
    lying = ct.clone()
    lying[..., 250:252, 40:210] = 0.8  # an arc below the head
    lying[..., 4:9, 4:9] = 1.0  # a mark
    assert torch.equal(head_alone(lying), ct)
    black = torch.full((1, 1, 32, 32), -1.0)
    assert torch.equal(head_alone(black), black)
    with pytest.raises(ValueError, match="NaN"):
        head_alone(black * torch.nan)


def test_shapes_and_bad_input(slices: Slices) -> None:
    assert tiny()(torch.zeros(2, 1, 32, 40)).shape == (2, 1, 32, 40)
    assert Discriminator(2)(torch.zeros(1, 1, 128, 128)).shape == (1, 1, 14, 14)
    with pytest.raises(ValueError, match=r"shape \(1, 1, 30, 32\): expected"):
        tiny()(torch.zeros(1, 1, 30, 32))
    with pytest.raises(ValueError, match="crop is 30: expected a multiple of 4 up to 256"):
        GameObjective(slices, "paired", 0.0, 30, RECIPE)
    with pytest.raises(ValueError, match="selection is 'x'"):
        GameObjective(slices, "x", 0.0, 32, RECIPE)
    with pytest.raises(ValueError, match="for 1 cases: expected"):
        Slices(slices.mr, slices.ct, (1,))
    with pytest.raises(ValueError, match="no slice of the cases"):
        load_slices("phantom_mr_ct", (99,))
    with pytest.raises(ValueError, match="expected one shape"):
        cycle_loss(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))
