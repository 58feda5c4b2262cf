"""Shrinkage functions as proximal operators, and the piecewise-linear one against numpy, with its gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from mddl_lib.core.shrinkage import PiecewiseLinear, decreasing_share, group_soft, hard, soft

GRID = torch.linspace(-3, 3, 60001, dtype=torch.float64)


def brute_force(penalty: Tensor, a: float) -> float:
    """argmin over the grid of penalty(u) + (u − a)²/2."""
    return float(GRID[(penalty + (GRID - a) ** 2 / 2).argmin()])


@pytest.mark.parametrize("threshold", [0.0, 0.05, 0.7])
def test_soft_is_the_proximal_operator_of_the_modulus(threshold: float) -> None:
    points = torch.linspace(-2, 2, 41, dtype=torch.float64)
    expected = [brute_force(threshold * GRID.abs(), float(a)) for a in points]
    np.testing.assert_allclose(soft(points, threshold).numpy(), expected, atol=6e-5)


def test_hard_is_the_proximal_operator_of_counting() -> None:
    threshold = 0.6
    points = torch.linspace(-2, 2, 38, dtype=torch.float64)  # no point at ±0.6, where both answers are minimisers
    assert (points.abs() - threshold).abs().min() > 1e-3
    count = threshold**2 / 2 * (GRID.abs() > 1e-9)
    np.testing.assert_allclose(hard(points, threshold), [brute_force(count, float(a)) for a in points], atol=6e-5)


def test_group_soft_is_the_proximal_operator_of_the_length() -> None:
    """Two differences at each pixel: compare with a numerical minimiser of t‖u‖ + ‖u − a‖²/2."""
    threshold = 0.4
    vectors = torch.randn(12, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = group_soft(vectors[:, :, None], threshold, dim=1)[:, :, 0].numpy()
    for a, u in zip(vectors.numpy(), found, strict=True):
        best = minimize(
            lambda v, a=a: threshold * np.hypot(*v) + np.sum((v - a) ** 2) / 2,
            a,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-14},
        )
        np.testing.assert_allclose(u, best.x, atol=1e-5)
    assert torch.equal(group_soft(torch.zeros(1, 2, 3), 0.4), torch.zeros(1, 2, 3))


def test_complex_soft_shrinks_the_modulus_and_keeps_the_phase() -> None:
    x = torch.polar(
        torch.tensor([0.0, 0.1, 0.5, 2.0], dtype=torch.float64), torch.tensor([0.3, 1.0, -2.0, 3.0]).double()
    )
    found = soft(x, 0.2)
    torch.testing.assert_close(found.abs(), torch.tensor([0.0, 0.0, 0.3, 1.8], dtype=torch.float64))
    torch.testing.assert_close(found[2:].angle(), x[2:].angle())
    # it is group_soft of real and imaginary part, and soft on the real line
    pairs = torch.view_as_real(x)
    torch.testing.assert_close(torch.view_as_real(found), group_soft(pairs, 0.2, dim=-1))
    torch.testing.assert_close(soft(x.real + 0j, 0.2).real, soft(x.real, 0.2))


def test_shrinkage_of_zero_has_a_gradient() -> None:
    """A flat image has differences of zero: their length has no derivative there, the shrinkage has (0)."""
    for shrink in (soft, group_soft):
        x = torch.zeros(1, 2, 3, requires_grad=True)
        shrink(x, 0.4).sum().backward()
        assert torch.equal(x.grad, torch.zeros(1, 2, 3))


def make(channels: int = 3, knots: int = 11, reach: float = 1.0) -> PiecewiseLinear:
    """A shrinkage with random values, one function a channel, in double precision."""
    layer = PiecewiseLinear(channels, knots, reach).double()
    with torch.no_grad():
        layer.values += 0.3 * torch.randn(channels, knots, generator=torch.Generator().manual_seed(7)).double()
    return layer


def reference(layer: PiecewiseLinear, x: Tensor) -> np.ndarray:
    """numpy.interp between the knots, slope 1 outside."""
    p, x = np.linspace(-layer.reach, layer.reach, layer.knots), x.numpy()
    out = np.empty_like(x)
    for l, q in enumerate(layer.values.detach().numpy()):
        inside = np.interp(x[:, l], p, q)
        out[:, l] = inside + np.minimum(x[:, l] - p[0], 0) + np.maximum(x[:, l] - p[-1], 0)
    return out


@pytest.mark.parametrize(("knots", "reach"), [(101, 1.0), (11, 1.0), (2, 0.5), (7, 2.5)])
def test_values_are_those_of_numpy_interp(knots: int, reach: float) -> None:
    layer = make(3, knots, reach)
    x = 1.5 * reach * torch.randn(2, 3, 9, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert (x < -reach).any()
    assert (x > reach).any()
    np.testing.assert_allclose(layer(x).detach().numpy(), reference(layer, x), atol=1e-12)
    x = x.float().double()
    single = PiecewiseLinear(3, knots, reach)
    single.load_state_dict({"values": layer.values.float()})
    np.testing.assert_allclose(
        single(x.float()).detach().numpy(), reference(layer, x), atol=2e-6 * max(1, knots / reach / 10)
    )


def test_at_the_knots_it_has_the_knots_values() -> None:
    layer = make(4, 101)
    at_knots = torch.linspace(-1, 1, 101, dtype=torch.float64).expand(1, 4, 101)
    torch.testing.assert_close(layer.positions().double(), at_knots[0, 0], rtol=0, atol=1e-7)
    torch.testing.assert_close(layer(at_knots), layer.values[None], rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 8, 96, 96), (2, 3, 160, 160), (1, 2, 300, 300)])
def test_large_images_which_are_done_in_groups_of_channels(shape: tuple[int, ...]) -> None:
    """Values against numpy, gradients against those of the same image cut into small pieces."""
    layer = make(shape[1], 101)
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()
    weights = torch.randn(shape, dtype=torch.float64, generator=generator)
    found = layer(x)
    np.testing.assert_allclose(found.detach().numpy(), reference(layer, x.detach()), atol=1e-12)
    whole = torch.autograd.grad((found * weights).sum(), (x, layer.values))
    pieces = sum((layer(a) * b).sum() for a, b in zip(x.split(20, -2), weights.split(20, -2), strict=True))
    for a, b in zip(whole, torch.autograd.grad(pieces, (x, layer.values)), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


def test_nan_stays_nan_and_its_neighbours_stay_well() -> None:
    layer = make(2)
    x = torch.zeros(1, 2, 3, dtype=torch.float64)
    x[0, 1, 1] = float("nan")
    found = layer(x).detach()
    assert found.isnan().sum() == 1
    assert bool(found[0, 1, 1].isnan())


def test_huge_values_pass_with_slope_one() -> None:
    layer = make(2, 11)
    with torch.no_grad():
        far = layer(torch.tensor([-1e6, 1e6], dtype=torch.float64).expand(1, 2, 2))[0]
    torch.testing.assert_close(far[:, 0], -1e6 + 1 + layer.values[:, 0].detach())
    torch.testing.assert_close(far[:, 1], 1e6 - 1 + layer.values[:, -1].detach())


def off_the_knots(layer: PiecewiseLinear, *shape: int) -> Tensor:
    """Random points at least a tenth of an interval away from every knot, also outside the grid."""
    generator = torch.Generator().manual_seed(3)
    interval = torch.randint(-3, layer.knots + 2, shape, generator=generator).double()
    return -layer.reach + layer.step * (interval + 0.1 + 0.8 * torch.rand(shape, generator=generator).double())


@pytest.mark.parametrize(("knots", "reach"), [(11, 1.0), (2, 0.5)])
def test_gradients_off_the_knots(knots: int, reach: float) -> None:
    """Both gradients by finite differences: of the piecewise lines inside, of slope 1 outside, of every knot's value."""
    layer = make(2, knots, reach)
    x = off_the_knots(layer, 2, 2, 4, 3).requires_grad_()
    assert (x.abs() > reach).any()
    assert (x.abs() < reach).any()

    def call(x: Tensor, values: Tensor) -> Tensor:
        return torch.func.functional_call(layer, {"values": values}, (x,))

    assert torch.autograd.gradcheck(call, (x, layer.values.detach().clone().requires_grad_()))
    assert torch.autograd.gradcheck(
        lambda values: call(x.detach(), values), layer.values.detach().clone().requires_grad_()
    )
    assert torch.autograd.gradcheck(lambda x: call(x, layer.values.detach()), x)


