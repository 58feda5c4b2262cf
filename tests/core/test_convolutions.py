"""Convolution layers as matrix products: equal to the library's, forward and backward, and one the other's adjoint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core.convolutions import gather, spread

Layer = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def problem(layer: Layer, size: int, channels: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """Input, kernel and bias of two images that are not square."""
    inputs, outputs = (1, channels) if layer is spread else (channels, 1)
    return draw(2, inputs, 9, 6), draw(outputs, inputs, size, size, seed=1), draw(outputs, seed=2)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("layer", [spread, gather])
def test_values_and_gradients_are_the_librarys(layer: Layer, size: int) -> None:
    arguments = problem(layer, size)
    first = [argument.clone().requires_grad_() for argument in arguments]
    second = [argument.clone().requires_grad_() for argument in arguments]
    found, expected = layer(*first), F.conv2d(*second, padding=size // 2)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    weights = draw(*found.shape, seed=3)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-12, atol=1e-11)
        assert b.grad.norm() > 0


@pytest.mark.parametrize("layer", [spread, gather])
def test_no_bias_and_no_gradient_for_what_needs_none(layer: Layer) -> None:
    x, kernel, _ = problem(layer, 3)
    torch.testing.assert_close(layer(x, kernel), F.conv2d(x, kernel, padding=1))
    x.requires_grad_()
    layer(x, kernel).sum().backward()
    assert kernel.grad is None
    assert x.grad is not None
    kernel.requires_grad_()
    layer(x.detach(), kernel).sum().backward()
    assert kernel.grad is not None


def test_gather_is_the_adjoint_of_spread() -> None:
    x, kernel, _ = problem(spread, 5)
    z = draw(2, 4, 9, 6, seed=5)
    left = (spread(x, kernel) * z).sum()
    right = (x * gather(z, kernel.flip(-2, -1).transpose(0, 1))).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=0)


@pytest.mark.parametrize("shape", [(4, 1, 4, 4), (4, 1, 3, 5), (4, 2, 3, 3), (4, 3, 3)])
def test_kernels_of_another_shape_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(C, 1, s, s\) with s odd"):
        spread(draw(1, 1, 8, 8), draw(*shape))
    with pytest.raises(ValueError, match=r"expected \(1, C, s, s\) with s odd"):
        gather(draw(1, 4, 8, 8), draw(*shape))
