"""Cases of the laws for restoration: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch

from mddl_lib.catalogue import network_cell
from mddl_lib.core.masks import variable_density
from mddl_lib.restoration.classical import total_variation
from mddl_lib.restoration.denoiser import DnCNN
from mddl_lib.restoration.physics import Denoising, Inpainting
from mddl_lib.restoration.plug_and_play.blur import Blur
from mddl_lib.restoration.plug_and_play.mosaic import Mosaic
from mddl_lib.restoration.range_field.descent import LearnedDescent
from mddl_lib.results.tables import ResultTable
from mddl_lib.training.recipe import Recipe
from tests.laws.kinds import PhysicsCase, ShrinkageCase
from tests.laws.pieces import draw

MASK = variable_density((6, 7), 0.5, 0)
NOISE = Denoising(0.1)
IMAGE = draw(1, 1, 6, 7)
IMAGES = draw(3, 1, 12, 12)
SEEN = {"y": IMAGE, "physics": NOISE}
EXPERTS = LearnedDescent(1, sigma=25, tied=True, potential="student_t", channels=8, size=3).double()
STAGE = EXPERTS.stages[0]
KERNEL = draw(3, 3).abs()
COLOURS = draw(1, 3, 6, 8)
TABLE = ResultTable.load("denoising_bsd68", "smoke")


def data_term(physics: Denoising, gamma: float = 0.7, shape: tuple[int, int, int] = (1, 6, 7)) -> ShrinkageCase:
    """γ/2 ‖Ax − y‖² of 6 × 7 images."""
    y = physics.A(torch.randn(1, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(9)))
    return ShrinkageCase(
        lambda a: physics.prox_l2(a.view(-1, *shape), y, gamma).flatten(1),
        lambda u: gamma / 2 * (physics.A(u.view(-1, *shape)) - y).square().flatten(1).sum(1),
        size=shape[0] * shape[1] * shape[2],
    )


def same(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """The denoiser that does nothing."""
    return image


PHYSICS = {
    "restoration.physics.Denoising": [PhysicsCase(lambda: Denoising(0.1), (6, 7), unitary=True)],
    "restoration.physics.Inpainting": [PhysicsCase(lambda: Inpainting(MASK), (6, 7), unitary=True)],
    "restoration.plug_and_play.blur.Blur": [
        PhysicsCase(lambda: Blur(KERNEL), (6, 7)),
        PhysicsCase(lambda: Blur(KERNEL), (5, 4)),
    ],
    "restoration.plug_and_play.mosaic.Mosaic": [
        PhysicsCase(Mosaic, (6, 4), unitary=True, channels=3),
        PhysicsCase(Mosaic, (3, 5), unitary=True, channels=3),
    ],
}

SHRINKAGES = {
    "restoration.physics.Denoising.prox_l2": data_term(Denoising(0.1)),
    "restoration.physics.Inpainting.prox_l2": data_term(Inpainting(MASK)),
    "restoration.plug_and_play.blur.Blur.prox_l2": data_term(Blur(KERNEL)),
    "restoration.plug_and_play.mosaic.Mosaic.prox_l2": data_term(Mosaic(), shape=(3, 4, 4)),
}

CALLS = {
    "restoration.physics.Denoising": {"sigma": 0.1},
    "restoration.physics.Inpainting": {"mask": MASK, "sigma": 0.1},
    "restoration.physics.noise_level": {"physics": Denoising(0.1)},
    "restoration.range_field.matching.nearest": {"guide": torch.rand(1, 1, 9, 8), "count": 3, "radius": 3, "size": 3},
    "restoration.range_field.potentials.StudentT": {"channels": 2, "sigma": 0.1},
    "restoration.range_field.potentials.RadialBasis": {"channels": 2, "sigma": 0.1},
    "restoration.range_field.energy.RangeEnergy": {"channels": 2, "size": 3},
    "restoration.range_field.filters.stack_basis": {"count": 2, "size": 3},
    "restoration.range_field.filters.StackFilters": {"channels": 2, "size": 3},
    "restoration.range_field.filters.SeparableFilters": {"channels": 2, "size": 3},
    "restoration.block_matching.BlockMatching": {},
    "restoration.classical.noisy_image": SEEN,
    "restoration.classical.total_variation": {"factor": 0.7},
    "restoration.classical.wavelet": {"factor": 1.0},
    "restoration.classical.non_local_means": {"factor": 0.6},
    "restoration.classical.experts_by_hand": {"weight": 0.2, "strength": 0.01},
    "restoration.classical.tune": {"method": "Total variation", "sigma": 25},
    "restoration.classical.tuned": {"method": "Total variation", "sigma": 25},
    "restoration.denoiser.DnCNN": {"layers": 2, "channels": 2},
    "restoration.denoiser.grow_told": {"network": DnCNN(2, 2, conditioned=True), "smaller": DnCNN(2, 2).state_dict()},
    "restoration.denoiser.read_kair": {"path": "net.pth"},
    "restoration.evaluation.noisy": {"truth": np.zeros((4, 5)), "sigma": 25.0, "seed": 0, "index": 0},
    "restoration.evaluation.score": {"model": total_variation(0.7), "data": [("a", np.zeros((8, 9)))], "sigma": 25.0},
    "restoration.noisy_crops.NoisyCrops": {
        "images": IMAGES,
        "recipe": Recipe(1),
        "sigmas": (0.1, 0.1),
        "size": 8,
        "border": 2,
    },
    "restoration.problems.NoisyPhotographs": {"sigma": 25.0},
    "restoration.rows.column": {"words": "BSD68", "sigma": 25},
    "restoration.rows.cells": {"words": "BSD68", "network_cell": network_cell, "shipped": ()},
    "restoration.rows.ranking": {"table": TABLE},
    "restoration.plug_and_play.blur.Blur": {"kernel": KERNEL, "sigma": 0.1},
    "restoration.plug_and_play.mosaic.Mosaic": {"sigma": 0.1},
    "restoration.plug_and_play.mosaic.masks": {"image": COLOURS},
    "restoration.plug_and_play.mosaic.bilinear": {"y": IMAGE},
    "restoration.plug_and_play.mosaic.malvar": {"y": IMAGE},
    "restoration.plug_and_play.colour.in_colour": {"denoise": same},
    "restoration.plug_and_play.splittings.FromAdjoint": {},
    "restoration.plug_and_play.splittings.PlugTurn": {"denoise": same, "strength": 0.1, "penalty": 0.1},
    "restoration.plug_and_play.splittings.ADMMPlugTurn": {"denoise": same, "strength": 0.1, "penalty": 0.1},
    "restoration.plug_and_play.splittings.HalfQuadraticPlugTurn": {"denoise": same, "strength": 0.1, "penalty": 0.1},
    "restoration.plug_and_play.splittings.PrimalDualPlugTurn": {"denoise": same, "strength": 0.1, "penalty": 0.1},
    "restoration.plug_and_play.splittings.REDTurn": {"denoise": same, "strength": 0.1, "penalty": 0.1},
    "restoration.plug_and_play.algorithms.plugged": {
        "algorithm": "ADMM",
        "denoise": same,
        "strength": 0.1,
        "penalty": 0.1,
    },
    "restoration.plug_and_play.algorithms.annealed": {"denoise": same, "noise": 0.1, "weight": 0.2},
    "restoration.plug_and_play.monotone_frame.MonotoneFrame": {"size": 3, "pieces": 2},
    "restoration.plug_and_play.monotone_frame.soft_frame": {"image": IMAGE, "sigma": 0.1, "size": 3},
    "restoration.plug_and_play.deblurring.gaussian": {"width": 1.0, "size": 5},
    "restoration.range_field.by_hand.slope": {"stage": STAGE, "t": draw(1, 8, 6, 7)},
    "restoration.range_field.by_hand.hessian_times": {"stage": STAGE, "x": IMAGE, "v": IMAGE, "physics": NOISE},
    "restoration.range_field.by_hand.backpropagate": {"network": EXPERTS, "truth": IMAGE, **SEEN},
    "restoration.range_field.by_hand.by_parameter": {"stage": STAGE, "x": IMAGE, "delta": IMAGE, **SEEN},
    "restoration.range_field.cliques.extend": {"x": IMAGE, "margin": 2},
    "restoration.range_field.cliques.fold_back": {"z": draw(1, 1, 10, 11), "margin": 2},
    "restoration.range_field.cliques.take": {"x": IMAGE, "size": 3},
    "restoration.range_field.cliques.put": {"patches": draw(1, 9, 42), "size": 3, "shape": (6, 7)},
    "restoration.range_field.cliques.analyse": {"x": IMAGE, "filters": draw(2, 1, 3, 3)},
    "restoration.range_field.cliques.synthesise": {"z": draw(1, 2, 6, 7), "filters": draw(2, 1, 3, 3)},
    "restoration.range_field.descent.Start": {},
    "restoration.range_field.descent.Stage": {"energy": STAGE.energy},
    "restoration.range_field.descent.LearnedDescent": {"turns": 1, "sigma": 25.0},
    "restoration.range_field.descent.grow_across": {"network": EXPERTS, "smaller": {}},
    "restoration.range_field.for_the_page.described": {"network": LearnedDescent(1, sigma=25, channels=2)},
    "restoration.range_field.three_gradients.parameters": {"stage": STAGE},
    "restoration.range_field.three_gradients.minimise": {"stage": STAGE, "x": IMAGE, "turns": 1, **SEEN},
    "restoration.range_field.three_gradients.truncated": {"stage": STAGE, "truth": IMAGE, "turns": 1, **SEEN},
    "restoration.range_field.three_gradients.one_step": {"stage": STAGE, "minimum": IMAGE, "truth": IMAGE, **SEEN},
    "restoration.range_field.three_gradients.implicit": {"stage": STAGE, "minimum": IMAGE, "truth": IMAGE, **SEEN},
}

PLUG = "tests/restoration/plug_and_play/"
NO_CASE = {
    **{
        f"restoration.plug_and_play.{name} as a network": f"it takes any physics; its laws: {PLUG}test_splittings.py"
        for name in ("algorithms.plugged", "algorithms.annealed", "demosaicking.restored", "rows.deblurring", "tuning.make")
    },
    "restoration.plug_and_play.monotone_frame.soft_frame as a shrinkage": f"of many overlapping blocks: {PLUG}test_monotone_frame.py",
    "restoration.plug_and_play.deblurring.score": "what it refuses stands in test_blur.py",
    "restoration.plug_and_play.deblurring.measured": "what it refuses stands in test_blur.py",
    "restoration.plug_and_play.deblurring.kernel": "what it refuses stands in test_blur.py",
    "restoration.plug_and_play.deblurring.blurred": "what it refuses stands in test_blur.py",
    "restoration.plug_and_play.demosaicking": "what they refuse stands in test_mosaic.py and test_rows.py",
    "restoration.plug_and_play.tuning": "what they refuse stands in test_rows.py",
    "restoration.plug_and_play.rows": "they make cells of a table: test_rows.py",
    "restoration.range_field.checks": "these are the checks",
    "restoration.classical.experts_by_hand as a network": "a LearnedDescent; its laws: test_descent.py",
    "restoration.range_field.descent.LearnedDescent as a network": "it takes noisy images; its laws: test_descent.py",
}  # fmt: skip