def test_gradient_of_a_value_is_its_hat_function() -> None:
    """One activation, a quarter of the way from knot 4 to knot 5: 3/4 of its gradient goes to q_4, 1/4 to q_5."""
    layer = make(2, 11)
    x = torch.full((1, 2, 1), -1 + 0.2 * 4.25, dtype=torch.float64)
    layer(x)[0, 1].backward()
    expected = torch.zeros(2, 11, dtype=torch.float64)
    expected[1, 4], expected[1, 5] = 0.75, 0.25
    torch.testing.assert_close(layer.values.grad, expected)


def test_gradients_when_the_incoming_gradient_is_not_contiguous() -> None:
    layer = make(2)
    x = off_the_knots(layer, 1, 2, 3, 5).requires_grad_()
    weights = torch.randn(1, 2, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    first = torch.autograd.grad((layer(x).transpose(-1, -2) * weights).sum(), (x, layer.values))
    second = torch.autograd.grad((layer(x) * weights.transpose(-1, -2).contiguous()).sum(), (x, layer.values))
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b)


def test_as_made_it_is_soft_shrinkage_when_the_threshold_is_on_a_knot_and_not_otherwise() -> None:
    x = torch.linspace(-1.3, 1.3, 2601)[None, None]
    on, off = PiecewiseLinear(1, threshold=0.06), PiecewiseLinear(1, threshold=0.05)
    assert (on(x) - soft(x, 0.06)).detach().abs().max() < 1e-6
    between = (off(x) - soft(x, 0.05)).detach().abs().max()
    assert float(between) == pytest.approx(0.005, abs=1e-6)  # at .05, halfway between knots, the chord lies .005 above


