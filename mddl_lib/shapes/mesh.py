"""A triangle mesh: a piece of surface as vertices and faces, checked and, where that is safe, repaired."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from data_fetch import CannotDecode
from data_fetch.decoders import mesh as decoder

LEAST_SHARE = 0.8
"""of the surface that the largest connected piece must hold; with less, a mesh is two shapes, and is refused"""


@dataclass(frozen=True)
class Mesh:
    """A surface as triangles. It may be open, and more than two triangles may share an edge.

    :param vertices: points (V, 3).
    :param faces: triangles (F, 3), three numbers of vertices each.
    :param name: for messages.
    :raises ValueError: for other shapes, NaN, or a face that names no vertex.
    """

    vertices: np.ndarray = field(repr=False)
    faces: np.ndarray = field(repr=False)
    name: str = "mesh"

    def __post_init__(self) -> None:
        vertices, faces = np.asarray(self.vertices), np.asarray(self.faces)
        for what, array, kinds in (("vertices", vertices, "fiu"), ("faces", faces, "iu")):
            if array.ndim != 2 or array.shape[1] != 3 or not len(array) or array.dtype.kind not in kinds:
                raise ValueError(
                    f"{self.name}: {what} are {array.dtype} of shape {array.shape}: expected (number, 3), "
                    f"{'real' if what == 'vertices' else 'whole'} numbers"
                )
        if not np.isfinite(vertices).all():
            raise ValueError(f"{self.name}: vertices hold NaN or infinity: expected finite numbers")
        if faces.min() < 0 or faces.max() >= len(vertices):
            raise ValueError(
                f"{self.name}: faces name the vertices {faces.min()} to {faces.max()}: expected 0 to {len(vertices) - 1}"
            )
        object.__setattr__(self, "vertices", np.ascontiguousarray(vertices, np.float64))
        object.__setattr__(self, "faces", np.ascontiguousarray(faces, np.int64))

    @property
    def face_areas(self) -> np.ndarray:
        r""":math:`\tfrac12 \|(b - a) \times (c - a)\|` of each face with the corners a, b, c, (F,)."""
        a, b, c = self.vertices[self.faces].transpose(1, 0, 2)
        return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2

    @property
    def area(self) -> float:
        """Of the whole surface, in the square of the vertices' unit."""
        return float(self.face_areas.sum())

    @property
    def edges(self) -> np.ndarray:
        """Each edge once, (E, 2)."""
        sides = self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        return np.unique(np.sort(sides, axis=1), axis=0)

    @property
    def closed(self) -> bool:
        """Whether each edge lies between exactly two faces."""
        sides = np.sort(self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        return bool((np.unique(sides, axis=0, return_counts=True)[1] == 2).all())

    def of_unit_area(self) -> Mesh:
        """Scaled, so that the whole surface is 1.

        :raises ValueError: for a surface without area.
        """
        if not self.area > 0:
            raise ValueError(f"{self.name} has the area {self.area}: expected a surface")
        return replace(self, vertices=self.vertices / np.sqrt(self.area))

    def __repr__(self) -> str:
        return f"Mesh({self.name!r}, {len(self.vertices)} vertices, {len(self.faces)} faces)"


def repaired(mesh: Mesh) -> Mesh:
    """The mesh without what is no surface: seams are sewn, faces that fall together and specks are left out.

    Holes, borders, edges with three faces and thin triangles stay: the robust Laplacian stands them, and a thin triangle
    that is taken out leaves a slit.

    :raises ValueError: for a mesh without area, or whose largest connected piece holds less than
        :data:`LEAST_SHARE` of it: then it is several shapes.
    """
    if not isinstance(mesh, Mesh):
        raise ValueError(f"mesh is a {type(mesh).__name__}: expected a Mesh")
    total = mesh.area
    if not total > 0:
        raise ValueError(f"{mesh.name} has the area {total}: expected a surface")
    points, faces = _welded(mesh.vertices, mesh.faces, 1e-7 * float(np.ptp(mesh.vertices, axis=0).max()))
    corners = np.sort(faces, axis=1)
    faces = faces[(corners[:, 1:] > corners[:, :-1]).all(axis=1)]
    faces = _single(faces)
    if not len(faces):
        raise ValueError(
            f"{mesh.name} is folded flat onto itself: expected a surface that encloses something, or an open one"
        )
    pieces = _pieces(faces, len(points))[faces[:, 0]]
    shares = np.bincount(pieces, Mesh(points, faces).face_areas) / total
    largest = int(shares.argmax())
    if shares[largest] < LEAST_SHARE:
        raise ValueError(
            f"{mesh.name} falls into {int((shares > 0).sum())} pieces, the largest with {shares[largest]:.0%} of the surface: "
            f"expected one shape, {LEAST_SHARE:.0%} or more"
        )
    faces = faces[pieces == largest]
    used, renumbered = np.unique(faces, return_inverse=True)
    return Mesh(points[used], renumbered.reshape(-1, 3), mesh.name)


def read_mesh(path: Path | str) -> Mesh:
    """A mesh of one's own, from an OFF or OBJ file.

    :raises ValueError: naming the file, when it is no such mesh, or is cut.
    :raises FileNotFoundError: when there is no such file.
    """
    path = Path(path)
    content = path.read_bytes()
    try:
        read = decoder.read(content, None)[0]
    except (CannotDecode, UnicodeDecodeError, ValueError, IndexError) as error:
        raise ValueError(f"{path} cannot be read: {error}; expected triangles in an OFF or OBJ file") from None
    return Mesh(read["vertices"], read["faces"], path.stem)


def _pieces(faces: np.ndarray, count: int) -> np.ndarray:
    """The connected piece of each vertex, (V,)."""
    ends = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), ends.T), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _single(faces: np.ndarray) -> np.ndarray:
    """Of faces with the same corners one, or none where as many look one way as the other: a fold without thickness."""
    _, group = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True)
    group = group.ravel()
    a, b, c = faces.T
    turns = np.sign((b - a) * (c - b) * (c - a))  # +1 for an even order of the three numbers
    net = np.bincount(group, turns)
    first = np.unique(group, return_index=True)[1]
    return faces[np.sort(first[net != 0])]


def _welded(vertices: np.ndarray, faces: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Points within ``width`` of each other become one where both lie on a border, as along a seam, or an edge joins them.

    Others may coincide and stay two: a surface may touch itself.
    """
    near = cKDTree(vertices).query_pairs(width, output_type="ndarray")
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, counts = np.unique(sides, axis=0, return_counts=True)
    border = np.zeros(len(vertices), bool)
    border[edges[counts == 1].ravel()] = True
    key = np.array([len(vertices), 1])
    near = near[border[near].all(axis=1) | np.isin(np.sort(near, axis=1) @ key, edges @ key)]
    if not len(near):
        return vertices, faces
    count = len(vertices)
    groups = connected_components(coo_matrix((np.ones(len(near)), near.T), shape=(count, count)), directed=False)[1]
    _, first = np.unique(groups, return_index=True)
    return vertices[first], groups[faces]
