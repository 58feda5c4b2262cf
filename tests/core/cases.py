"""Cases of the laws for the mathematics that all share: see tests/laws/kinds.py."""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core.collaborative_filter import GroupTransform, dct_matrix
from mddl_lib.core.filters import finite_differences
from mddl_lib.core.masks import cartesian, pseudo_radial, variable_density
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.shrinkage import PiecewiseLinear, group_soft, hard, soft
from mddl_lib.models.admm import ADMMTurn, ZeroFilled, dct_sparsity
from tests.laws.kinds import PhysicsCase, ShrinkageCase
from tests.laws.pieces import MEASURED, PROBLEM, X, draw, whole

FILTERS = finite_differences(torch.float64)
GROUPS = GroupTransform(whole(3, 4), dct_matrix(4), (16, 16))
SHRINK = PiecewiseLinear(2).double()
IMAGES = {"estimate": X + 1, "truth": X + 2}

T = 0.6


def learned(a: Tensor) -> Tensor:
    """As made with its threshold on a knot, the learned shrinkage is soft shrinkage; its knots reach to ±8 here."""
    layer = PiecewiseLinear(1, knots=161, reach=8.0, threshold=T).double()
    with torch.no_grad():
        layer.values.copy_(soft(torch.linspace(-8, 8, 161, dtype=torch.float64), T))
        return layer(a[:, None])[:, 0]


def data_term() -> ShrinkageCase:
    """γ/2 ‖Ax − y‖² of 4 × 4 images: the physics' own proximal operator; that of the conjugate is Moreau's."""
    physics, gamma = MaskedFourier(cartesian((4, 4), 0.5, 0)), 0.7
    y = physics.A(torch.randn(1, 1, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(9)))

    def images(a: Tensor) -> Tensor:
        return a.view(-1, 1, 4, 4)

    return ShrinkageCase(
        lambda a: physics.prox_l2(images(a), y.expand(len(a), -1, -1, -1), gamma).flatten(1),
        lambda u: gamma / 2 * (physics.A(images(u)) - y).abs().square().flatten(1).sum(1),
        size=16,
    )


def box(a: Tensor) -> Tensor:
    """The proximal operator of the conjugate of t‖·‖₁: the projection onto [−t, t]."""
    return a.clamp(-T, T)


PHYSICS = {
    "core.physics.MaskedFourier": [
        PhysicsCase(lambda: MaskedFourier(pseudo_radial((6, 7), 0.4)), (6, 7), unitary=True),
        PhysicsCase(
            lambda: MaskedFourier(cartesian((8, 6), 0.4, 0)), (8, 6)
        ),  # Re Fᴴ m F is no projection: m(k) ≠ m(−k)
        PhysicsCase(lambda: MaskedFourier(variable_density((7, 6), 0.4, 1), real=False), (7, 6), True, unitary=True),
        PhysicsCase(lambda: MaskedFourier(torch.ones(5, 8)), (5, 8), unitary=True),
    ],
}

SHRINKAGES = {
    "core.shrinkage.soft": ShrinkageCase(lambda a: soft(a, T), lambda u: T * u.abs().sum(1), 3, conjugate=box),
    "core.shrinkage.hard": ShrinkageCase(
        lambda a: hard(a, T), lambda u: T**2 / 2 * (u.abs() > 1e-9).double().sum(1), 2, convex=False
    ),
    "core.shrinkage.group_soft": ShrinkageCase(
        lambda a: group_soft(a, T), lambda u: T * u.norm(dim=1), 2,
        conjugate=lambda a: a * (T / a.norm(dim=1, keepdim=True)).clamp_max(1),
    ),
    "core.shrinkage.PiecewiseLinear": ShrinkageCase(learned, lambda u: T * u.abs().sum(1), conjugate=box),
    "core.physics.MaskedFourier.prox_l2": data_term(),
}  # fmt: skip

