"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _adder(config: dict) -> nn.Module:
    from mddl_lib.deep.adding import Adder

    return Adder(**config)


def _ring_game(config: dict) -> nn.Module:
    from mddl_lib.deep.ring_game import RingGame

    return RingGame(**config)


def _unet(config: dict) -> nn.Module:
    from mddl_lib.deep.unet import UNet

    return UNet(**config)


NETWORKS = {"adder": _adder, "ring_game": _ring_game, "unet": _unet}
"""How a file's ``network`` and ``config`` become a module."""
