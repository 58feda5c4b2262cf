"""Meshes: what is refused, what is repaired, and files that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage.measure import marching_cubes

import data_fetch
from mddl_lib.shapes import changes
from mddl_lib.shapes.mesh import Mesh, read_mesh, repaired
from mddl_lib.shapes.spectra.eigenpairs import spectrum

from .pieces import CUBE, SIDES, body, cube, strip

OFF = "OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 2 1\n3 0 1 3\n3 0 3 2\n3 1 2 3\n"


@pytest.mark.parametrize(
    ("vertices", "faces", "message"),
    [
        (np.zeros((3, 2)), [[0, 1, 2]], r"vertices are float64 of shape \(3, 2\): expected \(number, 3\)"),
        (CUBE, np.zeros((0, 3), int), r"faces are int64 of shape \(0, 3\)"),
        (CUBE, SIDES.astype(float), "faces are float64"),
        (CUBE * np.nan, SIDES, "NaN or infinity"),
        (CUBE, SIDES + 1, "faces name the vertices 1 to 8: expected 0 to 7"),
        (CUBE, SIDES - 1, "faces name the vertices -1 to 6"),
    ],
)
def test_what_is_no_mesh_is_named(vertices, faces, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Mesh(vertices, faces)


def test_a_cube_has_its_area_edges_and_is_closed() -> None:
    mesh = cube()
    assert mesh.area == pytest.approx(6)
    assert mesh.of_unit_area().area == pytest.approx(1)
    assert len(mesh.edges) == 18
    assert mesh.closed
    assert not Mesh(CUBE, SIDES[1:]).closed
    assert not strip().closed


def test_loose_points_and_faces_listed_twice_go() -> None:
    messy = Mesh(np.vstack([CUBE, [[5, 5, 5]]]), np.vstack([SIDES, SIDES[:1], [[0, 0, 1]]]))
    sound = repaired(messy)
    assert (len(sound.vertices), len(sound.faces)) == (8, 12)
    assert sound.closed


def test_a_seam_is_sewn() -> None:
    """Each face with three points of its own, as some programs write them."""
    apart = Mesh(CUBE[SIDES].reshape(-1, 3), np.arange(36).reshape(-1, 3))
    assert not apart.closed
    sound = repaired(apart)
    assert (len(sound.vertices), sound.closed) == (8, True)


def test_a_surface_that_touches_itself_is_not_sewn_there() -> None:
    """Two cubes that share a point in space, joined by nothing: they stay two, and that is said."""
    with pytest.raises(ValueError, match=r"2 pieces, the largest with 50%"):
        repaired(Mesh(np.vstack([CUBE, CUBE + 1]), np.vstack([SIDES, SIDES + 8])))


def test_an_edge_without_length_is_closed_up() -> None:
    """A sphere whose grid goes through its centre: marching cubes puts several points into one."""
    ticks = np.arange(-1.2, 1.21, 0.2)
    grid = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"))
    vertices, faces, *_ = marching_cubes(np.linalg.norm(grid, axis=0), level=1.0, spacing=(0.2,) * 3)
    mesh = Mesh(vertices, faces)
    assert mesh.closed
    assert (mesh.face_areas == 0).any()
    sound = repaired(mesh)
    assert sound.closed
    assert (sound.face_areas > 0).all()
    assert len(sound.vertices) - len(sound.edges) + len(sound.faces) == 2
    assert sound.area == pytest.approx(mesh.area)


def test_a_fold_without_thickness_goes() -> None:
    """A pocket of two equal faces, back to back, on an edge of the cube."""
    fin = np.vstack([CUBE, [[0, -1, 0.5]]])
    with_fin = Mesh(fin, np.vstack([SIDES, [[0, 1, 8], [1, 0, 8]]]))
    assert repaired(with_fin).closed
    assert len(repaired(with_fin).faces) == 12
    with pytest.raises(ValueError, match="folded flat onto itself"):
        repaired(Mesh(CUBE, np.array([[0, 1, 3], [1, 0, 3]])))


def test_specks_go_and_two_shapes_are_refused() -> None:
    speck = Mesh(np.vstack([CUBE, 0.1 * CUBE + 5]), np.vstack([SIDES, SIDES + 8]))
    assert len(repaired(speck).faces) == 12
    with pytest.raises(ValueError, match=r"2 pieces, the largest with 50% of the surface: expected one shape"):
        repaired(Mesh(np.vstack([CUBE, CUBE + 5]), np.vstack([SIDES, SIDES + 8])))


def test_a_mesh_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has the area 0\.0: expected a surface"):
        repaired(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])))


@pytest.mark.parametrize(
    "mesh",
    [
        strip(),
        changes.with_hole(body(), 0.1, 30),
        Mesh(np.vstack([strip().vertices, [[0, 2, 3], [1, 2, 3]]]), np.vstack([strip().faces, [[26, 27, 66], [26, 27, 65]]])),
        Mesh(strip().vertices * [1, 1e-4, 1], strip().faces),
    ],
    ids=["open", "a hole", "three faces at an edge", "needles"],
)  # fmt: skip
def test_bad_meshes_have_a_spectrum(mesh: Mesh) -> None:
    found = spectrum(mesh, 10)
    assert found.values[0] == pytest.approx(0, abs=1e-6)
    assert np.isfinite(found.functions).all()
    assert (np.diff(found.values) >= -1e-9).all()


def test_off_and_obj_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.off").write_text(OFF)
    lines = ["v 0 0 0", "v 1 0 0", "v 0 1 0", "v 0 0 1", "f 1 3 2", "f 1/1 2/2 4/4", "f 1 4 3", "f -3 -2 -1"]
    (tmp_path / "b.obj").write_text("\n".join(lines))
    first, second = read_mesh(tmp_path / "a.off"), read_mesh(str(tmp_path / "b.obj"))
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.faces, second.faces)
    assert (first.name, first.closed) == ("a", True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (OFF[:40], "it is cut"),
        (OFF.replace("3 0 2 1", "4 0 2 1 3"), "other than three corners"),
        ("hello", "expected triangles in an OFF or OBJ file"),
        ("", "0 vertices and 0 faces"),
        (OFF.replace("1 0 0", "1 x 0"), "expected triangles in an OFF or OBJ file"),
        (OFF.replace("1 0 0", "nan 0 0"), "NaN or infinity"),
    ],
)
def test_bad_files_are_named(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.off").write_text(content)
    with pytest.raises(ValueError, match=message) as caught:
        read_mesh(tmp_path / "bad.off")
    assert "bad" in str(caught.value)


def test_a_file_of_bytes_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.off").write_bytes(bytes(range(256)))
    with pytest.raises(ValueError, match=r"bad\.off cannot be read"):
        read_mesh(tmp_path / "bad.off")


@pytest.mark.data
@pytest.mark.parametrize("name", ["faust_5k", "mcgill"])
def test_every_mesh_of_the_collections_is_closed_once_repaired(name: str) -> None:
    if not data_fetch.available(name):
        pytest.skip(f"{name} is not here")
    data = data_fetch.load(name)
    for sample in (data[index] for index in range(0, len(data), 9)):
        mesh = repaired(Mesh(sample["vertices"], sample["faces"], sample.name))
        assert mesh.closed, mesh


def test_every_body_of_the_large_set_is_closed_and_of_genus_0() -> None:
    data = data_fetch.load("phantom_bodies_300")
    assert len(data) == 300
    for index in range(3, 300, 33):
        sample = data[index]
        mesh = Mesh(sample["vertices"], sample["faces"], sample.name)
        assert mesh.closed
        assert len(mesh.vertices) - len(mesh.edges) + len(mesh.faces) == 2


def test_changes_do_what_they_say() -> None:
    mesh = body()
    assert np.allclose(changes.rotated(mesh, 90).vertices[:, 1], mesh.vertices[:, 1])
    assert changes.scaled(mesh, 3).area == pytest.approx(9 * mesh.area)
    assert np.allclose(changes.bent(mesh, 0).vertices, mesh.vertices)
    assert changes.bent(mesh, 60).area == pytest.approx(mesh.area, rel=0.1)
    assert len(changes.with_hole(mesh, 0.25).faces) == len(mesh.faces) - int(0.25 * len(mesh.faces))
    assert np.array_equal(changes.jittered(mesh, 0).vertices, mesh.vertices)
