"""Cases of the laws for compressive-sensing MRI: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core.filters import dct_basis
from mddl_lib.core.masks import variable_density
from mddl_lib.core.unrolled import estimates
from mddl_lib.core.wavelets import OrthogonalWavelets
from mddl_lib.models.admm import total_variation
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.coils import CoilFourier, ring_of_coils
from mddl_lib.mri.competition.adapted_frame import adapted
from mddl_lib.mri.competition.bm3d_mri import bm3d_mri
from mddl_lib.mri.competition.fdlcp import fdlcp
from mddl_lib.mri.competition.pano import pano, soft_but_means
from mddl_lib.mri.competition.pbdw import DirectionalFit, pbdw
from mddl_lib.mri.competition.recpf import recpf
from mddl_lib.mri.competition.sidwt import sidwt, soft_details
from tests.laws.kinds import Estimates, NetworkCase, PhysicsCase, ShrinkageCase
from tests.laws.pieces import MEASURED, X, draw, images, whole
from tests.mri.test_identity import naive_admm
from tests.problems import problem

T = 0.6
HERE = "tests/mri/competition/test_"
WAVELETS = OrthogonalWavelets(2)
FIT = DirectionalFit(4, step=4)
BASES = FIT(X).bases


def admm_net() -> tuple[Estimates, Estimates, float]:
    """Held to the talk's loop X, Z, M with full complex transforms."""
    physics, truth, y = problem(24)
    network = ADMMNet(2).double().from_algorithm(0.2, 1.6, 0.06)
    mask, filters = physics.mask.numpy(), dct_basis(dtype=torch.float64).numpy()
    expected = naive_admm(np.fft.fft2(truth[0, 0].numpy()) * mask, mask, filters, 0.2, 1.6, 0.06, 4)
    return estimates(network, y, physics), images(expected), 1e-6  # filters and knots pass through single precision


def guide() -> nn.Module:
    return total_variation(1e-3, turns=3)


def box(a: Tensor) -> Tensor:
    return a.clamp(-T, T)


def coils() -> CoilFourier:
    return CoilFourier(variable_density((7, 6), 0.4, 1), ring_of_coils(3, (7, 6)).to(torch.complex128), tolerance=1e-13)


PHYSICS = {"mri.coils.CoilFourier": [PhysicsCase(coils, (7, 6), complex_images=True)]}

NETWORKS = {
    "mri.admm_net.ADMMNet": NetworkCase(lambda: ADMMNet(0), admm_net),
    "mri.competition.sidwt.sidwt": NetworkCase(
        lambda: sidwt(1e-3, levels=2, turns=3), HERE + "sidwt.py::test_it_is_the_loop_by_hand"
    ),
    "mri.competition.recpf.recpf": NetworkCase(
        lambda: recpf(1e-3, 1e-3, levels=2, turns=3), HERE + "recpf.py::test_it_is_the_loop_by_hand"
    ),
    "mri.competition.pano.pano": NetworkCase(
        lambda: pano(1e-3, guide=guide(), turns=3, updates=1), HERE + "pano.py::test_a_turn_is_a_plain_loop", True, agreement=1e-2
    ),
    "mri.competition.pbdw.pbdw": NetworkCase(
        lambda: pbdw(1e-3, step=4, turns=2, guide=guide()), HERE + "pbdw.py::test_it_is_the_plain_loop", True
    ),
    "mri.competition.fdlcp.fdlcp": NetworkCase(
        lambda: fdlcp(1e-3, count=2, step=2, turns=2, updates=1, guide=guide()), 
        HERE + "fdlcp.py::test_it_is_admm_in_the_learned_frame", True
    ),
    "mri.competition.bm3d_mri.bm3d_mri": NetworkCase(
        lambda: bm3d_mri(turns=2), HERE + "bm3d_mri.py::test_a_turn_is_a_plain_loop", True
    ),
    "mri.competition.adapted_frame.adapted": NetworkCase(
        lambda: adapted(DirectionalFit(4, step=4), 1e-3, 0.02, 2, 1, guide()),
        HERE + "pbdw.py::test_a_turn_between_fits_is_the_turn_in_a_tight_frame", True,
    ),
}  # fmt: skip

SHRINKAGES = {
    "mri.competition.sidwt.soft_details": ShrinkageCase(
        lambda a: soft_details(a, T), lambda u: T * u[:, 1:].abs().sum(1), 4,
        conjugate=lambda a: torch.cat([0 * a[:, :1], box(a[:, 1:])], 1),
    ),
    "mri.competition.pano.soft_but_means": ShrinkageCase(
        # (N, 4) are N groups of two patches of two pixels
        lambda a: soft_but_means(a.view(-1, 2, 2).movedim(0, 1), T).movedim(1, 0).reshape(-1, 4),
        lambda u: T * u[:, 1:].abs().sum(1), 4,
    ),
}  # fmt: skip

