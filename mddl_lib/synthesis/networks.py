"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _cycle_gan(config: dict) -> nn.Module:
    from mddl_lib.synthesis.players import CycleGAN

    return CycleGAN(**config)


def _generator(config: dict) -> nn.Module:
    from mddl_lib.synthesis.players import Generator

    return Generator(**config)


def _generators(config: dict) -> nn.Module:
    from mddl_lib.synthesis.players import Generators

    return Generators(**config)


NETWORKS = {"cycle_gan": _cycle_gan, "generator": _generator, "generators": _generators}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED: dict = {}
"""The authors publish no weights."""
