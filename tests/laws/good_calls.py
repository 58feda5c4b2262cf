"""A good call of every public function and class of core, models, check and the fields; bad values are put into it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.collaborative_filter import GroupTransform, dct_matrix
from mddl_lib.core.filters import finite_differences
from mddl_lib.core.shrinkage import PiecewiseLinear, soft
from mddl_lib.core.wavelets import OrthogonalWavelets, ShiftInvariantWavelets
from mddl_lib.models.admm import ADMMTurn, ZeroFilled, dct_sparsity, total_variation
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.competition.pbdw import DirectionalFit
from tests.problems import problem

Arguments = dict[str, Any]


@functools.cache
def parts() -> tuple:
    return problem(16)


def draw(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def physics() -> Arguments:
    return {"physics": parts()[0], "y": parts()[2]}


def whole(*shape: int) -> Tensor:
    return torch.zeros(shape, dtype=torch.int64)


X = draw(1, 1, 16, 16)
FILTERS = finite_differences(torch.float64)
GROUPS = GroupTransform(whole(3, 4), dct_matrix(4), (16, 16))
WAVELETS = OrthogonalWavelets(2)
SHRINK = PiecewiseLinear(2).double()
IMAGES = {"estimate": X + 1, "truth": X + 2}
FIT = DirectionalFit(4, step=4)


def core() -> dict[str, Arguments]:
    found = {
        "collaborative_filter.dct_matrix": {"size": 4},
        "collaborative_filter.haar_matrix": {"size": 4},
        "collaborative_filter.GroupTransform": {"matches": whole(3, 4), "basis": dct_matrix(4), "shape": (16, 16)},
        "collaborative_filter.principal_components": {"image": X, "matches": whole(3, 4), "size": 4},
        "collaborative_filter.hard_threshold": {"image": X, "transform": GROUPS, "threshold": 0.1},
        "collaborative_filter.wiener": {"image": X, "pilot": X, "transform": GROUPS, "sigma": 0.1},
        "convolutions.spread": {"x": X, "kernel": draw(2, 1, 3, 3), "bias": draw(2)},
        "convolutions.gather": {"z": draw(1, 2, 16, 16), "kernel": draw(1, 2, 3, 3), "bias": draw(1)},
        "convolutions.put_shifts": {"taps": draw(1, 9, 256), "size": 3, "shape": (16, 16), "forward": True},
        "filters.dct_basis": {},
        "filters.check_filters": {"filters": FILTERS},
        "filters.analyse": {"x": X, "filters": FILTERS},
        "filters.synthesise": {"z": draw(1, 2, 16, 16), "filters": FILTERS},
        "filters.spectrum": {"filters": FILTERS, "shape": (16, 16)},
        "filters.power_spectrum": {"filters": FILTERS, "weights": draw(2), "shape": (16, 16)},
        "masks.pseudo_radial": {"shape": (16, 16), "ratio": 0.3},
        "masks.variable_density": {"shape": (16, 16), "ratio": 0.3, "seed": 0},
        "masks.cartesian": {"shape": (16, 16), "ratio": 0.3, "seed": 0},
        "masks.checked": {"mask": torch.ones(4, 4)},
        "masks.is_symmetric": {"mask": torch.ones(4, 4)},
        "masks.mirrored": {"mask": torch.ones(4, 4)},
        "metrics.nmse": IMAGES,
        "metrics.relative_error": IMAGES,
        "metrics.nmse_by_estimate": IMAGES,
        "metrics.psnr": IMAGES,
        "metrics.ssim": IMAGES,
        "normal_equations.zero_filled": physics(),
        "normal_equations.solve_normal": {"physics": parts()[0], "right": X, "penalty": 0.3},
        "normal_equations.conjugate_gradients": {"operator": lambda x: 2 * x, "right": X},
        "patches.corners": {"shape": (16, 16), "step": 4},
        "patches.patch_index": {"corner": whole(3), "shape": (16, 16), "size": 4},
        "patches.take": {"image": X, "index": whole(3, 4)},
        "patches.put": {"patches": draw(3, 4), "index": whole(3, 4), "shape": (16, 16)},
        "patches.coverage": {"index": whole(3, 4), "shape": (16, 16)},
        "patches.match": {"image": X, "size": 4, "step": 2, "radius": 2, "count": 3},
        "physics.MaskedFourier": {"mask": torch.ones(4, 4)},
        "shrinkage.soft": {"x": X, "threshold": 0.1},
        "shrinkage.hard": {"x": X, "threshold": 0.1},
        "shrinkage.group_soft": {"x": X, "threshold": 0.1},
        "shrinkage.PiecewiseLinear": {"channels": 2},
        "shrinkage.decreasing_share": {"shrinkage": SHRINK, "activations": draw(1, 2, 16, 16)},
        "unrolled.Unrolled": {"start": ZeroFilled(), "stages": [ADMMTurn(FILTERS, soft, 0.1, 0.1)]},
        "unrolled.estimates": {"network": dct_sparsity(0.1, turns=1), **physics()},
        "wavelets.ShiftInvariantWavelets": {"levels": 2},
        "wavelets.OrthogonalWavelets": {"levels": 2},
    }
    return {f"mddl_lib.core.{name}": good for name, good in found.items()}


def models() -> dict[str, Arguments]:
    frame = ShiftInvariantWavelets(2)
    found = {
        "admm.ZeroFilled": {},
        "admm.Regularised": {"filters": FILTERS, "penalty": 0.1},
        "admm.ADMMTurn": {"filters": FILTERS, "shrinkage": soft, "weight": 0.1, "penalty": 0.1},
        "admm.total_variation": {"weight": 0.1},
        "admm.dct_sparsity": {"weight": 0.1},
        "admm.energy": {"x": X, "filters": FILTERS, "weight": 0.1, **physics()},
        "admm.data_misfit": {"x": X, **physics()},
        "tight_frame.FrameTurn": {"frame": frame, "weight": 0.1, "penalty": 0.1},
        "tight_frame.frame_energy": {"x": X, "frame": frame, "weight": 0.1, **physics()},
        "learned_gradient.learned_gradient": {
            "v": X, "first": draw(2, 1, 3, 3), "bias": draw(2), "shrinkage": SHRINK, "second": draw(1, 2, 3, 3)
        },
    }  # fmt: skip
    return {f"mddl_lib.models.{name}": good for name, good in found.items()}


def fields() -> dict[str, Arguments]:
    bases = FIT(X).bases
    classified = {"shape": (16, 16), "step": 4, "index": whole(3, 64), "classes": whole(3), "bases": bases}
    network = ADMMNet(-1).double()
    found = {
        "mri.admm_net.check_size": {"size": 3},
        "mri.admm_net.DCTFilters": {},
        "mri.admm_net.Reconstruction": {},
        "mri.admm_net.Start": {},
        "mri.admm_net.Stage": {},
        "mri.admm_net.ADMMNet": {"stages": 1},
        "mri.admm_net_gradients.backpropagate": {"network": network, "truth": X, **physics()},
        "mri.authors.read_admm_net": {"path": "net.mat"},
        "mri.authors.read_layers": {"path": "net.mat"},
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
        "mri.competition.patch_directions.directions": {"image": X, "index": whole(3, 64), "bases": bases},
        "mri.competition.patch_directions.ClassifiedFrame": classified,
        "mri.competition.patch_directions.classified_frame": {"image": X, "bases": bases, "step": 4},
        "mri.competition.pbdw.DirectionalFit": {},
        "mri.competition.pbdw.pbdw": {"weight": 0.1},
        "mri.competition.recpf.RecPFTurn": {"weight": 0.1, "wavelet_weight": 0.1, "ratio": 2.0, "wavelets": WAVELETS},
        "mri.competition.recpf.recpf": {"weight": 0.1, "wavelet_weight": 0.1},
        "mri.competition.recpf.recpf_energy": {
            "x": X, "weight": 0.1, "wavelet_weight": 0.1, "wavelets": WAVELETS, **physics()
        },
        "mri.competition.sidwt.sidwt": {"weight": 0.1},
        "mri.competition.sidwt.soft_details": {"coefficients": draw(1, 4, 8, 8), "threshold": 0.1},
        "mri.competition.tuning.tune": {"name": "TV", "percent": 20},
        "mri.competition.tuning.best_parameters": {"name": "TV", "percent": 20},
        "mri.competition.tuning.tuned": {"name": "TV", "percent": 20},
        "mri.competition.zero_filling.zero_filling": physics(),
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
    }  # fmt: skip
    return {f"mddl_lib.{name}": good for name, good in found.items()}


def check() -> dict[str, Arguments]:
    network = ADMMCSNet(1, 2, 3).double()
    return {
        "mddl_lib.check.adjointness.adjoint": {"physics": parts()[0]},
        "mddl_lib.check.algorithms.is_algorithm": {"network": network, "algorithm": network, **physics()},
        "mddl_lib.check.proximal.proximal_operator": {"prox": lambda a: a, "function": lambda u: 0 * u.sum(1)},
    }


CALLS: Callable[[], dict[str, Arguments]] = functools.cache(lambda: core() | models() | fields() | check())
