"""Laplacian, eigenpairs and signatures: exact where something is known exactly, invariant where the chapter says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import diags
from scipy.sparse.linalg import eigsh

from mddl_lib.shapes import changes
from mddl_lib.shapes.mesh import Mesh, repaired
from mddl_lib.shapes.spectra import keeping
from mddl_lib.shapes.spectra.eigenpairs import Spectrum, eigenpairs, spectrum
from mddl_lib.shapes.spectra.keeping import kept_spectrum
from mddl_lib.shapes.spectra.laplacian import cotangent_laplacian, robust_laplacian
from mddl_lib.shapes.spectra.signatures import (
    heat_kernel_signature,
    scale_invariant_signature,
    wave_kernel_signature,
)

from .pieces import ball, body, cube, heard, strip

BOTH = pytest.mark.parametrize("make", [cotangent_laplacian, robust_laplacian])
SIGNATURES = {
    "heat": lambda s: heat_kernel_signature(s, [0.01, 0.1]),
    "wave": lambda s: wave_kernel_signature(s, 20),
    "scale-invariant": lambda s: scale_invariant_signature(s, 20),
}


@BOTH
@pytest.mark.parametrize("mesh", [ball(), repaired(body()), strip()], ids=["ball", "body", "strip"])
def test_the_laplacian_is_one(make, mesh: Mesh) -> None:
    """Symmetric, constants in its kernel, no negative energy; the areas sum to the surface."""
    stiffness, areas = make(mesh)
    assert abs(stiffness - stiffness.T).max() < 1e-12
    assert np.abs(stiffness @ np.ones(len(areas))).max() < 1e-10
    assert np.linalg.eigvalsh(stiffness.toarray()).min() > -1e-10
    assert areas.sum() == pytest.approx(mesh.area, rel=1e-4)
    assert (areas > 0).all()


def test_the_two_laplacians_agree_on_a_good_mesh() -> None:
    """The strip's squares are cut along diagonals with two right angles across: weight 0, Delaunay as it is."""
    (one, a), (two, b) = cotangent_laplacian(strip()), robust_laplacian(strip())
    assert abs(one - two).max() < 1e-4
    assert np.abs(a - b).max() < 1e-4


def test_the_energy_of_a_linear_function_is_its_slope_squared_times_the_area() -> None:
    mesh = strip(10, 3)
    stiffness, _ = cotangent_laplacian(mesh)
    f = 2 * mesh.vertices[:, 0] - 0.5 * mesh.vertices[:, 1]
    assert f @ stiffness @ f == pytest.approx((4 + 0.25) * 30)


def test_eigenvalues_of_a_sphere() -> None:
    """l (l + 1), each 2 l + 1 times, to one percent."""
    values = spectrum(ball(0.07), 16).values / (4 * np.pi)
    exact = np.repeat([2.0, 6.0, 12.0], [3, 5, 7])
    assert values[0] == pytest.approx(0, abs=1e-8)
    assert np.abs(values[1:] / exact - 1).max() < 0.01


def test_eigenpairs_are_orthonormal_solve_their_equation_and_are_those_of_plain_eigsh() -> None:
    stiffness, areas = robust_laplacian(repaired(body(0, 1.2)).of_unit_area())
    values, functions = eigenpairs(stiffness, areas, 30)
    assert len(areas) > 120, "so that the sparse solver is tried"
    assert np.abs(functions.T @ (areas[:, None] * functions) - np.eye(30)).max() < 1e-9
    assert np.abs(stiffness @ functions - areas[:, None] * functions * values).max() < 1e-7 * values[-1]
    plain, _ = eigsh(stiffness, 30, M=diags(areas).tocsc(), sigma=-0.01)
    assert np.allclose(values, np.sort(plain), rtol=1e-8, atol=1e-8)


