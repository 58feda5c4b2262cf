"""Operators with orthonormal rows: A Aᴴ = I, Proposition 2 in both parts against dense matrices, bad input."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.compressive_imaging.operators.diffraction import CodedDiffraction
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.operators.orthonormal_rows import OrthonormalRows, drawn_rows
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows, StructurallyRandom
from mddl_lib.core.masks import variable_density
from mddl_lib.core.normal_equations import conjugate_gradients
from mddl_lib.core.physics import MaskedFourier
from tests.laws.pieces import draw

SHAPE = (4, 8)
MAKE = {
    "pixels": lambda: OrthonormalRows(SHAPE, 9),
    "dense": lambda: DenseRows(SHAPE, 9),
    "structured": lambda: StructurallyRandom(SHAPE, 9),
    "Hadamard": lambda: ScrambledHadamard(SHAPE, 9),
    "Hadamard without the mean": lambda: ScrambledHadamard(SHAPE, 9, keep_mean=False),
}
each = pytest.mark.parametrize("name", MAKE)


def matrix(physics: OrthonormalRows) -> torch.Tensor:
    """A, (M, N)."""
    units = torch.eye(32, dtype=torch.float64).view(32, 1, *SHAPE)
    return physics.A(units)[:, 0].T


@each
def test_the_rows_are_orthonormal(name: str) -> None:
    a = matrix(MAKE[name]())
    torch.testing.assert_close(a @ a.T, torch.eye(9, dtype=torch.float64), rtol=0, atol=1e-12)


@each
def test_proposition_2_second_part(name: str) -> None:
    """(AᴴA + p)⁻¹ b by the closed form, by a dense solve, by Woodbury, by conjugate gradients."""
    physics, b = MAKE[name](), draw(1, 1, *SHAPE)
    a, flat = matrix(physics), b.flatten()
    for p in (0.05, 1.0, 30.0):
        found = physics.solve_normal(b, p)
        dense = torch.linalg.solve(a.T @ a + p * torch.eye(32, dtype=torch.float64), flat)
        woodbury = (flat - a.T @ torch.linalg.solve(p * torch.eye(9, dtype=torch.float64) + a @ a.T, a @ flat)) / p
        turns = conjugate_gradients(lambda x, p=p: physics.A_adjoint(physics.A(x)) + p * x, b, tolerance=1e-14)
        for other in (dense, woodbury, turns.flatten()):
            torch.testing.assert_close(found.flatten(), other, rtol=0, atol=1e-10)


def test_proposition_2_first_part() -> None:
    """F AᴴA Fᴴ is diagonal for partial Fourier, and for no other operator here."""
    mask = variable_density((4, 8), 0.4, 0)
    fourier = MaskedFourier(mask, real=False)
    units = torch.eye(32, dtype=torch.complex128).view(32, 1, 4, 8)
    spectra = torch.fft.ifft2(units, norm="ortho")

    def in_fourier(physics: object) -> torch.Tensor:
        return torch.fft.fft2(physics.A_adjoint(physics.A(spectra)), norm="ortho").flatten(1).T

    found = in_fourier(fourier)
    torch.testing.assert_close(found, torch.diag(found.diagonal()), rtol=0, atol=1e-12)
    torch.testing.assert_close(found.diagonal().real, mask.flatten().double(), rtol=0, atol=1e-12)
    for other in (StructurallyRandom((4, 8), 9), ScrambledHadamard((4, 8), 9)):
        columns = []
        for part in (spectra.real, spectra.imag):
            columns.append(other.A_adjoint(other.A(part)))
        gram = torch.fft.fft2(torch.complex(*columns), norm="ortho").flatten(1).T
        assert (gram - torch.diag(gram.diagonal())).norm() > 0.5


def test_without_order_rows_of_hadamard_are_blocks() -> None:
    """What the permutation is for: a mean of blocks is seen by few rows, and random rows miss it."""
    image = torch.zeros(1, 1, 16, 16, dtype=torch.float64)
    image[..., :8, :] = 1
    image = image - image.mean()
    rows = drawn_rows(256, 60)
    plain = OrthonormalRows((16, 16), rows)
    from mddl_lib.compressive_imaging.operators.fast_transform import walsh_hadamard

    plain.transform = walsh_hadamard
    seen = plain.A(image).norm() / image.norm()
    scrambled = ScrambledHadamard((16, 16), rows).A(image).norm() / image.norm()
    assert seen < 1e-12 or seen > 1 - 1e-12, "one coefficient holds all"
    assert 0.3 < scrambled < 0.7


def test_the_mean_is_kept_or_left_out() -> None:
    assert int(drawn_rows(100, 10)[0]) == 0
    assert int(drawn_rows(100, 99, keep_mean=False)[0]) == 1
    constant = torch.ones(1, 1, *SHAPE, dtype=torch.float64)
    with_mean, without = MAKE["Hadamard"](), MAKE["Hadamard without the mean"]()
    torch.testing.assert_close(with_mean.A_adjoint(with_mean.A(constant)), constant)
    assert without.A(constant).norm() < 1e-12


def test_real_images_behind_phases_have_no_projection() -> None:
    """Re AᴴA is no projection; its solve is exact nevertheless, and differs from the real part of the complex one."""
    complex_one = CodedDiffraction.random((6, 6), 18, real=False)
    real_one = CodedDiffraction.random((6, 6), 18, real=True)
    x = draw(1, 1, 6, 6)
    once = real_one.A_adjoint(real_one.A(x))
    assert (real_one.A_adjoint(real_one.A(once)) - once).norm() > 0.05 * once.norm()
    b = draw(1, 1, 6, 6).flip(-1)
    exact, short = real_one.solve_normal(b, 0.2), complex_one.solve_normal(b.to(torch.complex128), 0.2).real
    torch.testing.assert_close(real_one.A_adjoint(real_one.A(exact)) + 0.2 * exact, b, rtol=0, atol=1e-10)
    assert (exact - short).norm() > 0.01 * exact.norm()


def test_the_same_seed_is_the_same_operator() -> None:
    for make in (lambda s: ScrambledHadamard(SHAPE, 9, s), lambda s: StructurallyRandom(SHAPE, 9, s)):
        x = draw(1, 1, *SHAPE)
        assert torch.equal(make(3).A(x), make(3).A(x))
        assert not torch.equal(make(3).A(x), make(4).A(x))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ScrambledHadamard((12, 16), 5), "expected powers of two"),
        (lambda: OrthonormalRows(SHAPE, torch.tensor([1, 1, 2])), "rows holds a number twice"),
        (lambda: OrthonormalRows(SHAPE, torch.tensor([32])), "from 0 to 31"),
        (lambda: OrthonormalRows(SHAPE, 33), "at most 32 rows"),
        (lambda: ScrambledHadamard(SHAPE, 32, keep_mean=False), "at most 31 rows"),
        (lambda: DenseRows((128, 128), 5), "at most 4096 pixels"),
        (lambda: CodedDiffraction(torch.ones(4, 4), torch.ones(4, 4)), "modulus 1"),
        (lambda: CodedDiffraction(2 * torch.ones(4, 4, dtype=torch.complex64), torch.ones(4, 4)), "modulus 1"),
        (lambda: CodedDiffraction(torch.ones(4, 5, dtype=torch.complex64), torch.ones(4, 4)), "the mask's"),
        (lambda: MAKE["dense"]().A(torch.zeros(1, 1, 8, 4)), r"expected \(batch, channel, 4, 8\)"),
        (lambda: MAKE["dense"]().A(torch.full((1, 1, 4, 8), torch.nan)), "NaN"),
        (lambda: MAKE["dense"]().A_adjoint(torch.zeros(1, 1, 8)), r"expected \(batch, channel, 9\)"),
        (lambda: MAKE["Hadamard"]().solve_normal(torch.zeros(1, 1, 4, 8), torch.ones(4, 5)), "expected a number"),
        (lambda: MAKE["Hadamard"]().solve_normal(torch.zeros(1, 1, 4, 8), 0.0), "penalty is 0.0"),
        (lambda: CodedDiffraction.random((4, 4), 8).A(torch.zeros(1, 1, 4, 4, dtype=torch.complex64)), "real=False"),
    ],
)
def test_what_is_no_operator_and_no_image_is_named(make: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
