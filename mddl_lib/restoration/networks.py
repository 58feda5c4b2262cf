"""The networks of this field by the name in a weights header, and those that their authors publish."""

from __future__ import annotations

from torch import nn


def _learned_descent(config: dict) -> nn.Module:
    from mddl_lib.restoration.range_field.descent import LearnedDescent

    return LearnedDescent(**config)


def _dncnn(config: dict) -> nn.Module:
    from mddl_lib.restoration.denoiser import DnCNN

    return DnCNN(**config)


def _monotone_frame(config: dict) -> nn.Module:
    from mddl_lib.restoration.plug_and_play.monotone_frame import MonotoneFrame

    return MonotoneFrame(**config)


def _dncnn_25_authors() -> nn.Module:
    from data_fetch import load
    from mddl_lib.restoration.denoiser import read_kair

    return read_kair(load("dncnn_kair").path("dncnn_25.pth"))


NETWORKS = {"learned_descent": _learned_descent, "dncnn": _dncnn, "monotone_frame": _monotone_frame}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED = {"dncnn_25_authors": _dncnn_25_authors}
"""Networks whose weights their authors publish: fetched and verified, not shipped."""
