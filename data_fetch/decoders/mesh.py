"""Triangle meshes in OFF and OBJ files: lists of numbers as text, each vertex kept in its place.

They are read here and not by a library: trimesh drops a vertex that no face uses (one mesh of `mcgill` has one) and takes
a cut OFF file for a whole one; then numbers of vertices in a chapter would not be those of the file.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import CannotDecode
from ..registry import Group


def read(content: bytes, group: Group) -> list[dict[str, np.ndarray]]:
    """Vertices (V, 3) and faces (F, 3) as the file lists them, faces counting vertices from 0.

    :raises CannotDecode: for a file without triangles, with other polygons, or that is cut.
    """
    lines = [line.split("#")[0].split() for line in content.decode("ascii").splitlines()]
    lines = [line for line in lines if line]
    vertices, faces = off(lines) if lines and lines[0][0].startswith("OFF") else obj(lines)
    if not vertices or not faces:
        raise CannotDecode(f"{len(vertices)} vertices and {len(faces)} faces in it, expected an OFF or OBJ mesh")
    return [{"vertices": table(vertices, np.float64, "vertices"), "faces": table(faces, np.int64, "triangles")}]


def off(lines: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """``OFF``, the numbers of vertices, faces and edges, then a line each; a face starts with its number of corners.

    :raises CannotDecode: when the file holds fewer lines than its head promises, or a face that is no triangle.
    """
    head = [*lines[0][1:], *(lines[1] if len(lines[0]) == 1 else [])]
    count, triangles = int(head[0]), int(head[1])
    body = lines[2 if len(lines[0]) == 1 else 1 :]
    if len(body) < count + triangles:
        raise CannotDecode(f"{len(body)} lines, its head promises {count} vertices and {triangles} faces: it is cut")
    faces = body[count : count + triangles]
    if any(face[0] != "3" for face in faces):
        raise CannotDecode("faces with other than three corners, expected triangles")
    return [vertex[:3] for vertex in body[:count]], [face[1:4] for face in faces]


def obj(lines: Iterable[list[str]]) -> tuple[list[list[str]], list[list[int]]]:
    """``v x y z`` and ``f a b c``, a corner as ``vertex/texture/normal`` that counts from 1; other lines are passed over."""
    vertices, faces = [], []
    for word, *values in lines:
        if word == "v":
            vertices.append(values[:3])  # some programs add a colour
        elif word == "f":
            corners = [int(corner.split("/")[0]) for corner in values]
            faces.append([corner - 1 if corner > 0 else len(vertices) + corner for corner in corners])
    return vertices, faces


def table(rows: list[list[str]] | list[list[int]], kind: type, what: str) -> np.ndarray:
    """Rows of three numbers as an array.

    :raises CannotDecode: for a row of another length.
    """
    if any(len(row) != 3 for row in rows):
        raise CannotDecode(f"{what} with other than three numbers: it may be cut")
    return np.array(rows, dtype=kind)
