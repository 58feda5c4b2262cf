"""Cases of the laws for sparse coding: see tests/laws/kinds.py."""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.sparse_coding.dictionary import Dictionary, gaussian_dictionary
from mddl_lib.sparse_coding.structured import hierarchical_soft
from tests.laws.kinds import PhysicsCase, ShrinkageCase

MATRIX = gaussian_dictionary(4, 6).matrix.double()
DICTIONARY = Dictionary(MATRIX)
CODES = torch.randn(1, 1, 6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
HELD = "its measurements are signals, not images: tests/sparse_coding/test_networks.py holds the same laws"

PHYSICS = {"sparse_coding.dictionary.Dictionary": [PhysicsCase(lambda: Dictionary(MATRIX), (6, 1))]}


def hierarchical(a: Tensor) -> Tensor:
    """Rows of four entries, two groups of two, as codes (1, 1, 4, rows)."""
    return hierarchical_soft(a.T[None, None], 0.3, 0.4, 2)[0, 0].T


SIGNALS = torch.randn(1, 1, 4, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

SHRINKAGES = {
    "sparse_coding.dictionary.Dictionary.prox_l2": ShrinkageCase(
        lambda a: DICTIONARY.prox_l2(a[:, None, :, None], SIGNALS, 0.7)[:, 0, :, 0],
        lambda u: 0.35 * (DICTIONARY.A(u[:, None, :, None]) - SIGNALS).square().flatten(1).sum(1),
        6,
    ),
    "sparse_coding.structured.hierarchical_soft": ShrinkageCase(
        hierarchical, lambda u: 0.3 * u.abs().sum(1) + 0.4 * (u[:, :2].norm(dim=1) + u[:, 2:].norm(dim=1)), 4
    ),
}

CALLS = {
    "sparse_coding.coupled.CoupledLISTA": {"rows": 4, "columns": 6, "turns": 2},
    "sparse_coding.coupled.trusting_soft": {"x": CODES, "threshold": torch.tensor(0.1), "kept": 1},
    "sparse_coding.dictionary.Dictionary": {"matrix": MATRIX},
    "sparse_coding.dictionary.analytic_weight": {"matrix": MATRIX},
    "sparse_coding.dictionary.as_dictionary": {"physics": DICTIONARY},
    "sparse_coding.dictionary.cosine_dictionary": {"side": 4, "along": 5},
    "sparse_coding.dictionary.gaussian_dictionary": {"rows": 4, "columns": 6},
    "sparse_coding.lista.LISTA": {"rows": 4, "columns": 6, "turns": 2},
    "sparse_coding.pursuit.ShrinkageTurn": {"penalty": 0.1, "lipschitz": 2.0},
    "sparse_coding.setting.nmse_db": {"found": CODES, "codes": CODES},
    "sparse_coding.structured.hierarchical_soft": {"x": CODES, "threshold": 0.1, "group_threshold": 0.1, "size": 2},
    "sparse_coding.structured.GroupPursuit": {"rows": 4, "columns": 8, "turns": 2, "size": 4},
    "sparse_coding.structured.RobustPursuit": {"rows": 4, "components": 2, "turns": 2},
}

NO_CASE = {
    "sparse_coding.coupled.trusting_soft as a shrinkage": "no proximal operator: whether an entry shrinks depends on the others",
    **{
        f"sparse_coding.{name}": "a part of a network, which checks its sizes; what it is given is checked by the physics"
        for name in (
            "coupled.CoupledLayer",
            "coupled.Weight",
            "lista.Encoder",
            "lista.Layer",
            "structured.GroupLayer",
            "structured.RobustLayer",
            "pursuit.FromZero",
        )
    },
    "sparse_coding.for_the_page.described": "what it refuses is in tests/pages/test_live_pursuit.py",
    "sparse_coding.lista.fitting": "the networks' from_algorithm refuses by it (tests/sparse_coding/test_networks.py)",
    "sparse_coding.objectives.LayerErrors": "made by SparseVectors from a recipe (tests/sparse_coding/test_training.py)",
    "sparse_coding.objectives.SparseVectors": "a record of the plans",
    "sparse_coding.pursuit.fista": "a dictionary and the constants of ShrinkageTurn",
    "sparse_coding.pursuit.ista": "a dictionary and the constants of ShrinkageTurn",
    "sparse_coding.pursuit.lasso": "the dictionary checks the shapes (tests/sparse_coding/test_networks.py)",
    "sparse_coding.scoring.Sets": "a record of the table",
    "sparse_coding.scoring.cells": "cells of a table; their parts check",
    "sparse_coding.scoring.column": "a name of a fixed list; another is refused (tests/sparse_coding/test_training.py)",
    "sparse_coding.scoring.layer_errors": "what it refuses is in tests/sparse_coding/test_training.py",
    "sparse_coding.scoring.score": "what it refuses is in tests/sparse_coding/test_training.py",
    "sparse_coding.setting.Setting": "a record; what it refuses is in tests/sparse_coding/test_classical.py",
    "sparse_coding.coupled.CoupledLISTA as a network": HELD,
    "sparse_coding.lista.LISTA as a network": HELD,
    "sparse_coding.structured.GroupPursuit as a network": HELD,
    "sparse_coding.structured.RobustPursuit as a network": HELD,
    "sparse_coding.pursuit.ista as a network": HELD,
    "sparse_coding.pursuit.fista as a network": HELD,
}
