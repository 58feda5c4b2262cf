"""Every shrinkage and proximal operator, against brute-force minimisation; nonexpansive and Moreau's where it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from mddl_lib import check
from mddl_lib.core.masks import cartesian
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.shrinkage import PiecewiseLinear, group_soft, hard, soft
from mddl_lib.mri.competition.pano import soft_but_means
from mddl_lib.mri.competition.sidwt import soft_details
from tests.laws import discovery

T = 0.6
Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Case:
    prox: Map
    function: Map
    size: int = 1
    convex: bool = True
    conjugate: Map | None = None


def learned(a: Tensor) -> Tensor:
    """As made with its threshold on a knot, the learned shrinkage is soft shrinkage; its knots reach to ±8 here."""
    layer = PiecewiseLinear(1, knots=161, reach=8.0, threshold=T).double()
    with torch.no_grad():
        layer.values.copy_(soft(torch.linspace(-8, 8, 161, dtype=torch.float64), T))
        return layer(a[:, None])[:, 0]


def data_term() -> Case:
    """γ/2 ‖Ax − y‖² of 4 × 4 images: the physics' own proximal operator; that of the conjugate is Moreau's."""
    physics, gamma = MaskedFourier(cartesian((4, 4), 0.5, 0)), 0.7
    y = physics.A(torch.randn(1, 1, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(9)))

    def images(a: Tensor) -> Tensor:
        return a.view(-1, 1, 4, 4)

    return Case(
        lambda a: physics.prox_l2(images(a), y.expand(len(a), -1, -1, -1), gamma).flatten(1),
        lambda u: gamma / 2 * (physics.A(images(u)) - y).abs().square().flatten(1).sum(1),
        size=16,
    )


def box(a: Tensor) -> Tensor:
    """The proximal operator of the conjugate of t‖·‖₁: the projection onto [−t, t]."""
    return a.clamp(-T, T)


CASES: dict[str, Case] = {
    "mddl_lib.core.shrinkage.soft": Case(lambda a: soft(a, T), lambda u: T * u.abs().sum(1), 3, conjugate=box),
    "mddl_lib.core.shrinkage.hard": Case(
        lambda a: hard(a, T), lambda u: T**2 / 2 * (u.abs() > 1e-9).double().sum(1), 2, convex=False
    ),
    "mddl_lib.core.shrinkage.group_soft": Case(
        lambda a: group_soft(a, T), lambda u: T * u.norm(dim=1), 2,
        conjugate=lambda a: a * (T / a.norm(dim=1, keepdim=True)).clamp_max(1),
    ),
    "mddl_lib.core.shrinkage.PiecewiseLinear": Case(learned, lambda u: T * u.abs().sum(1), conjugate=box),
    "mddl_lib.mri.competition.sidwt.soft_details": Case(
        lambda a: soft_details(a, T), lambda u: T * u[:, 1:].abs().sum(1), 4,
        conjugate=lambda a: torch.cat([0 * a[:, :1], box(a[:, 1:])], 1),
    ),
    "mddl_lib.mri.competition.pano.soft_but_means": Case(
        # (N, 4) are N groups of two patches of two pixels
        lambda a: soft_but_means(a.view(-1, 2, 2).movedim(0, 1), T).movedim(1, 0).reshape(-1, 4),
        lambda u: T * u[:, 1:].abs().sum(1), 4,
    ),
    "mddl_lib.core.physics.MaskedFourier.prox_l2": data_term(),
}  # fmt: skip

EXEMPT = {
    "mddl_lib.core.shrinkage.decreasing_share": "a number about a shrinkage",
    "mddl_lib.core.collaborative_filter.hard_threshold": "a filter that averages the estimates of overlapping groups",
    "mddl_lib.mri.competition.fdlcp.learn_dictionary": "alternates two minimisations; the objective falls (tests/mri/competition)",
    "mddl_lib.mri.competition.fdlcp.dictionary_objective": "the objective itself",
    "mddl_lib.mri.admm_net_gradients.shrinkage": "the derivative of a layer, held to autograd (tests/mri)",
    "mddl_lib.check.proximal.proximal_operator": "the check itself",
}


def test_every_shrinkage_has_a_case() -> None:
    missing, gone = discovery.without_case(discovery.proximal(), CASES, EXEMPT)
    assert not missing, f"{missing}: give each a case in {__name__}"
    assert not gone


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_proximal_operator(name: str) -> None:
    case = CASES[name]
    check.proximal_operator(
        case.prox, case.function, size=case.size, convex=case.convex, conjugate=case.conjugate, tolerance=1e-9
    )


def test_complex_numbers_shrink_as_pairs() -> None:
    """Soft shrinkage of a complex number is group_soft of its two parts: the modulus shrinks, the phase stays."""
    a = torch.randn(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    pair = torch.view_as_real(soft(torch.view_as_complex(a), T))
    torch.testing.assert_close(pair, group_soft(a, T), rtol=0, atol=1e-12)