def test_dense_and_sparse_solvers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from mddl_lib.shapes.spectra import eigenpairs as module

    stiffness, areas = robust_laplacian(repaired(body()).of_unit_area())
    dense, _ = eigenpairs(stiffness, areas, len(areas) // 3)
    monkeypatch.setattr(module, "DENSE", 0)
    sparse, _ = eigenpairs(stiffness, areas, len(areas) // 3)
    assert np.allclose(dense, sparse, rtol=1e-8, atol=1e-8)


def test_more_pairs_than_vertices_are_refused() -> None:
    with pytest.raises(ValueError, match="count is 9: the mesh has 8 vertices"):
        spectrum(cube(), 9)
    assert len(spectrum(cube(), 8).values) == 8


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_do_not_see_a_rigid_motion(name: str) -> None:
    mesh = changes.rotated(body(), 77, (1, -2, 0.4))
    moved = Mesh(np.add(mesh.vertices, [3, -1, 2]), mesh.faces)
    here, there = SIGNATURES[name](heard()), SIGNATURES[name](spectrum(moved, 40))
    assert np.abs(here - there).max() < 1e-6 * np.abs(here).max()


def raw(mesh: Mesh) -> Spectrum:
    """Without setting the area to one."""
    stiffness, areas = cotangent_laplacian(mesh)
    return Spectrum(*eigenpairs(stiffness, areas, 40), areas)


def test_the_scale_invariant_one_does_not_see_scale_and_the_others_do() -> None:
    small, large = raw(repaired(body())), raw(changes.scaled(repaired(body()), 7))
    assert np.allclose(large.values[1:] * 49, small.values[1:], rtol=1e-6)
    here, there = (scale_invariant_signature(s) for s in (small, large))
    assert np.abs(here - there).max() < 1e-6 * np.abs(here).max()
    for seen in (lambda s: heat_kernel_signature(s, [0.1]), wave_kernel_signature):
        assert not np.allclose(seen(small), seen(large), rtol=0.1)


@pytest.mark.parametrize("name", SIGNATURES)
def test_none_sees_scale_once_the_area_is_one(name: str) -> None:
    here, there = SIGNATURES[name](heard()), SIGNATURES[name](spectrum(changes.scaled(body(), 20), 40))
    assert np.abs(here - there).max() < 1e-6 * np.abs(here).max()


def test_signatures_do_not_see_how_equal_eigenvalues_are_mixed() -> None:
    """On the cube's surface pairs and triples are equal; turning inside such a space changes no signature."""
    found = spectrum(ball(), 9)
    level = np.r_[0.0, np.full(3, found.values[1:4].mean()), np.full(5, found.values[4:9].mean())]
    turn = np.eye(9)
    turn[1:4, 1:4] = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    one, two = Spectrum(level, found.functions, found.areas), Spectrum(level, found.functions @ turn, found.areas)
    for signature in SIGNATURES.values():
        assert np.allclose(signature(one), signature(two), rtol=1e-9, atol=1e-12)


def test_heat_is_as_much_as_was_put_in() -> None:
    """With all pairs: at short times all of the unit is still at its vertex, 1 / a; at long times it is spread over area one."""
    mesh = body()
    full = spectrum(mesh, len(repaired(mesh).vertices))
    heat = heat_kernel_signature(full, [1e-12, 1e3])
    assert np.allclose(heat[:, 0], 1 / full.areas, rtol=1e-3)
    assert np.allclose(heat[:, 1], 1)


def test_a_body_that_heats_up_stays_finite() -> None:
    """No exponential underflows into a division by zero, at 100 pairs of a small mesh."""
    found = spectrum(body(), 100)
    for signature in SIGNATURES.values():
        assert np.isfinite(signature(found)).all()


def test_a_kept_spectrum_is_read_and_a_damaged_file_is_computed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = body()
    first = kept_spectrum(mesh, 12, tmp_path)
    (file,) = tmp_path.glob("*.safetensors")
    monkeypatch.setattr(keeping, "spectrum", lambda *_: pytest.fail("it was kept"))
    again = kept_spectrum(mesh, 12, tmp_path)
    assert np.array_equal(first.functions, again.functions)
    assert np.array_equal(first.values, again.values)
    monkeypatch.undo()
    content = bytearray(file.read_bytes())
    content[-9] ^= 1
    file.write_bytes(content)
    with pytest.warns(UserWarning, match="computed anew"):
        mended = kept_spectrum(mesh, 12, tmp_path)
    assert np.array_equal(first.functions, mended.functions)
    file.write_bytes(bytes(content)[:100])
    with pytest.warns(UserWarning, match="computed anew"):
        kept_spectrum(mesh, 12, tmp_path)


def test_another_mesh_or_count_has_another_file(tmp_path: Path) -> None:
    for mesh, count in ((body(), 8), (body(), 9), (changes.scaled(body(), 2), 8)):
        kept_spectrum(mesh, count, tmp_path)
    files = sorted(tmp_path.glob("*.safetensors"))
    assert len(files) == 3
    names = {file.name for file in files}
    kept_spectrum(body(), 8, tmp_path / "alone")
    (first,) = (tmp_path / "alone").glob("*.safetensors")
    (other, *_) = sorted(names - {first.name})
    first.write_bytes((tmp_path / other).read_bytes())  # whole, but not of this mesh
    with pytest.warns(UserWarning, match="of another mesh"):
        kept_spectrum(body(), 8, tmp_path / "alone")
