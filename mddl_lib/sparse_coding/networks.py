"""The pursuit networks of this field by the name in a weights header."""

from __future__ import annotations

import importlib

from torch import nn


def _made(module: str, name: str, config: dict) -> nn.Module:
    return getattr(importlib.import_module(f"mddl_lib.sparse_coding.{module}"), name)(**config)


NETWORKS = {
    "lista": lambda config: _made("lista", "LISTA", config),
    "coupled_lista": lambda config: _made("coupled", "CoupledLISTA", config),
    "group_pursuit": lambda config: _made("structured", "GroupPursuit", config),
    "robust_pursuit": lambda config: _made("structured", "RobustPursuit", config),
}
"""How a file's ``network`` and ``config`` become a module."""
