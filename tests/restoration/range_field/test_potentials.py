"""A potential's influence is its derivative, and its steepest slope is a bound."""

from __future__ import annotations

import math

import pytest
import torch

from mddl_lib.restoration.range_field.potentials import POTENTIALS, RadialBasis, StudentT
from tests.restoration.pieces import scattered

RESPONSES = torch.linspace(-1.9, 1.9, 5003, dtype=torch.float64)  # beyond the knots' reach of .6 too


def responses() -> torch.Tensor:
    return RESPONSES.expand(1, 3, 1, -1).clone()


@pytest.mark.parametrize("name", POTENTIALS)
def test_the_influence_is_the_derivative_of_the_value(name: str) -> None:
    potential = scattered(POTENTIALS[name](3, 0.1))
    t = responses().requires_grad_()
    (slope,) = torch.autograd.grad(potential.value(t).sum(), t)
    torch.testing.assert_close(potential.influence(t), slope, rtol=1e-10, atol=1e-12)
    value, step = potential.value(t).detach(), float(RESPONSES[1] - RESPONSES[0])
    central = (value[..., 2:] - value[..., :-2]) / (2 * step)
    assert (central - slope[..., 1:-1]).abs().max() < 1e-2 * slope.abs().max()  # at a knot, half a slope's jump


@pytest.mark.parametrize("name", POTENTIALS)
def test_the_steepest_slope_bounds_and_is_reached(name: str) -> None:
    potential = scattered(POTENTIALS[name](3, 0.1))
    slopes = potential.influence(responses()).detach()[0, :, 0].diff(dim=1).abs() / (RESPONSES[1] - RESPONSES[0])
    steepest = potential.steepest().detach()
    assert (slopes <= steepest[:, None] * (1 + 1e-9)).all()
    torch.testing.assert_close(slopes.amax(1), steepest, rtol=2e-3, atol=0)


@pytest.mark.parametrize("name", POTENTIALS)
def test_nothing_costs_nothing(name: str) -> None:
    potential = scattered(POTENTIALS[name](3, 0.1))
    assert float(potential.value(torch.zeros(1, 3, 1, 1, dtype=torch.float64)).detach().abs().max()) < 1e-15


def test_radial_basis_functions_interpolate_the_student_t_potential() -> None:
    hats, exact = RadialBasis(3, 0.1).double(), StudentT(3, 0.1).double()
    knots = (0.1 * hats.curve.positions().double()).expand(1, 3, 1, -1)
    torch.testing.assert_close(hats.influence(knots), exact.influence(knots), rtol=1e-6, atol=1e-9)
    assert float((hats.influence(responses()) - exact.influence(responses()))[..., 1800:3200].abs().max()) < 2e-3
    a, b, t = 0.2, 1.0, 0.07
    expected = 0.01 * a * math.log(1 + (b * t / 0.1) ** 2 / 2)
    found = float(exact.value(torch.full((1, 3, 1, 1), t, dtype=torch.float64)).mean())
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", POTENTIALS)
@pytest.mark.parametrize(("channels", "sigma"), [(0, 0.1), (2, 0.0), (2, float("inf"))])
def test_bad_numbers_are_named(name: str, channels: int, sigma: float) -> None:
    with pytest.raises(ValueError, match=f"channels is {channels}" if channels < 1 else f"sigma is {sigma}"):
        POTENTIALS[name](channels, sigma)