CALLS = {
    "mri.admm_net.check_size": {"size": 3},
    "mri.admm_net.DCTFilters": {},
    "mri.admm_net.Reconstruction": {},
    "mri.admm_net.Start": {},
    "mri.admm_net.Stage": {},
    "mri.admm_net.ADMMNet": {"stages": 1},
    "mri.admm_net_gradients.backpropagate": {"network": ADMMNet(-1).double(), "truth": X, **MEASURED},
    "mri.authors.read_admm_net": {"path": "net.mat"},
    "mri.authors.read_layers": {"path": "net.mat"},
    "mri.coils.CoilFourier": {"mask": torch.ones(8, 6), "sensitivities": ring_of_coils(2, (8, 6))},
    "mri.coils.ring_of_coils": {"count": 2, "shape": (8, 6)},
    "mri.images.centre_crop": {"image": np.zeros((8, 8)), "size": 4},
    "mri.images.training_images": {"names": ("chest_mr/train",)},
    "mri.images.near_duplicates": {"images": X, "known": X},
    "mri.images.crops": {"images": X, "size": 8},
    "mri.masks.paper_radial": {"percent": 20},
    "mri.masks.radial": {"percent": 20, "size": 64},
    "mri.competition.adapted_frame.Guided": {"guide": total_variation(0.1)},
    "mri.competition.adapted_frame.AdaptedTurn": {"fit": FIT, "weight": 0.1, "penalty": 0.1},
    "mri.competition.adapted_frame.adapted": {
    "fit": FIT, "weight": 0.1, "penalty": 0.1, "turns": 1, "updates": 1, "guide": None
    },
    "mri.competition.bm3d_mri.BM3DTurn": {"sigma": 0.1},
    "mri.competition.bm3d_mri.quarter": {"matches": whole(4, 4, 2), "turn": 1},
    "mri.competition.bm3d_mri.bm3d_mri": {},
    "mri.competition.fdlcp.procrustes": {"codes": draw(5, 3), "vectors": draw(5, 3)},
    "mri.competition.fdlcp.learn_dictionary": {"vectors": draw(5, 3), "threshold": 0.1},
    "mri.competition.fdlcp.dictionary_objective": {
    "vectors": draw(5, 3), "codes": draw(5, 3), "dictionary": draw(3, 3), "threshold": 0.1
    },
    "mri.competition.fdlcp.DictionaryFit": {"threshold": 0.1},
    "mri.competition.fdlcp.fdlcp": {"weight": 0.1},
    "mri.competition.pano.PatchGroups": {"matches": whole(3, 4), "shape": (16, 16), "size": 4},
    "mri.competition.pano.Guide": {"method": total_variation(0.1)},
    "mri.competition.pano.PANOTurn": {"weight": 0.1, "penalty": 0.1},
    "mri.competition.pano.soft_but_means": {"coefficients": draw(2, 3, 4), "threshold": 0.1},
    "mri.competition.pano.pano": {"weight": 0.1},
    "mri.competition.patch_directions.pixel_order": {"angle": 0.3},
    "mri.competition.patch_directions.directional_bases": {"count": 2, "size": 4},
    "mri.competition.patch_directions.directions": {"image": X, "index": whole(3, 64), "bases": BASES},
    "mri.competition.patch_directions.ClassifiedFrame": {
        "shape": (16, 16), "step": 4, "index": whole(3, 64), "classes": whole(3), "bases": BASES
    },
    "mri.competition.patch_directions.classified_frame": {"image": X, "bases": BASES, "step": 4},
    "mri.competition.pbdw.DirectionalFit": {},
    "mri.competition.pbdw.pbdw": {"weight": 0.1},
    "mri.competition.recpf.RecPFTurn": {"weight": 0.1, "wavelet_weight": 0.1, "ratio": 2.0, "wavelets": WAVELETS},
    "mri.competition.recpf.recpf": {"weight": 0.1, "wavelet_weight": 0.1},
    "mri.competition.recpf.recpf_energy": {
    "x": X, "weight": 0.1, "wavelet_weight": 0.1, "wavelets": WAVELETS, **MEASURED
    },
    "mri.competition.sidwt.sidwt": {"weight": 0.1},
    "mri.competition.sidwt.soft_details": {"coefficients": draw(1, 4, 8, 8), "threshold": 0.1},
    "mri.competition.tuning.tune": {"name": "TV", "percent": 20},
    "mri.competition.tuning.best_parameters": {"name": "TV", "percent": 20},
    "mri.competition.tuning.tuned": {"name": "TV", "percent": 20},
    "mri.competition.zero_filling.zero_filling": MEASURED,
}  # fmt: skip

NO_CASE = {
    **{
        f"mri.admm_net_gradients.{layer}": "one formula, written for reading; backpropagate checks what it gets"
        for layer in ("reconstruction", "convolution", "multiplier", "shrinkage")
    },
    "mri.coils.CoilFourier.prox_l2 as a shrinkage": "of complex images; held to the dense minimiser by the laws of physics",
    "mri.authors.copy_arrays": "tested with files that are wrong (tests/mri/test_authors.py)",
    "mri.authors.read_admm_net as a network": "reads a file into an ADMMNet",
    "mri.competition.methods.Method": "a record of this module's own table",
    "mri.problems.Slices": "a record of the plans; what it loads checks its names",
    "mri.competition.fdlcp.learn_dictionary as a shrinkage": "two minimisations in turn; the objective falls (tests/mri)",
    "mri.competition.fdlcp.dictionary_objective as a shrinkage": "the objective itself",
    "mri.admm_net_gradients.shrinkage as a shrinkage": "the derivative of a layer, held to autograd (tests/mri)",
}
