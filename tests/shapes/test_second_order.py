"""Pooling and matrices: the identities of the chapter, and gradients where eigenvalues are equal."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.shapes.second_order.manifold import log_euclidean_distances, matrix_logarithm, mixture_of_powers
from mddl_lib.shapes.second_order.pooling import mean_pooling, second_order_pooling, upper_triangle

DOUBLE = torch.float64


def positive(count: int = 3, size: int = 5, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    factors = torch.randn(count, size, size, dtype=DOUBLE, generator=generator)
    return factors @ factors.mT / size


def powers(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=DOUBLE)


def test_pooling_is_the_sum_written_out_and_does_not_see_how_finely_a_surface_is_cut() -> None:
    generator = torch.Generator().manual_seed(0)
    h, a = torch.randn(7, 3, dtype=DOUBLE, generator=generator), torch.rand(7, dtype=DOUBLE, generator=generator) + 0.1
    by_hand = sum(a[i] * torch.outer(h[i], h[i]) for i in range(7)) / a.sum()
    assert torch.allclose(second_order_pooling(h, a), by_hand)
    assert torch.allclose(mean_pooling(h, a), sum(a[i] * h[i] for i in range(7)) / a.sum())
    twice, halves = torch.cat([h, h]), torch.cat([a, a]) / 2
    assert torch.allclose(second_order_pooling(twice, halves), by_hand)
    covariance = torch.from_numpy(np.cov(h.T.numpy(), aweights=a.numpy(), bias=True))
    mean = mean_pooling(h, a)
    assert torch.allclose(by_hand - torch.outer(mean, mean), covariance)


def test_the_root_of_two_keeps_the_frobenius_distance() -> None:
    a, b = positive(2)
    assert torch.dist(upper_triangle(a), upper_triangle(b)) == pytest.approx(float(torch.dist(a, b)), abs=1e-15)


def test_the_power_one_changes_nothing() -> None:
    matrices = positive()
    assert (mixture_of_powers(matrices, powers(1), powers(1)) - matrices).abs().max() < 1e-14


def test_the_power_one_half_is_the_square_root() -> None:
    matrices = positive()
    root = mixture_of_powers(matrices, powers(0.5), powers(1), floor=1e-14)
    assert (root @ root - matrices).abs().max() < 1e-6


def test_the_logarithm_is_the_inverse_of_the_exponential_and_the_limit_of_powers() -> None:
    matrices = positive() + torch.eye(5, dtype=DOUBLE)
    logarithm = matrix_logarithm(matrices, 1e-15)
    assert torch.allclose(torch.linalg.matrix_exp(logarithm), matrices)
    small, eye = 1e-5, torch.eye(5, dtype=DOUBLE)
    power = (
        mixture_of_powers(matrices, powers(small), powers(1 / small), floor=1e-14) + ((1e-14**small - 1) / small) * eye
    )
    assert (power - logarithm).abs().max() < 1e-3


def test_log_euclidean_distance_of_commuting_matrices_is_that_of_logarithms_and_does_not_see_a_common_scale() -> None:
    values = torch.tensor([[1.0, 2.0, 4.0], [8.0, 2.0, 0.5]], dtype=DOUBLE)
    matrices = torch.diag_embed(values)
    expected = float((values[0].log() - values[1].log()).norm())
    for scale in (1.0, 1000.0):
        assert float(log_euclidean_distances(scale * matrices, 1e-12)[0, 1]) == pytest.approx(expected, rel=1e-6)


def symmetric(x: torch.Tensor) -> torch.Tensor:
    return (x + x.mT) / 2


@pytest.mark.parametrize(
    "values",
    [(0.2, 0.9, 1.7), (1.0, 1.0, 1.0), (0.5, 0.5, 2.0), (0.5, 0.5 + 1e-9, 2.0)],
    ids=["apart", "all equal", "two equal", "nearly equal"],
)
def test_gradients_are_right_where_eigenvalues_are_equal(values: tuple[float, ...]) -> None:
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(1)))[0]
    matrix = ((turn * torch.tensor(values, dtype=DOUBLE)) @ turn.T).requires_grad_()
    coefficients = powers(0.7, 0.2).requires_grad_()
    exponents = powers(0.3, 1.0)

    def transform(x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        return mixture_of_powers(symmetric(x), exponents, c)

    assert torch.autograd.gradcheck(transform, (matrix, coefficients), atol=1e-6)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_gradients_are_finite_on_rank_one_and_zero(kind: torch.dtype) -> None:
    ones = torch.ones(4, 4, dtype=kind)
    for matrix in (ones, torch.zeros(4, 4, dtype=kind), torch.eye(4, dtype=kind)):
        leaf = matrix.clone().requires_grad_()
        out = mixture_of_powers(leaf, torch.arange(1, 11) / 10, torch.ones(10))
        out.square().sum().backward()
        assert bool(leaf.grad.isfinite().all())
        assert bool(out.isfinite().all())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"matrices": torch.zeros(2, 3)}, r"shape \(2, 3\): expected"),
        ({"matrices": torch.full((2, 2), float("nan"))}, "NaN or infinity"),
        ({"matrices": torch.zeros(2, 2, dtype=torch.int64)}, "expected real numbers"),
        ({"powers": torch.tensor([0.0])}, "expected p > 0"),
        ({"coefficients": torch.tensor([-1.0])}, "c of 0 or more"),
        ({"coefficients": torch.ones(2)}, r"expected \(K,\) each"),
    ],
)
def test_bad_input_is_named(arguments: dict, message: str) -> None:
    good = {"matrices": torch.eye(2), "powers": torch.ones(1), "coefficients": torch.ones(1)}
    with pytest.raises(ValueError, match=message):
        mixture_of_powers(**{**good, **arguments})


def test_pooling_refuses_what_is_none() -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 2\), areas \(2,\)"):
        second_order_pooling(torch.ones(3, 2), torch.ones(2))
    with pytest.raises(ValueError, match="descriptors holds NaN"):
        mean_pooling(torch.full((3, 2), float("nan")), torch.ones(3))
    with pytest.raises(ValueError, match=r"smallest area is 0\.0"):
        mean_pooling(torch.ones(3, 2), torch.tensor([1.0, 0.0, 1.0]))
