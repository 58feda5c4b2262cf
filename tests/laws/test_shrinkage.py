"""Every shrinkage and proximal operator, against brute-force minimisation; nonexpansive and Moreau's where it says so."""

from __future__ import annotations

import pytest
import torch

from mddl_lib import check
from mddl_lib.core.shrinkage import group_soft, soft
from tests.laws import discovery
from tests.laws.kinds import ShrinkageCase

CASES: dict[str, ShrinkageCase] = discovery.cases("SHRINKAGES")


def test_every_shrinkage_has_a_case() -> None:
    fault = discovery.compare(discovery.proximal(), CASES, discovery.no_case("shrinkage"))
    assert not fault, fault


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_proximal_operator(name: str) -> None:
    case = CASES[name]
    check.proximal_operator(
        case.prox, case.function, size=case.size, convex=case.convex, conjugate=case.conjugate, tolerance=1e-9
    )


def test_complex_numbers_shrink_as_pairs() -> None:
    """Soft shrinkage of a complex number is group_soft of its two parts: the modulus shrinks, the phase stays."""
    a = torch.randn(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    pair = torch.view_as_real(soft(torch.view_as_complex(a), 0.6))
    torch.testing.assert_close(pair, group_soft(a, 0.6), rtol=0, atol=1e-12)
