"""The networks of this field by the name in a weights header, and those that their authors publish."""

from __future__ import annotations

from torch import nn


def _admm_net(config: dict) -> nn.Module:
    from mddl_lib.mri.admm_net import ADMMNet

    return ADMMNet(**config)


def _admm_net15_authors() -> nn.Module:
    from data_fetch import load
    from mddl_lib.mri.authors import read_admm_net

    return read_admm_net(load("admm_net_author").path("net-stage15.mat"))


NETWORKS = {"admm_net": _admm_net}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED = {"admm_net15_brain_20_authors": _admm_net15_authors}
"""Networks whose weights their authors publish: fetched and verified, not shipped."""
