"""Noise and missing pixels: adjoints, closed forms, bad input."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.restoration.physics import Denoising, Inpainting, noise_level
from tests.restoration.pieces import draw


@pytest.mark.parametrize(
    "physics", [Denoising(0.1), Inpainting((draw(5, 6) > 0).float(), 0.1)], ids=["noise", "missing"]
)
def test_adjoint_and_closed_forms(physics: Denoising) -> None:
    x, z, y = draw(2, 1, 5, 6), draw(2, 1, 5, 6, seed=1), physics.A(draw(2, 1, 5, 6, seed=2))
    torch.testing.assert_close((physics.A(x) * z).sum(), (x * physics.A_adjoint(z)).sum())
    found = physics.prox_l2(z, y, 0.7)
    slope = 0.7 * physics.A_adjoint(physics.A(found) - y) + found - z
    assert slope.abs().max() < 1e-12
    solved = physics.solve_normal(x, 0.3)
    torch.testing.assert_close(physics.A_adjoint(physics.A(solved)) + 0.3 * solved, x)


def test_noise_has_its_level_and_missing_pixels_have_none() -> None:
    torch.manual_seed(0)
    x = torch.full((1, 1, 300, 300), 0.5)
    assert float((Denoising(0.1).measure(x) - x).std()) == pytest.approx(0.1, rel=0.02)
    mask = torch.ones(300, 300)
    mask[::2] = 0
    y = Inpainting(mask, 0.1).measure(x)
    assert not y[..., ::2, :].any()
    assert float((y - x)[..., 1::2, :].std()) == pytest.approx(0.1, rel=0.02)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="sigma is -1"):
        Denoising(-1)
    with pytest.raises(ValueError, match=r"the values \[0.0\]"):
        Inpainting(torch.zeros(3, 3))
    with pytest.raises(ValueError, match=r"shape \(1, 1, 3, 4\)"):
        Inpainting(torch.ones(3, 3)).A(torch.zeros(1, 1, 3, 4))
    with pytest.raises(ValueError, match="object states no noise level"):
        noise_level(object())
