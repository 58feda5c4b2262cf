"""The plans of the games: whom they teach, what a game shows, what of it becomes a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from mddl_lib.synthesis.game.players import CycleGAN, as_made
from mddl_lib.synthesis.game.resolution import AtHalfSize, BothWays, halved
from mddl_lib.synthesis.plans import CASES, FOLDS, PLANS, ROWS, plan, taught
from mddl_lib.synthesis.problems import MARGIN, STRUCTURE, Game
from mddl_lib.synthesis.slices import load_slices
from mddl_lib.training import weights
from mddl_lib.training.plan import carry_out
from mddl_lib.training.recipe import Recipe

RECIPE = Recipe(4, learning_rate=2e-4, clip=0.0, seed=3)


def tiny() -> CycleGAN:
    return as_made(0, filters=2, blocks=1)


def test_plans_teach_no_case_that_they_score_and_differ_in_nothing_else() -> None:
    assert sorted(CASES) == [16, 20, 28, 32, 33, 34, 37]
    assert len([name for name in PLANS if "fold" in name]) == 2 * len(FOLDS) * len(ROWS)
    large = PLANS["structure_cyclegan_large_fold2"]
    assert large.problem.weight == STRUCTURE
    assert large.problem.cases == taught(2)
    for row, (selection, weight) in ROWS.items():
        for fold, scored in enumerate(FOLDS, start=1):
            one = plan(row, fold)
            assert not set(one.problem.cases) & set(scored)
            assert sorted([*one.problem.cases, *scored]) == sorted(CASES)
            assert (one.problem.selection, one.problem.weight) == (selection, weight)
            assert one.recipe == dataclasses.replace(plan("cyclegan_unpaired").recipe, seed=fold)
    with pytest.raises(ValueError, match="fold is 4: expected a whole number from 1 to 3"):
        taught(4)


def test_a_game_shows_whole_heads_at_half_their_size_with_black_around() -> None:
    game = Game((1, 2), "paired", 0.0, "phantom_mr_ct")
    whole, shown = load_slices("phantom_mr_ct", (1, 2)), game.slices
    assert shown.mr.shape == (2, 1, 144, 144)
    inside = slice(MARGIN, -MARGIN)
    assert torch.equal(shown.ct[..., inside, inside], halved(whole.ct))
    assert bool((shown.ct[..., :MARGIN, :] == -1).all())
    objective = game.objective(tiny(), RECIPE)
    assert objective.crops(0)[0].shape == (1, 1, 128, 128)
    assert game.record()["cases"] == [1, 2]


def test_the_file_of_a_game_holds_generators_alone_in_half_precision(tmp_path: Path) -> None:
    for row, network, family in (
        ("phantom_cyclegan", BothWays, "generators_at_half_size"),
        ("structure_cyclegan_fold1", AtHalfSize, "generator_at_half_size"),
    ):
        one = PLANS[row]
        game = dataclasses.replace(one.problem, cases=(1, 2), name="phantom_mr_ct")
        one = dataclasses.replace(one, network=tiny, problem=game, recipe=dataclasses.replace(one.recipe, iterations=1))
        carry_out(row, {row: one}, tmp_path / "weights", runs=tmp_path / "runs", device="cpu")
        tensors, header = weights.read(tmp_path / "weights" / f"{row}.safetensors")
        assert header["network"] == family
        assert not any("judge" in name for name in tensors)
        assert all(value.dtype == torch.float16 for value in tensors.values() if value.ndim > 1)
        loaded = network(**header["config"])
        weights.fill(loaded, tensors, row)
        assert loaded(torch.zeros(1, 1, 32, 40)).shape == (1, 1, 32, 40)
