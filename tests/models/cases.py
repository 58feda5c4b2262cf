"""Cases of the laws for the classical energies and their solvers: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.core.filters import dct_basis, finite_differences
from mddl_lib.core.shrinkage import PiecewiseLinear, soft
from mddl_lib.core.unrolled import estimates
from mddl_lib.core.wavelets import ShiftInvariantWavelets
from mddl_lib.models.admm import dct_sparsity, total_variation
from mddl_lib.models.dense import decompose
from mddl_lib.models.dictionary import cosine_dictionary
from mddl_lib.models.ista import frame_shrinkage
from mddl_lib.models.split import split_huber
from mddl_lib.restoration.physics import Denoising
from tests.laws.kinds import Estimates, NetworkCase
from tests.laws.pieces import MEASURED, PROBLEM, X, draw, images
from tests.mri.test_identity import naive_admm
from tests.problems import problem

FILTERS = finite_differences(torch.float64)
SHRINK = PiecewiseLinear(2).double()
FRAME = ShiftInvariantWavelets(2)
PARTS = decompose(Denoising(0.1), (4, 4))
UNIT = cosine_dictionary(3, 4)


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


def split() -> tuple[Estimates, Estimates, float]:
    physics, _, y = problem(24)
    network = ADMMCSNet(3, 24).double().from_algorithm(0.3, 0.7, 0.9, 0.02)
    return estimates(split_huber(0.3, 0.02, 0.9, 0.7, turns=3), y, physics), estimates(network, y, physics), 1e-6


def shrunk_frame() -> tuple[Estimates, Estimates, float]:
    physics, _, y = problem(24)
    network = ISTANet(3).double().from_algorithm(0.8, 0.03).eval()
    return estimates(frame_shrinkage(0.8, 0.03, turns=3), y, physics), estimates(network, y, physics), 1e-6


NETWORKS = {
    "models.split.split_huber": NetworkCase(lambda: split_huber(turns=4), split),
    "models.ista.frame_shrinkage": NetworkCase(lambda: frame_shrinkage(turns=4), shrunk_frame),
    "models.admm.total_variation": NetworkCase(lambda: total_variation(1e-3, turns=4), tv),
    "models.admm.dct_sparsity": NetworkCase(lambda: dct_sparsity(0.01, turns=4), classical_admm),
}

CALLS = {
    "models.admm.ZeroFilled": {},
    "models.admm.Regularised": {"filters": FILTERS, "penalty": 0.1},
    "models.admm.ADMMTurn": {"filters": FILTERS, "shrinkage": soft, "weight": 0.1, "penalty": 0.1},
    "models.admm.total_variation": {"weight": 0.1},
    "models.admm.dct_sparsity": {"weight": 0.1},
    "models.split.SplitStartByHand": {"penalty": 0.1},
    "models.split.SplitTurn": {"penalty": 0.1, "bend": 0.02, "step": 1.0, "rate": 1.0},
    "models.split.split_huber": {},
    "models.ista.FrameShrinkageTurn": {"step": 1.0, "threshold": 0.01},
    "models.ista.frame_shrinkage": {},
    "models.admm.energy": {"x": X, "filters": FILTERS, "weight": 0.1, **MEASURED},
    "models.admm.data_misfit": {"x": X, **MEASURED},
    "models.tight_frame.FrameTurn": {"frame": FRAME, "weight": 0.1, "penalty": 0.1},
    "models.tight_frame.frame_energy": {"x": X, "frame": FRAME, "weight": 0.1, **MEASURED},
    "models.dense.matrix_of": {"physics": PROBLEM, "shape": (16, 16)},
    "models.dense.decompose": {"physics": PROBLEM, "shape": (16, 16)},
    "models.dense.unseen": {"parts": PARTS, "image": draw(1, 1, 4, 4)},
    "models.dense.truncated": {"parts": PARTS, "y": draw(1, 1, 4, 4), "kept": 3},
    "models.sparse_energy.SmoothedDescentTurn": {"frame": FRAME, "weight": 0.1},
    "models.sparse_energy.ISTATurn": {"frame": FRAME, "weight": 0.1},
    "models.sparse_energy.FISTATurn": {"frame": FRAME, "weight": 0.1},
    "models.sparse_energy.solvers": {"frame": FRAME, "weight": 0.1, "turns": 2},
    "models.sparse_energy.bound_of": {"physics": PROBLEM, "shape": (16, 16), "turns": 2},
    "models.dictionary.cosine_dictionary": {"size": 3, "atoms": 4},
    "models.dictionary.pursuit": {"signals": draw(5, 9), "dictionary": UNIT, "error": 0.1},
    "models.dictionary.k_svd": {"signals": draw(5, 9), "dictionary": UNIT, "error": 0.1, "turns": 1},
    "models.dictionary.patches_of": {"image": draw(8, 7), "size": 3},
    "models.dictionary.denoise": {"noisy": draw(8, 7), "sigma": 0.1, "dictionary": UNIT},
    "models.dictionary.learned_from": {"noisy": draw(8, 7), "sigma": 0.1, "size": 3, "atoms": 4, "turns": 1},
    "models.learned_gradient.learned_gradient": {
        "v": X, "first": draw(2, 1, 3, 3), "bias": draw(2), "shrinkage": SHRINK, "second": draw(1, 2, 3, 3)
    },
}  # fmt: skip

NO_CASE = {
    "models.admm.FixedSpectrum": "takes nothing",
    "models.tight_frame.check_frame": "a check itself",
    "models.one_dimensional": "what they refuse stands in tests/models/test_one_dimensional.py",
}
