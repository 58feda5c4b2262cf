"""Four algorithms with a denoiser: their fixed points, one minimiser on total variation, bad input."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from mddl_lib.core.filters import finite_differences
from mddl_lib.core.shrinkage import group_soft, soft
from mddl_lib.core.unrolled import Unrolled, estimates
from mddl_lib.models.admm import ADMMTurn, ZeroFilled, total_variation
from mddl_lib.restoration.plug_and_play.algorithms import TURNS, annealed, plugged
from mddl_lib.restoration.plug_and_play.blur import Blur
from mddl_lib.restoration.plug_and_play.deblurring import gaussian
from mddl_lib.restoration.plug_and_play.monotone_frame import soft_frame
from tests.restoration.pieces import draw, picture

PHYSICS = Blur(gaussian(1.0, 5).double(), 0.02)
Y = PHYSICS.A(picture(16, 14)) + 0.02 * draw(1, 1, 16, 14, seed=3)
STRENGTH, PENALTY = 0.05, 0.3


def frame(image: Tensor, sigma: float) -> Tensor:
    """A proximal operator of a convex function, by hand."""
    return soft_frame(image, sigma, size=3)


def settled(name: str, turns: int = 1500) -> object:
    *_, last = plugged(name, frame, STRENGTH, PENALTY, turns).iterates(Y, PHYSICS)
    return last


@pytest.fixture(scope="module")
def ends() -> dict[str, object]:
    return {name: settled(name) for name in TURNS}


def pull(x: Tensor) -> Tensor:
    return PHYSICS.A_adjoint(PHYSICS.A(x) - Y) / PENALTY


def test_admm_and_primal_dual_meet_where_their_equation_says(ends: dict) -> None:
    x = ends["ADMM"].estimate
    torch.testing.assert_close(ends["primal-dual"].estimate, x, rtol=0, atol=1e-7)
    torch.testing.assert_close(frame(x - pull(x), STRENGTH), x, rtol=0, atol=1e-7)


def test_half_quadratic_splitting_and_red_meet_somewhere_else(ends: dict) -> None:
    x = ends["RED"].estimate
    torch.testing.assert_close(ends["half-quadratic splitting"].split, x, rtol=0, atol=1e-7)
    torch.testing.assert_close(frame(x, STRENGTH) - pull(x), x, rtol=0, atol=1e-7)
    assert (x - ends["ADMM"].estimate).abs().max() > 1e-2


def test_on_total_variation_primal_dual_finds_admms_minimiser() -> None:
    """D is total variation's proximal operator, itself computed by ADMM on a blur that blurs nothing."""
    still, weight = Blur(torch.ones(1, 1, dtype=torch.float64)), 0.02

    def prox(image: Tensor, sigma: float) -> Tensor:
        return total_variation(weight / PENALTY, 1.0, 300)(image, still)

    turn = ADMMTurn(finite_differences(), group_soft, weight, 1.0)
    expected = Unrolled.tied(ZeroFilled(), turn, 3000)(Y, PHYSICS)
    found = plugged("primal-dual", prox, STRENGTH, PENALTY, 120)(Y, PHYSICS)
    torch.testing.assert_close(found, expected, rtol=0, atol=5e-4)
    found = plugged("ADMM", prox, STRENGTH, PENALTY, 60)(Y, PHYSICS)
    torch.testing.assert_close(found, expected, rtol=0, atol=5e-4)
    assert (expected - PHYSICS.A_adjoint(Y)).abs().max() > 0.05


def test_with_soft_shrinkage_admm_is_the_textbooks_turn_by_turn() -> None:
    """ψ = t ‖·‖₁ of pixels: three lines by hand."""
    found = estimates(plugged("ADMM", lambda v, s: soft(v, s), STRENGTH, PENALTY, 5), Y, PHYSICS)
    z, u = PHYSICS.A_adjoint(Y), torch.zeros_like(Y)
    for turn in range(1, 6):
        x = PHYSICS.solve_normal(PHYSICS.A_adjoint(Y) + PENALTY * (z - u), PENALTY)
        z = (x + u).sign() * ((x + u).abs() - STRENGTH).clamp(min=0)
        u = u + x - z
        torch.testing.assert_close(found[turn], z)


def test_the_schedule_falls_and_its_first_image_can_be_a_guess() -> None:
    levels = []
    network = annealed(lambda v, s: levels.append(s) or v, 0.02, 0.5, 5, first=0.2, last=0.01)
    network(Y, PHYSICS)
    ratios = [b / a for a, b in itertools.pairwise(levels)]
    assert (levels[0], levels[-1]) == pytest.approx((0.2, 0.01))
    assert ratios == pytest.approx([ratios[0]] * 4)
    penalties = [stage.penalty for stage in network.stages]
    assert penalties == pytest.approx([0.5 * 0.02**2 / level**2 for level in levels])
    guessed = annealed(frame, 0.02, 0.5, 2, guess=lambda y, physics: torch.zeros_like(y))
    assert not next(guessed.iterates(Y, PHYSICS)).estimate.any()


def test_bad_input_is_named() -> None:
    with pytest.raises(KeyError, match="algorithm is 'Newton'"):
        plugged("Newton", frame, 0.1, 0.1)
    with pytest.raises(ValueError, match="penalty is 0"):
        plugged("ADMM", frame, 0.1, 0)
    with pytest.raises(TypeError, match="denoise is 3"):
        plugged("ADMM", 3, 0.1, 0.1)
    with pytest.raises(ValueError, match=r"the denoiser made \(1, 1, 3, 14\)"):
        plugged("ADMM", lambda v, s: v[..., :3, :], 0.1, 0.1)(Y, PHYSICS)
    with pytest.raises(ValueError, match="the measurement holds NaN"):
        plugged("ADMM", frame, 0.1, 0.1)(torch.full_like(Y, float("nan")), PHYSICS)
    with pytest.raises(ValueError, match="turns is 1"):
        annealed(frame, 0.1, 0.1, 1)
