"""Mean field as a proximal step: against the minimum it claims to be, its limit, and the free energy that must fall."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from mddl_lib.statistics.random_fields.dense_crf import PairTerms, free_energy, messages, parallel
from mddl_lib.statistics.random_fields.filters import Bandwidths, DenseFilter, kernels
from mddl_lib.statistics.random_fields.proximal import largest_slope, proximal_step


def problem(
    weight: float, seed: int = 0, labels: int = 3
) -> tuple[Tensor, Tensor, list[DenseFilter], PairTerms, Tensor]:
    """Beliefs, costs, filters, terms and the whole kernel of nine pixels."""
    draw = torch.Generator().manual_seed(seed)
    picture = torch.rand(1, 1, 3, 3, generator=draw, dtype=torch.float64)
    filters, terms = kernels(picture, Bandwidths(2.0, 0.3, 1.0)), PairTerms.potts((weight, weight), labels)
    unary = 2 * torch.rand(1, labels, 3, 3, generator=draw, dtype=torch.float64)
    q = torch.rand(1, labels, 3, 3, generator=draw, dtype=torch.float64).softmax(1)
    return q, unary, filters, terms, weight * (filters[0].kernel[0] + filters[1].kernel[0])


@pytest.mark.parametrize("step", [0.1, 1.0, 7.0])
def test_it_is_the_minimum_that_it_claims(step: float) -> None:
    q, unary, filters, terms, _ = problem(1.5)
    gradient = unary + messages(q, filters, terms)

    def cost(p: Tensor) -> Tensor:
        return (gradient * p + p * p.log() + p * (p / q).log() / step).sum()

    best = proximal_step(q, unary, filters, terms, step)
    logits = torch.zeros_like(q).requires_grad_()
    search = torch.optim.LBFGS(
        [logits], max_iter=500, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        search.zero_grad()
        value = cost(logits.softmax(1))
        value.backward()
        return value

    search.step(closure)
    torch.testing.assert_close(logits.detach().softmax(1), best, atol=1e-5, rtol=0)
    assert float(cost(best)) <= float(cost(logits.detach().softmax(1))) + 1e-12


def test_without_end_it_is_mean_field_all_at_once() -> None:
    q, unary, filters, terms, _ = problem(1.5)
    torch.testing.assert_close(proximal_step(q, unary, filters, terms), parallel(q, unary, filters, terms))
    torch.testing.assert_close(
        proximal_step(q, unary, filters, terms, 1e12), parallel(q, unary, filters, terms), atol=1e-9, rtol=0
    )
    torch.testing.assert_close(proximal_step(q, unary, filters, terms, 1e-9), q, atol=1e-6, rtol=0)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weight", [-8.0, -2.0, 3.0, 8.0])
def test_with_a_safe_step_the_free_energy_never_rises(weight: float, seed: int) -> None:
    q, unary, filters, terms, kernel = problem(weight, seed)
    step, values = 1 / largest_slope(kernel, terms), []
    for _ in range(60):
        values.append(float(free_energy(q, unary, filters, terms)))
        q = proximal_step(q, unary, filters, terms, step)
    assert all(b <= a + 1e-10 for a, b in itertools.pairwise(values))


def test_with_an_endless_step_it_may_rise() -> None:
    """The test above can fail."""
    q, unary, filters, terms, _ = problem(-8.0)
    values = []
    for _ in range(10):
        values.append(float(free_energy(q, unary, filters, terms)))
        q = proximal_step(q, unary, filters, terms)
    assert max(b - a for a, b in itertools.pairwise(values)) > 0.1


def test_what_is_refused() -> None:
    q, unary, filters, terms, _ = problem(1.0)
    with pytest.raises(ValueError, match="above 0"):
        proximal_step(q, unary, filters, terms, 0.0)
    with pytest.raises(ValueError, match="expected one"):
        proximal_step(q, unary[:, :2], filters, terms)
    with pytest.raises(ValueError, match=r"expected \(pixels, pixels\)"):
        largest_slope(torch.zeros(3, 4), terms)
