"""The networks of this field by the name in a weights header, and those that their authors publish."""

from __future__ import annotations

import functools

from torch import nn


def _admm_csnet(config: dict) -> nn.Module:
    from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet

    return ADMMCSNet(**config)


def _general_admm_csnet(config: dict) -> nn.Module:
    from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet

    return GeneralADMMCSNet(**config)


def _ista_net(config: dict) -> nn.Module:
    from mddl_lib.compressive_imaging.ista_net import ISTANet

    return ISTANet(**config)


def _authors(file: str) -> nn.Module:
    from data_fetch import load
    from mddl_lib.compressive_imaging.authors import read_admm_csnet

    return read_admm_csnet(load("admm_csnet_author").path(file))


def _general_authors(file: str) -> nn.Module:
    from data_fetch import load
    from mddl_lib.compressive_imaging.general_authors import read_general

    return read_general(load("admm_csnet_author").path(file))


NETWORKS = {"admm_csnet": _admm_csnet, "general_admm_csnet": _general_admm_csnet, "ista_net": _ista_net}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED = {
    "admm_csnet10_brain_20_authors": functools.partial(_authors, "NET-Pseudo-radial-0.2-real-S10.mat"),
    "admm_csnet10_complex_cartesian_30_authors": functools.partial(_authors, "NET-1D-Cartesian-0.3-complex-S10.mat"),
    "admm_csnet10_diffraction_10_authors": functools.partial(_general_authors, "Net-Diffraction-0.1-S10.mat"),
    "admm_csnet10_hadamard_30_authors": functools.partial(_general_authors, "Net-Hadamard-0.3-S10.mat"),
    "admm_csnet10_complex_random_20_authors": functools.partial(_authors, "NET-2D-random-0.2-complex-S10.mat"),
}
"""Networks whose weights their authors publish: fetched and verified, not shipped."""
