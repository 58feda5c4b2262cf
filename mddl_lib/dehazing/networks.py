"""The networks of this field by the name in a weights header, and those whose weights their authors publish."""

from __future__ import annotations

import functools

from torch import nn


def _proximal(config: dict) -> nn.Module:
    from mddl_lib.dehazing.proximal_net import ProximalDehazeNet

    return ProximalDehazeNet(**config)


def _authors(name: str) -> nn.Module:
    from data_fetch import load
    from mddl_lib.dehazing.authors import from_authors

    return from_authors(next(sample.parts for sample in load("dehaze_author") if sample.name == name))


def _baseline(name: str) -> nn.Module:
    from data_fetch import load
    from mddl_lib.dehazing.rivals import aod_net, dehaze_net, multi_scale

    arrays = {sample.name: sample.parts for sample in load("dehaze_baseline_nets")}
    if name == "dehaze_net":
        return dehaze_net.from_matlab(arrays["dehaze"])
    if name == "multi_scale_net":
        return multi_scale.from_matlab(arrays["MSCNNDehazing_CL"], arrays["MSCNNDehazing_FL"])
    return aod_net.from_caffe(arrays["AOD_Net"])


NETWORKS = {"proximal_dehaze_net": _proximal}
"""How a file's ``network`` and ``config`` become a module."""

RELEASED = {
    "proximal_dehaze_net_ours": "net-ours-s1",
    "proximal_dehaze_net_reside": "net-reside-s1",
    "proximal_dehaze_net_reside2": "net-res-s2",
}
"""our name → the authors' file"""

DOWNLOADED = {
    **{name: functools.partial(_authors, file) for name, file in RELEASED.items()},
    **{name: functools.partial(_baseline, name) for name in ("dehaze_net", "multi_scale_net", "aod_net")},
}
"""Networks whose weights their authors publish."""