def test_another_number_of_channels_is_named() -> None:
    layer = PiecewiseLinear(8)
    for shape in [(1, 3, 4, 4), (8,), (1, 1, 8, 8)]:
        with pytest.raises(ValueError, match="expected 8 channels at place 1"):
            layer(torch.zeros(shape))


@pytest.mark.parametrize("bad", [{"channels": 0}, {"knots": 1}, {"reach": 0.0}])
def test_bad_sizes_are_named(bad: dict[str, float]) -> None:
    (name,) = bad
    with pytest.raises(ValueError, match=f"{name} is {bad[name]}: expected a (whole|positive) number"):
        PiecewiseLinear(**{"channels": 2, **bad})


def test_decreasing_share_counts_activations_on_falling_segments() -> None:
    layer = PiecewiseLinear(2, knots=5)  # knots −1, −.5, 0, .5, 1
    with torch.no_grad():
        layer.values.copy_(torch.tensor([[-1.0, -0.5, 0.0, 0.5, 1.0], [-1.0, 0.0, -0.2, 0.5, 1.0]]))
    x = torch.tensor([[-0.9, -0.25, -0.25, 0.25], [-0.9, -0.25, 0.25, 3.0]])[None]
    assert decreasing_share(layer, x) == pytest.approx(1 / 8)  # only −.25 in channel 2 lies where its function falls
    assert decreasing_share(PiecewiseLinear(2), torch.randn(1, 2, 50)) == 0
