"""Cases of the laws for compressive imaging: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.unrolled import estimates
from tests.compressive_imaging.test_admm_csnet import inner_step_admm
from tests.compressive_imaging.test_ista_net import ista
from tests.laws.kinds import Estimates, NetworkCase
from tests.laws.pieces import images
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


NETWORKS = {
    "compressive_imaging.admm_csnet.ADMMCSNet": NetworkCase(lambda: ADMMCSNet(2, 4, 3), admm_csnet),
    "compressive_imaging.ista_net.ISTANet": NetworkCase(lambda: ISTANet(2, 8), ista_net),
}

CALLS = {
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
    "compressive_imaging.authors.read_admm_csnet as a network": "reads a file into an ADMMCSNet",
    "compressive_imaging.authors.read_network as a network": "reads a file into one of two networks",
}
