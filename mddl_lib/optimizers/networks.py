"""The learned optimizers of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _learned(name: str, config: dict) -> nn.Module:
    from mddl_lib.optimizers import learned

    return getattr(learned, name)(**config)


NETWORKS = {
    "dmoptimizer": lambda config: _learned("DMoptimizer", config),
    "hyperadam": lambda config: _learned("HyperAdam", config),
    "rnnprop": lambda config: _learned("RNNprop", config),
}
"""How a file's ``network`` and ``config`` become a module."""
