"""The gradient of a learned energy, some rows at a time: equal to its three layers, and to autograd on the energy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core.shrinkage import PiecewiseLinear
from mddl_lib.models import learned_gradient as module
from mddl_lib.models.learned_gradient import learned_gradient


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def layers(size: int = 3, channels: int = 4, knots: int = 9) -> tuple[Tensor, Tensor, PiecewiseLinear, Tensor]:
    """Filters, biases and functions of random values; responses reach beyond the outer knots on both sides."""
    shrinkage = PiecewiseLinear(channels, knots).double()
    with torch.no_grad():
        shrinkage.values.copy_(draw(channels, knots, seed=1))
    return (
        draw(channels, 1, size, size, seed=2),
        draw(channels, seed=3),
        shrinkage,
        draw(1, channels, size, size, seed=4),
    )


def one_by_one(v: Tensor, first: Tensor, bias: Tensor, shrinkage: PiecewiseLinear, second: Tensor) -> Tensor:
    margin = first.shape[-1] // 2
    return F.conv2d(shrinkage(F.conv2d(v, first, bias, padding=margin)), second, padding=margin)


def with_gradients(function: Callable[..., Tensor], v: Tensor, size: int) -> list[Tensor]:
    first, bias, shrinkage, second = layers(size)
    leaves = [tensor.clone().requires_grad_() for tensor in (v, first, bias, second)]
    result = function(*leaves[:3], shrinkage, leaves[3])
    (result * draw(*result.shape, seed=5)).sum().backward()
    gradients = [leaf.grad for leaf in [*leaves, shrinkage.values]]
    assert all(gradient is not None and gradient.norm() > 0 for gradient in gradients)
    return [result.detach(), *gradients]


@pytest.mark.parametrize("entries", [1, 100, 2**17])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_values_and_gradients_are_those_of_the_layers(size: int, entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a band is one row, some rows (the last band smaller), or both images' all."""
    monkeypatch.setattr(module, "ENTRIES", entries)
    v = draw(2, 1, 11, 7)
    for found, expected in zip(
        with_gradients(learned_gradient, v, size), with_gradients(one_by_one, v, size), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


def test_with_transposed_filters_it_is_the_gradient_of_an_energy() -> None:
    """E(v) = Σ_l Σ_p g((k_l * v)(p)) with g' = S: here S clips, so g is Huber's penalty."""
    filters, shrinkage, bend = draw(3, 1, 3, 3, seed=7) / 10, PiecewiseLinear(3).double(), 0.2
    with torch.no_grad():
        shrinkage.values.copy_(shrinkage.positions().clamp(-bend, bend).expand_as(shrinkage.values))
    v = draw(1, 1, 8, 8).clamp(-1, 1).requires_grad_()
    response = F.conv2d(v, filters, padding=1)
    assert bend < response.abs().max() < 1
    energy = torch.where(response.abs() <= bend, response.square() / 2, bend * (response.abs() - bend / 2)).sum()
    (expected,) = torch.autograd.grad(energy, v)
    found = learned_gradient(v, filters, draw(3) * 0, shrinkage, filters.flip(-2, -1).transpose(0, 1))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-7)  # the knots pass through single precision


def test_nothing_of_the_responses_is_kept() -> None:
    first, bias, shrinkage, second = layers(channels=64)
    kept: list[int] = []
    v = draw(1, 1, 32, 32).requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t.numel()) or t, lambda t: t):
        learned_gradient(v, first, bias, shrinkage, second)
    assert max(kept) == v.numel()  # one of the 64 responses would be as large, and S needs them all
    assert sum(kept) < 8 * v.numel()


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_stays_so(bad: float) -> None:
    first, bias, shrinkage, second = layers()
    v = draw(1, 1, 8, 8)
    v[0, 0, 4, 4] = bad
    found = learned_gradient(v, first, bias, shrinkage, second)
    assert not bool(found[0, 0, 4, 4].isfinite())
    assert bool(found[0, 0, 0, 0].isfinite())


def test_kernels_and_functions_that_do_not_fit_are_named() -> None:
    first, bias, shrinkage, second = layers()
    v = draw(1, 1, 8, 8)
    with pytest.raises(
        ValueError, match=r"\(4, 1, 3, 3\) and \(1, 3, 3, 3\): expected \(L, 1, s, s\) and \(1, L, s, s\)"
    ):
        learned_gradient(v, first, bias, shrinkage, second[:, :3])
    with pytest.raises(ValueError, match="with s odd"):
        learned_gradient(v, first[..., :2, :2], bias, shrinkage, second[..., :2, :2])
    with pytest.raises(ValueError, match="2 piecewise-linear functions: expected 4, one a filter"):
        learned_gradient(v, first, bias, PiecewiseLinear(2), second)
