"""A case for every network: how to make a small one, what it must equal, and what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.core.filters import dct_basis, finite_differences
from mddl_lib.core.unrolled import estimates
from mddl_lib.models.admm import dct_sparsity, total_variation
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.competition.adapted_frame import adapted
from mddl_lib.mri.competition.bm3d_mri import bm3d_mri
from mddl_lib.mri.competition.fdlcp import fdlcp
from mddl_lib.mri.competition.pano import pano
from mddl_lib.mri.competition.pbdw import DirectionalFit, pbdw
from mddl_lib.mri.competition.recpf import recpf
from mddl_lib.mri.competition.sidwt import sidwt
from tests.compressive_imaging.test_admm_csnet import inner_step_admm
from tests.compressive_imaging.test_ista_net import ista
from tests.mri.test_identity import naive_admm
from tests.problems import problem

Estimates = list[Tensor]


@dataclass(frozen=True)
class Case:
    make: Callable[[], nn.Module]
    """a small one"""
    identity: Callable[[], tuple[Estimates, Estimates, float]] | str
    """its estimates set to its algorithm, the algorithm's written out, and a tolerance; or the test that holds it"""
    one_image: bool = False
    """it takes one image at a time and refuses a batch"""
    noise: float = 4.0
    """the measurement of the dependence law: strong enough that activations reach every knot"""


def images(found: list[np.ndarray]) -> Estimates:
    return [torch.from_numpy(np.ascontiguousarray(x))[None, None] for x in found]


def admm_net() -> tuple[Estimates, Estimates, float]:
    """Held to the talk's loop X, Z, M with full complex transforms."""
    physics, truth, y = problem(24)
    network = ADMMNet(2).double().from_algorithm(0.2, 1.6, 0.06)
    mask, filters = physics.mask.numpy(), dct_basis(dtype=torch.float64).numpy()
    expected = naive_admm(np.fft.fft2(truth[0, 0].numpy()) * mask, mask, filters, 0.2, 1.6, 0.06, 4)
    return estimates(network, y, physics), images(expected), 1e-6  # filters and knots pass through single precision


def classical_admm() -> tuple[Estimates, Estimates, float]:
    physics, truth, y = problem(24)
    mask, filters = physics.mask.numpy(), dct_basis().double().numpy()
    expected = naive_admm(np.fft.fft2(truth[0, 0].numpy()) * mask, mask, filters, 0.2, 1.6, 0.06, 5)
    return estimates(dct_sparsity(0.2 * 0.06, 0.2, 1.6, 5), y, physics), images(expected), 1e-6


def tv() -> tuple[Estimates, Estimates, float]:
    """The length of the two differences at a pixel shrinks; from Aᴴy, so the start is not the X step."""
    physics, _, y = problem(24)
    penalty, turns = 0.4, 6
    mask, data = physics.mask.numpy(), y[0, 0].numpy()
    x = np.fft.ifft2(data, norm="ortho").real
    found, beta, spectrum = [x], np.zeros((2, *x.shape)), np.zeros((2, *x.shape), complex)
    for l, taps in enumerate(finite_differences(torch.float64).numpy()):
        spectrum[l, :3, :3] = taps
        spectrum[l] = np.fft.fft2(np.roll(spectrum[l], (-1, -1), (0, 1)))
    for _ in range(turns):
        shifted = np.fft.ifft2(spectrum * np.fft.fft2(x)).real + beta
        z = shifted * np.maximum(1 - 0.02 / penalty / np.maximum(np.hypot(*shifted), 1e-30), 0)
        beta = shifted - z
        above = np.fft.fft2(np.fft.ifft2(data, norm="ortho").real) + penalty * (
            spectrum.conj() * np.fft.fft2(z - beta)
        ).sum(0)
        x = np.fft.ifft2(above / (mask + penalty * (abs(spectrum) ** 2).sum(0))).real
        found.append(x)
    return estimates(total_variation(0.02, penalty, turns), y, physics), images(found), 1e-9


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


def guide() -> nn.Module:
    return total_variation(1e-3, turns=3)


HERE = "tests/mri/competition/test_"

CASES: dict[str, Case] = {
    "mddl_lib.mri.admm_net.ADMMNet": Case(lambda: ADMMNet(0), admm_net),
    "mddl_lib.compressive_imaging.admm_csnet.ADMMCSNet": Case(lambda: ADMMCSNet(2, 4, 3), admm_csnet),
    "mddl_lib.compressive_imaging.ista_net.ISTANet": Case(lambda: ISTANet(2, 8), ista_net),
    "mddl_lib.models.admm.total_variation": Case(lambda: total_variation(1e-3, turns=4), tv),
    "mddl_lib.models.admm.dct_sparsity": Case(lambda: dct_sparsity(0.01, turns=4), classical_admm),
    "mddl_lib.mri.competition.sidwt.sidwt": Case(
        lambda: sidwt(1e-3, levels=2, turns=3), HERE + "sidwt.py::test_it_is_the_loop_by_hand"
    ),
    "mddl_lib.mri.competition.recpf.recpf": Case(
        lambda: recpf(1e-3, 1e-3, levels=2, turns=3), HERE + "recpf.py::test_it_is_the_loop_by_hand"
    ),
    "mddl_lib.mri.competition.pano.pano": Case(
        lambda: pano(1e-3, guide=guide(), turns=3, updates=1), HERE + "pano.py::test_a_turn_is_a_plain_loop", True
    ),
    "mddl_lib.mri.competition.pbdw.pbdw": Case(
        lambda: pbdw(1e-3, step=4, turns=2, guide=guide()), HERE + "pbdw.py::test_it_is_the_plain_loop", True
    ),
    "mddl_lib.mri.competition.fdlcp.fdlcp": Case(
        lambda: fdlcp(1e-3, count=2, step=2, turns=2, updates=1, guide=guide()), 
        HERE + "fdlcp.py::test_it_is_admm_in_the_learned_frame", True
    ),
    "mddl_lib.mri.competition.bm3d_mri.bm3d_mri": Case(
        lambda: bm3d_mri(turns=2), HERE + "bm3d_mri.py::test_a_turn_is_a_plain_loop", True
    ),
    "mddl_lib.mri.competition.adapted_frame.adapted": Case(
        lambda: adapted(DirectionalFit(4, step=4), 1e-3, 0.02, 2, 1, guide()),
        HERE + "pbdw.py::test_a_turn_between_fits_is_the_turn_in_a_tight_frame", True,
    ),
}  # fmt: skip

EXEMPT = {
    "mddl_lib.core.unrolled.Unrolled": "the loop itself (tests/core/test_unrolled.py)",
    "mddl_lib.mri.authors.read_admm_net": "reads a file into an ADMMNet",
    "mddl_lib.compressive_imaging.authors.read_admm_csnet": "reads a file into an ADMMCSNet",
    "mddl_lib.compressive_imaging.authors.read_network": "reads a file into one of the two",
}

NO_RECONSTRUCTION: dict[str, str] = {}
"""names in the catalogue's NETWORKS that are no ``network(y, physics)``, and where their laws are held instead"""
