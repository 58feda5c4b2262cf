"""Cases of the laws for the public checkers themselves: see tests/laws/kinds.py."""

from __future__ import annotations

from mddl_lib.models.admm import dct_sparsity
from tests.laws.pieces import MEASURED, PROBLEM, draw

NETWORK = dct_sparsity(0.01, turns=1)

CALLS = {
    "check.adjointness.adjoint": {"physics": PROBLEM},
    "check.algorithms.is_algorithm": {"network": NETWORK, "algorithm": NETWORK, **MEASURED},
    "check.moreau.jacobian": {"map_": lambda x: x, "image": draw(1, 1, 3, 3)},
    "check.moreau.jacobian_laws": {"map_": lambda x: x, "image": draw(1, 1, 3, 3)},
    "check.moreau.convex_proximal": {"map_": lambda x: x, "image": draw(1, 1, 3, 3)},
    "check.proximal.proximal_operator": {"prox": lambda a: a, "function": lambda u: 0 * u.sum(1)},
}

NO_CASE = {
    "check.errors.hold": "takes numbers that were measured, NaN too",
    "check.proximal.proximal_operator as a shrinkage": "the check itself",
}
