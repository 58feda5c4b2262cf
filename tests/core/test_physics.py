"""MaskedFourier and the two solves against dense matrices that numpy builds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.core.filters import dct_basis, power_spectrum, spectrum
from mddl_lib.core.masks import is_symmetric, mirrored, pseudo_radial, variable_density
from mddl_lib.core.normal_equations import conjugate_gradients, solve_normal
from mddl_lib.core.physics import MaskedFourier
from tests.stand_in import Blur, StandIn

SHAPES = [(6, 6), (6, 5), (5, 8)]
KINDS = ["symmetric", "cartesian", "random"]


def make_mask(kind: str, shape: tuple[int, int]) -> Tensor:
    """A mask of a kind; the two last are not Hermitian-symmetric (checked)."""
    if kind == "symmetric":
        half = variable_density(shape, 0.3, seed=1)
        return torch.maximum(half, mirrored(half))
    mask = torch.zeros(shape)
    if kind == "cartesian":
        mask[[0, 2]] = 1
    else:
        mask[0, 0] = mask[1, 2] = mask[3, 1] = mask[2, 0] = mask[1, 0] = 1
    return mask


def fourier(shape: tuple[int, int]) -> np.ndarray:
    """The unitary transform of images in row-major order, from its definition."""
    one = [np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n) / np.sqrt(n) for n in shape]
    return np.kron(*one)


def dense(mask: Tensor) -> np.ndarray:
    return mask.numpy().ravel()[:, None] * fourier(tuple(mask.shape))


def draw(*shape: int, complex_: bool = False, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.complex128 if complex_ else torch.float64, generator=generator)


def test_the_masks_of_these_tests_are_what_they_are_called() -> None:
    for shape in SHAPES:
        assert is_symmetric(make_mask("symmetric", shape))
        assert not is_symmetric(make_mask("cartesian", shape))
        assert not is_symmetric(make_mask("random", shape))


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_operator_is_its_dense_matrix(shape: tuple[int, int], kind: str, real: bool) -> None:
    mask = make_mask(kind, shape)
    physics, matrix = MaskedFourier(mask, real=real), dense(mask)
    x, y = draw(1, 1, *shape, complex_=not real), draw(1, 1, *shape, complex_=True, seed=1)
    np.testing.assert_allclose(physics.A(x).numpy().ravel(), matrix @ x.numpy().ravel(), atol=1e-13)
    back = matrix.conj().T @ y.numpy().ravel()
    np.testing.assert_allclose(physics.A_adjoint(y).numpy().ravel(), back.real if real else back, atol=1e-13)


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_adjoint(kind: str, real: bool) -> None:
    """⟨Ax, y⟩ = ⟨x, Aᴴy⟩, the real part of it where images are real; batches and channels ride along."""
    physics = MaskedFourier(make_mask(kind, (6, 5)), real=real)
    x, y = draw(2, 3, 6, 5, complex_=not real), draw(2, 3, 6, 5, complex_=True, seed=1)
    left, right = torch.vdot(physics.A(x).flatten(), y.flatten()), (x.conj() * physics.A_adjoint(y)).sum()
    if real:
        left, right = left.real, right.real
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_prox_l2_is_the_dense_minimiser(shape: tuple[int, int], kind: str, real: bool) -> None:
    """argmin γ/2 ‖Ax − y‖² + 1/2 ‖x − z‖² by a dense solve; over real x the normal matrix is Re(AᴴA)."""
    mask, gamma = make_mask(kind, shape), 0.7
    physics, matrix = MaskedFourier(mask, real=real), dense(mask)
    z, y = draw(1, 1, *shape, complex_=not real), draw(1, 1, *shape, complex_=True, seed=2)
    gram, back = matrix.conj().T @ matrix, matrix.conj().T @ y.numpy().ravel()
    if real:
        gram, back = gram.real, back.real
    expected = np.linalg.solve(gamma * gram + np.eye(len(gram)), gamma * back + z.numpy().ravel())
    np.testing.assert_allclose(physics.prox_l2(z, y, gamma).numpy().ravel(), expected, atol=1e-12)
    np.testing.assert_allclose(
        physics.prox_l2(z, y, torch.tensor(gamma, dtype=torch.float64)).numpy().ravel(), expected, atol=1e-12
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_solve_normal_with_filters_is_the_dense_solve(shape: tuple[int, int], kind: str) -> None:
    """(Re(AᴴA) + Σ ρ_l D_lᵀD_l) x = b, each D_l a dense circulant matrix built by moving its filter over the grid."""
    filters, weights = draw(3, 3, 3), torch.tensor([0.3, 0.1, 0.7], dtype=torch.float64)
    mask = make_mask(kind, shape)
    size = shape[0] * shape[1]
    normal = (dense(mask).conj().T @ dense(mask)).real
    for weight, taps in zip(weights.numpy(), filters.numpy(), strict=True):
        matrix = np.zeros((size, size))
        for p in range(size):
            row, column = divmod(p, shape[1])
            for i in (-1, 0, 1):
                for j in (-1, 0, 1):  # (D x)(p) = Σ_q f(q) x(p − q)
                    matrix[p, (row - i) % shape[0] * shape[1] + (column - j) % shape[1]] += taps[i + 1, j + 1]
        normal += weight * matrix.T @ matrix
    b = draw(1, 1, *shape, seed=4)
    found = solve_normal(MaskedFourier(mask), b, power_spectrum(filters, weights, shape))
    np.testing.assert_allclose(found.numpy().ravel(), np.linalg.solve(normal, b.numpy().ravel()), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_solve_normal_of_complex_images(kind: str) -> None:
    mask, shape = make_mask(kind, (6, 5)), (6, 5)
    penalty, b = torch.rand(shape, dtype=torch.float64) + 0.1, draw(1, 1, *shape, complex_=True)
    matrix = fourier(shape)
    normal = matrix.conj().T @ np.diag((mask + penalty).numpy().ravel()) @ matrix
    expected = np.linalg.solve(normal, b.numpy().ravel())
    found = MaskedFourier(mask, real=False).solve_normal(b, penalty)
    np.testing.assert_allclose(found.numpy().ravel(), expected, atol=1e-12)


def test_the_real_part_of_the_complex_solution_is_wrong_for_an_asymmetric_mask() -> None:
    """Why the real solve uses (m(k) + m(−k))/2: taking the real part afterwards solves another problem."""
    b = draw(1, 1, 6, 5)
    for kind, equal in [("symmetric", True), ("random", False)]:
        mask = make_mask(kind, (6, 5))
        exact = MaskedFourier(mask).solve_normal(b, 0.1)
        shortcut = MaskedFourier(mask, real=False).solve_normal(b + 0j, 0.1).real
        assert torch.allclose(exact, shortcut, atol=1e-10) is equal


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("penalty", ["number", "half grid", "full grid"])
def test_conjugate_gradients_agree_with_the_closed_form(kind: str, penalty: str) -> None:
    shape, mask = (8, 6), make_mask(kind, (8, 6))
    filters, b = dct_basis(dtype=torch.float64), draw(2, 1, 8, 6)
    weights = torch.full((8,), 0.2, dtype=torch.float64)
    half = power_spectrum(filters, weights, shape) + 0.05
    full = torch.fft.fft2(torch.fft.irfft2(half, s=shape)).real
    chosen = {"number": 0.3, "half grid": half, "full grid": full}[penalty]
    expected = MaskedFourier(mask).solve_normal(b, 0.3 if penalty == "number" else half)
    stand_in = StandIn(mask)
    found = solve_normal(stand_in, b, chosen, iterations=200, tolerance=1e-12)
    assert stand_in.calls > 0
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-9)


def test_conjugate_gradients_stop_at_their_tolerance_and_solve_each_image_on_its_own() -> None:
    blur, b = Blur(), draw(3, 1, 8, 8) * torch.tensor([1.0, 1e-3, 1e3], dtype=torch.float64)[:, None, None, None]
    calls = []

    def operator(x: Tensor) -> Tensor:
        calls.append(1)
        return blur.A_adjoint(blur.A(x)) + 0.1 * x

    x = conjugate_gradients(operator, b, tolerance=1e-6)
    residual = (operator(x) - b).flatten(1).norm(dim=1) / b.flatten(1).norm(dim=1)
    assert residual.max() < 2e-6
    assert len(calls) < 60  # it stopped before its limit of 100
    assert torch.equal(conjugate_gradients(operator, torch.zeros_like(b)), torch.zeros_like(b))


def test_names_are_those_of_deepinverse() -> None:
    """`A(x)`, `A_adjoint(y)`, `prox_l2(z, y, gamma)` by position and by keyword: what its solvers call."""
    physics, x = MaskedFourier(pseudo_radial((16, 16), 0.3)), draw(1, 1, 16, 16)
    y = physics.A(x)
    assert torch.equal(physics.prox_l2(z=x, y=y, gamma=2.0), physics.prox_l2(x, y, 2.0))
    torch.testing.assert_close(physics.prox_l2(x, y, 2.0), x)  # x fits y and z both
    # proximal gradient descent as a solver of that library writes it, step 1, ℓ1 on pixels
    estimate = physics.A_adjoint(y)
    for _ in range(3):
        estimate = estimate - physics.A_adjoint(physics.A(estimate) - y)
        estimate = torch.sign(estimate) * (estimate.abs() - 1e-3).clamp_min(0)
    assert (physics.A(estimate) - y).norm() < 0.05 * y.norm()


def test_a_physics_moves_and_has_no_weights() -> None:
    physics = MaskedFourier(torch.ones(4, 6))
    assert not list(physics.parameters())
    assert not physics.state_dict()
    assert physics.shape == (4, 6)
    assert physics.ratio == 1
    assert "ratio=1.0000" in repr(physics)


def test_spectrum_diagonalises_the_filters() -> None:
    filters = draw(3, 3, 3)
    weights = torch.tensor([0.2, 0.5, 1.0], dtype=torch.float64)
    expected = (weights[:, None, None] * spectrum(filters, (8, 7)).abs() ** 2).sum(0)
    torch.testing.assert_close(power_spectrum(filters, weights, (8, 7)), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.zeros(4, 4), "all zero"),
        (torch.full((4, 4), 0.5), "expected zeros and ones"),
        (torch.tensor([[1.0, float("nan")], [0.0, 1.0]]), "expected zeros and ones"),
        (torch.ones(1, 4, 4), "expected \\(height, width\\)"),
    ],
)
def test_bad_masks_are_refused(mask: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MaskedFourier(mask)


def test_wrong_shapes_are_named() -> None:
    physics = MaskedFourier(torch.ones(4, 6))
    for call in (physics.A, physics.A_adjoint):
        with pytest.raises(ValueError, match=r"\(1, 1, 6, 4\): expected \(batch, channel, 4, 6\)"):
            call(torch.zeros(1, 1, 6, 4))
        with pytest.raises(ValueError, match="expected"):
            call(torch.zeros(4, 6))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_measurement_that_is_not_finite_is_refused(value: float) -> None:
    physics = MaskedFourier(torch.ones(4, 6))
    y = physics.A(torch.ones(1, 1, 4, 6))
    y[0, 0, 1, 2] = value
    with pytest.raises(ValueError, match="the measurement holds NaN or infinity"):
        physics.A_adjoint(y)
    with pytest.raises(ValueError, match="the measurement holds NaN or infinity"):
        physics.prox_l2(torch.ones(1, 1, 4, 6), y, 1.0)
