"""The energy's gradient is the gradient of its value; its curvature bounds; separable filters are filters."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.restoration.physics import Denoising, Inpainting
from mddl_lib.restoration.range_field.energy import RangeEnergy
from mddl_lib.restoration.range_field.filters import SeparableFilters, StackFilters, stack_basis
from tests.restoration.pieces import draw, picture, scattered, stacks

ENERGIES = {
    "student_t": {},
    "radial_basis": {"potential": "radial_basis"},
    "separable": {"potential": "radial_basis", "separable": True},
    "non_local": {"potential": "radial_basis", "matches": 3},
}


def energy_of(kind: str) -> RangeEnergy:
    return scattered(RangeEnergy(channels=6, size=3, **ENERGIES[kind]))


def problem(missing: bool) -> tuple[Denoising, Tensor, Tensor]:
    """Physics, a measurement, and an image to stand at."""
    physics = Inpainting((draw(7, 6, seed=3) > -0.5).float()) if missing else Denoising(0.1)
    return physics, physics.A(picture(7, 6, 2)), picture(7, 6, 2, seed=5) + 0.2 * draw(2, 1, 7, 6, seed=6)


@pytest.mark.parametrize("kind", ENERGIES)
@pytest.mark.parametrize("missing", [False, True])
def test_the_gradient_is_that_of_the_value(kind: str, missing: bool) -> None:
    energy, (physics, y, x), matches = energy_of(kind), problem(missing), stacks(2, 3, 42)
    found = energy.gradient(x, y, physics, matches).detach()
    x.requires_grad_()
    (expected,) = torch.autograd.grad(energy.value(x, y, physics, matches).sum(), x)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
    with torch.no_grad():
        direction, small = draw(2, 1, 7, 6, seed=7), 1e-6
        rise = energy.value(x + small * direction, y, physics, matches)
        rise = (rise - energy.value(x - small * direction, y, physics, matches)) / (2 * small)
    torch.testing.assert_close(rise, (found * direction).flatten(1).sum(1), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", ENERGIES)
def test_the_curvature_is_that_of_the_dense_matrix(kind: str) -> None:
    """λ AᵀA + Σ max|φ″| KᵀK, column by column, and the Hessian of the energy stays below it."""
    energy, (physics, y, x), matches = energy_of(kind), problem(True), stacks(1, 3, 42)
    y, x = y[:1], x[:1]
    found = energy.curvature(x, physics, matches, iterations=2000)
    with torch.no_grad():
        kernel, columns = energy.filters.kernel(), torch.eye(42, dtype=torch.float64).view(42, 1, 7, 6)
        responses = energy.filters.analyse(columns, kernel, matches.expand(42, -1, -1)).flatten(2)
        bound = torch.einsum("l,alp,blp->ab", energy.potentials.steepest(), responses, responses)
        bound += energy.weight * torch.diag(physics.mask.flatten().double())
    assert found == pytest.approx(float(torch.linalg.matrix_norm(bound, 2)), rel=1e-4)
    hessian = torch.autograd.functional.hessian(lambda x: energy.value(x, y, physics, matches).sum(), x).view(42, 42)
    assert float(torch.linalg.matrix_norm(hessian, 2)) <= found * (1 + 1e-6)


def test_separable_filters_equal_full_ones_of_rank_one_and_so_does_their_adjoint() -> None:
    filters = scattered(SeparableFilters(9, 5), size=0.5)
    full, x, z = filters().detach(), draw(2, 1, 9, 8), draw(2, 9, 9, 8, seed=1)
    assert full.shape == (9, 1, 5, 5)
    assert torch.linalg.matrix_rank(full[:, 0]).tolist() == [1] * 9
    with torch.no_grad():
        kernel = filters.kernel()
        torch.testing.assert_close(filters.analyse(x, kernel), StackFilters.analyse(x, full), rtol=1e-11, atol=1e-12)
        torch.testing.assert_close(
            filters.synthesise(z, kernel), StackFilters.synthesise(z, full), rtol=1e-11, atol=1e-12
        )


@pytest.mark.parametrize("size", [3, 5])
def test_as_made_separable_filters_are_the_cosine_filters(size: int) -> None:
    channels = size * size - 1
    torch.testing.assert_close(SeparableFilters(channels, size)(), StackFilters(channels, size)(), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("count", "size"), [(1, 3), (1, 5), (4, 3)])
def test_the_basis_is_orthonormal_and_blind_to_constants(count: int, size: int) -> None:
    basis = stack_basis(count, size).flatten(1).double()
    torch.testing.assert_close(basis @ basis.T, torch.eye(len(basis), dtype=torch.float64), rtol=0, atol=1e-6)
    assert len(basis) == count * size * size - 1
    assert basis.sum(1).abs().max() < 1e-6


@pytest.mark.parametrize("matches", [1, 4])
def test_filters_have_unit_length_and_see_no_constant(matches: int) -> None:
    filters = scattered(StackFilters(8, 3, matches), size=0.5)
    kernel = filters().detach()
    torch.testing.assert_close(kernel.flatten(1).norm(dim=1), torch.ones(8, dtype=torch.float64))
    response = filters.analyse(torch.full((1, 1, 6, 6), 0.7, dtype=torch.float64), kernel, stacks(1, matches, 36))
    assert response.abs().max() < 1e-6


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="potential is 'huber'"):
        RangeEnergy(potential="huber")
    with pytest.raises(ValueError, match=r"channels is 9: expected 1 … 8"):
        RangeEnergy(9, 3)
    with pytest.raises(ValueError, match="separable filters act on one patch"):
        RangeEnergy(4, 3, 2, separable=True)
