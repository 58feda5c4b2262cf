"""Every physics: its adjoint is one, its solves are those of dense matrices, and it is unitary where it says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mddl_lib import check
from mddl_lib.core.masks import cartesian
from mddl_lib.core.normal_equations import solve_normal
from tests.laws import discovery
from tests.laws.kinds import PhysicsCase as Case
from tests.stand_in import Blur, StandIn

CASES: dict[str, list[Case]] = discovery.cases("PHYSICS")
"""every physics of the library, with some of its kinds"""

OTHERS = [Case(lambda: StandIn(cartesian((8, 6), 0.4, 0)), (8, 6)), Case(Blur, (6, 6))]
"""operators of the tests, which have no closed form: conjugate gradients must solve them"""

ALL = [case for cases in CASES.values() for case in cases] + OTHERS


def test_every_physics_has_a_case() -> None:
    assert not (fault := discovery.compare(discovery.physics(), CASES)), fault


def matrix(operator: Callable[[Tensor], Tensor], case: Case) -> Tensor:
    """A as a matrix, column by column; of real images as real numbers, the real parts above the imaginary ones."""
    dtype = torch.complex128 if case.complex_images else torch.float64
    count = case.channels * case.shape[0] * case.shape[1]
    columns = [operator(e.view(1, case.channels, *case.shape)).flatten() for e in torch.eye(count, dtype=dtype)]
    a = torch.stack(columns, dim=1)
    return torch.cat([a.real, a.imag]) if a.is_complex() and not case.complex_images else a


def draw(case: Case, seed: int) -> Tensor:
    dtype = torch.complex128 if case.complex_images else torch.float64
    return torch.randn(1, case.channels, *case.shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.shape}")
def test_the_adjoint_is_the_adjoint(case: Case) -> None:
    dtype = torch.complex128 if case.complex_images else torch.float64
    assert check.adjoint(case.make(), (2, case.channels, *case.shape), dtype=dtype) < 1e-12


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.shape}")
def test_the_normal_equations_are_solved(case: Case) -> None:
    """(AᴴA + ρ) x = b, against a dense solve; every physics, by closed form or conjugate gradients."""
    physics, b = case.make(), draw(case, 1)
    a = matrix(physics.A, case)
    expected = torch.linalg.solve(a.mH @ a + 0.3 * torch.eye(len(b.flatten()), dtype=a.dtype), b.flatten())
    found = solve_normal(physics, b, 0.3, iterations=300, tolerance=1e-12)
    torch.testing.assert_close(found.flatten(), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.shape}")
def test_prox_l2_is_the_dense_minimiser(case: Case) -> None:
    """argmin γ/2 ‖Ax − y‖² + ½ ‖x − z‖², where the physics has it."""
    physics, z, gamma = case.make(), draw(case, 2), 0.7
    if not hasattr(physics, "prox_l2"):
        assert case in OTHERS, "a physics of this library has prox_l2"
        return
    y = physics.A(draw(case, 3))
    y = y + 0.1 * torch.randn(y.shape, dtype=y.dtype, generator=torch.Generator().manual_seed(4))
    a, right = matrix(physics.A, case), y.flatten()
    right = torch.cat([right.real, right.imag]) if right.is_complex() and not case.complex_images else right
    identity = torch.eye(a.shape[1], dtype=a.dtype)
    expected = torch.linalg.solve(gamma * a.mH @ a + identity, gamma * a.mH @ right + z.flatten())
    torch.testing.assert_close(physics.prox_l2(z, y, gamma).flatten(), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", [case for case in ALL if case.unitary], ids=lambda case: f"{case.shape}")
def test_unitary_where_it_says_so(case: Case) -> None:
    physics, x = case.make(), draw(case, 5)
    y = physics.A(x)
    torch.testing.assert_close(physics.A(physics.A_adjoint(y)), y, rtol=0, atol=1e-12)


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.shape}")
def test_single_precision_agrees_and_a_batch_is_one_by_one(case: Case) -> None:
    physics, x = case.make(), torch.cat([draw(case, 6), draw(case, 7)])
    single = x.to(torch.complex64 if case.complex_images else torch.float32)
    torch.testing.assert_close(physics.A(single), physics.A(x), rtol=0, atol=1e-5, check_dtype=False)
    for b in range(2):
        torch.testing.assert_close(physics.A(x)[b : b + 1], physics.A(x[b : b + 1]), rtol=0, atol=1e-13)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("case", [c for cases in CASES.values() for c in cases], ids=lambda case: f"{case.shape}")
def test_it_moves_to_a_gpu(case: Case) -> None:
    physics, x = case.make(), draw(case, 8)
    expected = physics.A_adjoint(physics.A(x))
    physics = physics.to("cuda")
    torch.testing.assert_close(physics.A_adjoint(physics.A(x.cuda())).cpu(), expected, rtol=0, atol=1e-10)
    if list(physics.buffers()):  # what holds a mask there cannot measure an image here
        with pytest.raises((ValueError, RuntimeError), match=r"one device|same device"):
            physics.A(x)
