"""The pursuit networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _lista(config: dict) -> nn.Module:
    from mddl_lib.sparse_coding.lista import LISTA

    return LISTA(**config)


def _coupled(config: dict) -> nn.Module:
    from mddl_lib.sparse_coding.coupled import CoupledLISTA

    return CoupledLISTA(**config)


NETWORKS = {"lista": _lista, "coupled_lista": _coupled}
"""How a file's ``network`` and ``config`` become a module."""
