"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib train NAME`` carries it out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from mddl_lib.restoration.denoiser import DnCNN, grow_told
from mddl_lib.restoration.plug_and_play.monotone_frame import MonotoneFrame
from mddl_lib.restoration.problems import NoisyPhotographs
from mddl_lib.restoration.range_field.descent import LearnedDescent, grow_across
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

LEVELS = (15, 25, 50)

SEEDS = (1, 2, 3)
"""of the rows at noise 25; seed 1 ships under the plain name"""

LONG = Recipe(4000, learning_rate=1e-2, batch=8, clip=0.1)
"""of the local networks: five minutes of an idle processor core"""


def _experts(sigma: int) -> Plan:
    """Fields of Experts: the classical descent, one Student-t energy for all turns; it starts as the best of some too."""
    return Plan(
        lambda: LearnedDescent(15, sigma=sigma, tied=True, potential="student_t").from_algorithm(),
        NoisyPhotographs(sigma),
        Recipe({15: 1000, 25: 800, 50: 300}[sigma], learning_rate=5e-3, batch=6, clip=0.2, seed=1),
    )


def _local(sigma: int, seed: int = 1, recipe: Recipe = LONG, **options: Any) -> Plan:
    """Five turns, each with an energy of its own; all start as the best of some Fields of Experts on 8 training crops."""
    return Plan(
        lambda: LearnedDescent(5, sigma=sigma, **options).from_algorithm(0.2, 0.022, 3.0, 0.35),
        NoisyPhotographs(sigma),
        replace(recipe, seed=seed),
    )


AGAIN = Recipe(1500, learning_rate=5e-3, batch=6, clip=0.1)
"""of the non-local networks, which go on where a local one ended"""


def _across(sigma: int, seed: int = 1) -> Plan:
    """The local network's last three turns look at stacks of six similar patches too; it starts as the local one."""
    return Plan(
        lambda: LearnedDescent(5, sigma=sigma, matches=6),
        NoisyPhotographs(sigma),
        replace(AGAIN, seed=seed),
        grown_from=f"radial_basis_{sigma}" + _named(seed),
        grow=grow_across,
    )


def _named(seed: int) -> str:
    return f"_seed{seed}" * (seed != SEEDS[0])


def _dncnn(layers: int, channels: int, told: bool = False) -> DnCNN:
    """A convolutional denoiser, the same one whenever it is made."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return DnCNN(layers, channels, conditioned=told)


def _denoiser(layers: int, channels: int, iterations: int) -> Plan:
    """One for a single noise level, on a GPU."""
    return Plan(
        lambda: _dncnn(layers, channels),
        NoisyPhotographs(25, size=48, border=0, autocast=True),
        Recipe(iterations, learning_rate=1e-3, batch=64, clip=0.5, seed=1),
    )


PLANS: dict[str, Plan] = {
    **{f"experts_{sigma}": _experts(sigma) for sigma in LEVELS},
    **{f"radial_basis_{sigma}": _local(sigma) for sigma in LEVELS},
    **{f"radial_basis_25{_named(seed)}": _local(25, seed) for seed in SEEDS[1:]},
    # filters of 7 x 7 pixels, where rank-one ones save time; both by one recipe, so that they can be compared
    "radial_basis_25_seven": _local(25, recipe=replace(LONG, iterations=2000), size=7),
    "radial_basis_25_seven_separable": _local(25, recipe=replace(LONG, iterations=2000), size=7, separable=True),
    # what the second training alone is worth: the non-local networks have it too
    "radial_basis_25_again": replace(_local(25, recipe=AGAIN), grown_from="radial_basis_25"),
    **{f"non_local_{sigma}": _across(sigma) for sigma in LEVELS},
    **{f"non_local_25{_named(seed)}": _across(25, seed) for seed in SEEDS[1:]},
    "denoiser_25": _denoiser(12, 48, 4850),
    "denoiser_25_wide": _denoiser(17, 64, 30000),
    # told the level, any from 2 to 100: what message passing and splitting methods ask for
    "denoiser": Plan(
        lambda: _dncnn(12, 48, told=True),
        NoisyPhotographs(2, 100, size=48, border=0),
        Recipe(2400, learning_rate=5e-4, batch=16, clip=0.5, seed=2),
        grown_from="denoiser_25",
        grow=grow_told,
    ),
    # how many photographs does a network need? one recipe, three numbers of them
    **{
        f"few_{count}": Plan(
            lambda: _dncnn(6, 32),
            NoisyPhotographs(25, size=48, border=0, count=count),
            Recipe(1500, learning_rate=2e-3, batch=12, clip=0.5, seed=1),
            half=True,
        )
        for count in (10, 100, 400)
    },
    # a proximal operator by construction, told the level too
    "monotone_frame": Plan(
        MonotoneFrame, NoisyPhotographs(2, 100, border=8), Recipe(4000, learning_rate=1e-2, batch=8, clip=0.5, seed=1)
    ),
}
