"""The check by a Jacobian: known proximal operators pass, known others fail, each at its own law."""

from __future__ import annotations

import pytest
import torch
from scipy.ndimage import median_filter
from torch import Tensor

from mddl_lib import check
from mddl_lib.core.shrinkage import soft
from tests.laws.pieces import draw

X = draw(1, 1, 4, 5)
M = draw(20, 20)
SYMMETRIC = (M + M.T) / 2


def linear(matrix: Tensor):
    return lambda x: (x.flatten(1) @ matrix.T).view_as(x)


@pytest.mark.parametrize(
    "prox",
    [
        lambda x: soft(x, 0.3),
        lambda x: x.clamp(0, 1),
        lambda x: x / 1.7,
        linear(torch.linalg.inv(torch.eye(20, dtype=torch.float64) + M.T @ M)),
    ],
    ids=["soft", "box", "ridge", "quadratic"],
)
def test_proximal_operators_pass(prox: object) -> None:
    assert check.convex_proximal(prox, X, 1e-6) < 1e-6


@pytest.mark.parametrize(
    ("other", "law"),
    [
        (linear(M / torch.linalg.matrix_norm(M, 2)), "it is no gradient:"),
        (linear(torch.linalg.matrix_exp(M - M.T)), "it is no gradient:"),
        (lambda x: -0.5 * x, "no gradient of a convex function"),
        (lambda x: 1.3 * x, "it expands: .*measured 0.3"),
        (lambda x: torch.where(x.abs() > 0.3, 1.5 * x, 0 * x), "it expands"),
    ],
    ids=["some matrix", "rotation", "turned round", "louder", "louder where large"],
)
def test_others_fail_at_their_law(other: object, law: str) -> None:
    with pytest.raises(check.CheckError, match=law):
        check.convex_proximal(other, X)


def test_the_median_is_none() -> None:
    def median(x: Tensor) -> Tensor:
        return torch.stack([torch.from_numpy(median_filter(a[0].numpy(), 3))[None] for a in x])

    laws = check.jacobian_laws(median, X)
    assert laws.asymmetry > 0.3
    assert set(laws.jacobian.round(decimals=6).flatten().tolist()) <= {0.0, 1.0}  # a pixel is a copy of another one
    with pytest.raises(check.CheckError, match="no gradient"):
        check.convex_proximal(median, X)


def test_the_jacobian_is_autograds() -> None:
    def bend(x: Tensor) -> Tensor:
        return torch.tanh(x.flatten(1) @ M.T).view_as(x) + x.square()

    expected = torch.autograd.functional.jacobian(lambda v: bend(v.view(1, 1, 4, 5)).flatten(), X.flatten())
    torch.testing.assert_close(check.jacobian_laws(bend, X, batch=7).jacobian, expected, rtol=0, atol=1e-6)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"image has the shape \(2, 1, 4, 5\)"):
        check.jacobian_laws(lambda x: x, X.repeat(2, 1, 1, 1))
    with pytest.raises(ValueError, match=r"the map made \(40, 1, 2, 5\)"):
        check.jacobian_laws(lambda x: x[..., :2, :], X)
    with pytest.raises(ValueError, match="what the map returned holds NaN"):
        check.jacobian_laws(lambda x: x * float("nan"), X)
