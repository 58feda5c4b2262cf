"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _at_half_size(config: dict) -> nn.Module:
    from mddl_lib.synthesis.game.resolution import AtHalfSize

    return AtHalfSize(**config)


def _both_ways(config: dict) -> nn.Module:
    from mddl_lib.synthesis.game.resolution import BothWays

    return BothWays(**config)


NETWORKS = {
    "generator_at_half_size": _at_half_size,
    "generators_at_half_size": _both_ways,
}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED: dict = {}
"""The authors publish no weights."""