CALLS = {
    "core.collaborative_filter.dct_matrix": {"size": 4},
    "core.collaborative_filter.haar_matrix": {"size": 4},
    "core.collaborative_filter.GroupTransform": {"matches": whole(3, 4), "basis": dct_matrix(4), "shape": (16, 16)},
    "core.collaborative_filter.principal_components": {"image": X, "matches": whole(3, 4), "size": 4},
    "core.collaborative_filter.hard_threshold": {"image": X, "transform": GROUPS, "threshold": 0.1},
    "core.collaborative_filter.wiener": {"image": X, "pilot": X, "transform": GROUPS, "sigma": 0.1},
    "core.convolutions.spread": {"x": X, "kernel": draw(2, 1, 3, 3), "bias": draw(2)},
    "core.convolutions.gather": {"z": draw(1, 2, 16, 16), "kernel": draw(1, 2, 3, 3), "bias": draw(1)},
    "core.convolutions.put_shifts": {"taps": draw(1, 9, 256), "size": 3, "shape": (16, 16), "forward": True},
    "core.filters.dct_basis": {},
    "core.filters.check_filters": {"filters": FILTERS},
    "core.filters.analyse": {"x": X, "filters": FILTERS},
    "core.filters.synthesise": {"z": draw(1, 2, 16, 16), "filters": FILTERS},
    "core.filters.spectrum": {"filters": FILTERS, "shape": (16, 16)},
    "core.filters.power_spectrum": {"filters": FILTERS, "weights": draw(2), "shape": (16, 16)},
    "core.masks.pseudo_radial": {"shape": (16, 16), "ratio": 0.3},
    "core.masks.variable_density": {"shape": (16, 16), "ratio": 0.3, "seed": 0},
    "core.masks.cartesian": {"shape": (16, 16), "ratio": 0.3, "seed": 0},
    "core.masks.checked": {"mask": torch.ones(4, 4)},
    "core.masks.is_symmetric": {"mask": torch.ones(4, 4)},
    "core.masks.mirrored": {"mask": torch.ones(4, 4)},
    "core.metrics.nmse": IMAGES,
    "core.metrics.relative_error": IMAGES,
    "core.metrics.nmse_by_estimate": IMAGES,
    "core.metrics.psnr": IMAGES,
    "core.metrics.ssim": IMAGES,
    "core.normal_equations.zero_filled": MEASURED,
    "core.normal_equations.solve_normal": {"physics": PROBLEM, "right": X, "penalty": 0.3},
    "core.normal_equations.conjugate_gradients": {"operator": lambda x: 2 * x, "right": X},
    "core.patches.corners": {"shape": (16, 16), "step": 4},
    "core.patches.patch_index": {"corner": whole(3), "shape": (16, 16), "size": 4},
    "core.patches.take": {"image": X, "index": whole(3, 4)},
    "core.patches.put": {"patches": draw(3, 4), "index": whole(3, 4), "shape": (16, 16)},
    "core.patches.coverage": {"index": whole(3, 4), "shape": (16, 16)},
    "core.patches.match": {"image": X, "size": 4, "step": 2, "radius": 2, "count": 3},
    "core.physics.MaskedFourier": {"mask": torch.ones(4, 4)},
    "core.shrinkage.soft": {"x": X, "threshold": 0.1},
    "core.shrinkage.hard": {"x": X, "threshold": 0.1},
    "core.shrinkage.group_soft": {"x": X, "threshold": 0.1},
    "core.shrinkage.PiecewiseLinear": {"channels": 2},
    "core.shrinkage.decreasing_share": {"shrinkage": SHRINK, "activations": draw(1, 2, 16, 16)},
    "core.unrolled.Unrolled": {"start": ZeroFilled(), "stages": [ADMMTurn(FILTERS, soft, 0.1, 0.1)]},
    "core.unrolled.estimates": {"network": dct_sparsity(0.1, turns=1), **MEASURED},
    "core.wavelets.ShiftInvariantWavelets": {"levels": 2},
    "core.wavelets.OrthogonalWavelets": {"levels": 2},
}

NO_CASE = {
    "core.arguments": "takes any value: these are the checks",
    "core.filters.finite_differences": "takes a dtype only",
    "core.unrolled.in_precision_of": "leaves alone what is no module and no number",
    "core.unrolled.place_of": "takes anything: what is no module lies nowhere",
    "core.unrolled.Unrolled as a network": "the loop itself (tests/core/test_unrolled.py)",
    "core.shrinkage.decreasing_share as a shrinkage": "a number about a shrinkage",
    "core.collaborative_filter.hard_threshold as a shrinkage": "a filter that averages the estimates of overlapping groups",
}
