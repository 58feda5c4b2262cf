"""Several coils: one coil that sees everything alike is one scanner, and more coils see what fewer lines leave out."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.core.masks import cartesian
from mddl_lib.core.normal_equations import solve_normal
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.coils import CoilFourier, ring_of_coils


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))


def test_one_uniform_coil_is_the_masked_transform() -> None:
    mask, x = cartesian((8, 6), 0.5, seed=0), draw(2, 1, 8, 6)
    one = CoilFourier(mask, torch.ones(1, 8, 6, dtype=torch.complex64))
    torch.testing.assert_close(one.A(x), MaskedFourier(mask, real=False).A(x))


def test_the_sensitivities_are_normalised_also_when_narrow() -> None:
    for width in (0.05, 0.8):
        power = ring_of_coils(6, (16, 12), width).abs().square().sum(0)
        torch.testing.assert_close(power, torch.ones(16, 12))


def test_every_second_line_is_enough_for_eight_coils_and_not_for_one() -> None:
    """Half of k-space, no noise, no prior: coils unfold the aliasing."""
    mask, x = torch.zeros(16, 16), draw(1, 1, 16, 16)
    mask[::2] = 1
    left = {}
    for count in (1, 8):
        coils = CoilFourier(mask, ring_of_coils(count, (16, 16)))
        found = solve_normal(coils, coils.A_adjoint(coils.A(x)), 1e-6, iterations=500)
        left[count] = float((found - x).norm() / x.norm())
    assert left[8] < 0.01
    assert left[1] > 0.5


def test_what_does_not_fit_is_named() -> None:
    mask, coils = cartesian((8, 6), 0.5, seed=0), ring_of_coils(3, (8, 6))
    physics = CoilFourier(mask, coils)
    with pytest.raises(ValueError, match=r"\(1, 2, 8, 6\): expected \(batch, 3, 8, 6\)"):
        physics.A_adjoint(draw(1, 2, 8, 6))
    with pytest.raises(ValueError, match=r"float32: expected complex"):
        physics.A(torch.zeros(1, 1, 8, 6))
    with pytest.raises(ValueError, match=r"expected \(coils, 8, 6\)"):
        CoilFourier(mask, coils[:, :4])
