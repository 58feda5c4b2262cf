"""Cases of the laws for compressive imaging: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch

from data_fetch import load_or_embedded
from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet
from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.compressive_imaging.operators.diffraction import CodedDiffraction
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.operators.orthonormal_rows import OrthonormalRows
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows, StructurallyRandom
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.unrolled import estimates
from mddl_lib.results.cells import Cell
from mddl_lib.training.recipe import Recipe
from tests.compressive_imaging.test_admm_csnet import inner_step_admm
from tests.compressive_imaging.test_ista_net import ista
from tests.laws.kinds import Estimates, NetworkCase, PhysicsCase, ShrinkageCase
from tests.laws.pieces import draw, images
from tests.problems import problem


def admm_csnet() -> tuple[Estimates, Estimates, float]:
    physics, truth, y = problem(24)
    network = ADMMCSNet(3, 8, 3).double().from_algorithm(0.1, 1.2, 0.8, 0.04)
    mask, filters = physics.mask.numpy(), dct_basis(3, torch.float64).numpy() / 3
    data = np.fft.fft2(truth[0, 0].numpy()) * mask
    expected = [x.real for x in inner_step_admm(data, mask, filters, 0.1, 1.2, 0.8, 0.04, 3)]
    return estimates(network, y, physics), images(expected), 1e-6


def ista_net() -> tuple[Estimates, Estimates, float]:
    physics, _, y = problem(24)
    delta = torch.zeros(1, 3, 3)
    delta[0, 1, 1] = 1
    network = ISTANet(4, 8).double().from_algorithm(0.9, 0.03, delta).eval()

    def soft(r: np.ndarray) -> np.ndarray:
        return np.sign(r) * np.maximum(np.abs(r) - 0.03, 0)

    return estimates(network, y, physics), images(ista(y[0, 0].numpy(), physics.mask.numpy(), soft, 4)), 1e-6


def general() -> tuple[Estimates, Estimates, float]:
    """Where A Aᴴ = I it is ADMM-CSNet, and that is ADMM with an inner gradient step."""
    physics = ScrambledHadamard((16, 16), 90)
    y = physics.A(draw(1, 1, 16, 16))
    mine = GeneralADMMCSNet(3, 8, 3).double().from_algorithm(0.3, 1.2, 0.8, 0.04)
    theirs = ADMMCSNet(3, 8, 3).double().from_algorithm(0.3, 1.2, 0.8, 0.04)
    return estimates(mine, y, physics), estimates(theirs, y, physics), 1e-6


NETWORKS = {
    "compressive_imaging.general_admm_csnet.GeneralADMMCSNet": NetworkCase(lambda: GeneralADMMCSNet(2, 4, 3), general),
    "compressive_imaging.admm_csnet.ADMMCSNet": NetworkCase(lambda: ADMMCSNet(2, 4, 3), admm_csnet),
    "compressive_imaging.ista_net.ISTANet": NetworkCase(lambda: ISTANet(2, 8), ista_net),
}

PHYSICS = {
    "compressive_imaging.operators.orthonormal_rows.OrthonormalRows": [
        PhysicsCase(lambda: OrthonormalRows((5, 6), 11), (5, 6), unitary=True)
    ],
    "compressive_imaging.operators.hadamard.ScrambledHadamard": [
        PhysicsCase(lambda: ScrambledHadamard((4, 8), 11), (4, 8), unitary=True),
        PhysicsCase(lambda: ScrambledHadamard((8, 4), 11, keep_mean=False), (8, 4), unitary=True),
    ],
    "compressive_imaging.operators.random_rows.DenseRows": [
        PhysicsCase(lambda: DenseRows((5, 6), 11), (5, 6), unitary=True)
    ],
    "compressive_imaging.operators.random_rows.StructurallyRandom": [
        PhysicsCase(lambda: StructurallyRandom((5, 7), 11), (5, 7), unitary=True)
    ],
    "compressive_imaging.operators.diffraction.CodedDiffraction": [
        PhysicsCase(lambda: CodedDiffraction.random((5, 6), 11), (5, 6)),
        PhysicsCase(lambda: CodedDiffraction.random((6, 5), 11, real=False), (6, 5), complex_images=True, unitary=True),
    ],
}


def data_term(physics: object, gamma: float = 0.7) -> ShrinkageCase:
    """γ/2 ‖Ax − y‖² of 4 × 8 images."""
    y = physics.A(draw(1, 1, 4, 8))
    return ShrinkageCase(
        lambda a: physics.prox_l2(a.view(-1, 1, 4, 8), y, gamma).flatten(1),
        lambda u: gamma / 2 * (physics.A(u.view(-1, 1, 4, 8)) - y).abs().square().flatten(1).sum(1),
        size=32,
    )


SHRINKAGES = {
    "compressive_imaging.operators.orthonormal_rows.OrthonormalRows.prox_l2": data_term(OrthonormalRows((4, 8), 11)),
    "compressive_imaging.operators.diffraction.CodedDiffraction.prox_l2": data_term(
        CodedDiffraction.random((4, 8), 11)
    ),
}

ROWS = {"shape": (4, 8), "rows": torch.arange(3)}

AT = ScrambledHadamard((4, 8), 11)
PHOTOGRAPHS = torch.rand(2, 1, 9, 9, generator=torch.Generator().manual_seed(0))


def network_cell(row: str, column: str, name: str, mask: object, slow: bool = False) -> Cell:
    return Cell(row, column, lambda: abs, mask, {"weights": name}, slow)


CALLS = {
    "compressive_imaging.measured_crops.MeasuredCrops": {
        "images": PHOTOGRAPHS,
        "recipe": Recipe(1),
        "operator": "Gaussian",
        "percent": 25,
        "size": 8,
    },
    "compressive_imaging.measured_crops.MeasuredPhotographs": {"operator": "Gaussian", "percent": 25},
    "compressive_imaging.measured_crops.physics": {"operator": "Gaussian", "shape": (4, 8), "percent": 25},
    "compressive_imaging.natural.cells": {
        "words": "Set11",
        "network_cell": network_cell,
        "shipped": (),
        "denoise": abs,
        "operators": (),
    },
    "compressive_imaging.natural.network_name": {"operator": "Walsh-Hadamard", "percent": 30},
    "compressive_imaging.natural_ratios.cells": {
        "words": "Set11",
        "network_cell": network_cell,
        "shipped": (),
        "denoise": abs,
    },
    "compressive_imaging.rivals.tuning.tune": {"operator": "Walsh-Hadamard", "percent": 30},
    "compressive_imaging.rivals.tuning.tuned": {"operator": "Walsh-Hadamard", "percent": 30},
    "compressive_imaging.natural.zebra_cells": {"network_cell": network_cell, "known": ()},
    "compressive_imaging.natural_images.Middles": {"data": load_or_embedded("phantom_brain")},
    "compressive_imaging.rivals.mean_apart.MeanApart": {"method": abs},
    "compressive_imaging.rivals.mean_apart.around_zero": {"denoise": abs},
    "compressive_imaging.operators.fast_transform.walsh_hadamard": {"x": draw(8)},
    "compressive_imaging.operators.orthonormal_rows.OrthonormalRows": ROWS,
    "compressive_imaging.operators.orthonormal_rows.drawn_rows": {"pixels": 9, "number": 3},
    "compressive_imaging.operators.hadamard.ScrambledHadamard": ROWS,
    "compressive_imaging.operators.random_rows.DenseRows": {"shape": (4, 8), "number": 3},
    "compressive_imaging.operators.random_rows.StructurallyRandom": ROWS,
    "compressive_imaging.operators.random_rows.cosine_transform": {"x": draw(8)},
    "compressive_imaging.operators.random_rows.inverse_cosine_transform": {"c": draw(8)},
    "compressive_imaging.operators.diffraction.CodedDiffraction": {
        "phases": torch.ones(4, 8, dtype=torch.complex64),
        "mask": torch.ones(4, 8),
    },
    "compressive_imaging.rivals.tval3.TVAL3": {},
    "compressive_imaging.rivals.tval3.differences": {"x": draw(1, 1, 4, 5)},
    "compressive_imaging.rivals.tval3.differences_adjoint": {"w": draw(1, 2, 4, 5)},
    "compressive_imaging.rivals.message_passing.MessagePassing": {"denoise": abs},
    "compressive_imaging.rivals.low_rank.LowRankGroups": {"start": abs},
    "compressive_imaging.block_protocol.blocks_of": {"image": draw(1, 1, 8, 9), "side": 4},
    "compressive_imaging.block_protocol.image_of": {"blocks": draw(4, 1, 4, 4), "shape": (8, 8)},
    "compressive_imaging.block_protocol.score_in_blocks": {
        "model": lambda y, at: at.A_adjoint(y),
        "data": load_or_embedded("phantom_brain"),
        "physics": DenseRows((4, 4), 3),
    },
    "compressive_imaging.natural.block_cells": {"network_cell": network_cell, "shipped": ()},
    "compressive_imaging.general_admm_csnet.StepReconstruction": {},
    "compressive_imaging.general_admm_csnet.StepStage": {"channels": 2, "size": 3},
    "compressive_imaging.general_admm_csnet.GeneralADMMCSNet": {"stages": 1, "channels": 2, "size": 3},
    "compressive_imaging.general_authors.read_general": {"path": "net.mat"},
    "compressive_imaging.general_authors.authors_diffraction": {},
    "compressive_imaging.admm_csnet.check_sizes": {"size": 3},
    "compressive_imaging.admm_csnet.SplitReconstruction": {},
    "compressive_imaging.admm_csnet.SplitStart": {},
    "compressive_imaging.admm_csnet.Denoiser": {"channels": 2, "size": 3},
    "compressive_imaging.admm_csnet.SplitStage": {"channels": 2, "size": 3},
    "compressive_imaging.admm_csnet.ADMMCSNet": {"stages": 1, "channels": 2, "size": 3},
    "compressive_imaging.authors.read_network": {"path": "net.mat"},
    "compressive_imaging.authors.read_admm_csnet": {"path": "net.mat"},
    "compressive_imaging.ista_net.Transform": {"channels": 2},
    "compressive_imaging.ista_net.Phase": {"channels": 2},
    "compressive_imaging.ista_net.ISTANet": {"phases": 1, "channels": 2},
}

NO_CASE = {
    "compressive_imaging.natural.method_cells": "a column's words are free; natural.cells and natural_ratios.cells hand the rest on",
    "compressive_imaging.natural_ratios.row": "a row's words are free; another set is refused (test_natural.py)",
    "compressive_imaging.natural_images.Zebra": "takes BSD68, which a test without data has not; test_natural refuses others",
    "compressive_imaging.general_authors.read_general as a network": "reads a file into a GeneralADMMCSNet",
    "compressive_imaging.authors.read_admm_csnet as a network": "reads a file into an ADMMCSNet",
    "compressive_imaging.authors.read_network as a network": "reads a file into one of two networks",
}
