"""The Laplacian of a surface: the cotangent formula by hand, and the robust one that stands bad meshes."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, diags

from mddl_lib.shapes.mesh import Mesh


def cotangent_laplacian(mesh: Mesh) -> tuple[csc_matrix, np.ndarray]:
    r"""Stiffness matrix and areas of the linear finite elements on a mesh, the Laplacian of a graph with cotangents as weights:

    .. math:: (L f)_i = \sum_{j \sim i} w_{ij} (f_i - f_j), \qquad w_{ij} = \tfrac12 (\cot \alpha_{ij} + \cot \beta_{ij}), \qquad
              a_i = \tfrac13 \sum_{T \ni i} |T|

    - :math:`f`: a value a vertex; :math:`\alpha_{ij}, \beta_{ij}`: the angles across the edge ij in its (one or two) triangles;
    - :math:`a_i`: the area of vertex i, a third of its triangles T. :math:`f^\top L f` is the Dirichlet energy of f.

    :returns: L (V, V), symmetric with zero row sums, and a (V,), in the square of the vertices' unit.
    :raises ValueError: for a triangle without area, whose angles are none.

    Source: Pinkall, Polthier, Experimental Mathematics 1993.
    """
    _check(mesh)
    count, areas = len(mesh.vertices), mesh.face_areas
    if not (areas > 0).all():
        raise ValueError(
            f"{mesh.name}: face {int(areas.argmin())} has the area 0: expected a mesh as repaired makes it"
        )
    rows, columns, weights = [], [], []
    for corner in range(3):
        apex, i, j = (mesh.faces[:, (corner + k) % 3] for k in range(3))
        to_i, to_j = mesh.vertices[i] - mesh.vertices[apex], mesh.vertices[j] - mesh.vertices[apex]
        cotangent = (to_i * to_j).sum(1) / (2 * areas)  # cos / sin of the angle at the apex, across from ij
        rows.append(i), columns.append(j), weights.append(cotangent / 2)
    upper = coo_matrix(
        (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=(count, count)
    ).tocsc()
    adjacency = upper + upper.T
    laplacian = diags(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency
    return laplacian.tocsc(), np.bincount(mesh.faces.ravel(), np.repeat(areas / 3, 3), count)


def robust_laplacian(mesh: Mesh) -> tuple[csc_matrix, np.ndarray]:
    """As :func:`cotangent_laplacian`, on the intrinsic Delaunay triangulation of the same surface: no negative weight.

    It stands thin triangles, borders and edges with three faces. The package ``robust-laplacian`` computes it.

    :returns: L (V, V) and areas (V,).
    :raises ValueError: for a vertex that no face uses.
    :raises ModuleNotFoundError: naming the extra to install.

    Source: Sharp, Crane, Symposium on Geometry Processing 2020.
    """
    _check(mesh)
    if (unused := len(mesh.vertices) - len(np.unique(mesh.faces))) > 0:
        raise ValueError(f"{mesh.name}: {unused} vertices lie on no face: expected a mesh as repaired makes it")
    try:
        import robust_laplacian as library  # here: only the chapter on shapes needs it
    except ModuleNotFoundError:
        raise ModuleNotFoundError("robust_laplacian is not installed: pip install 'mddl[shapes]'") from None
    stiffness, mass = library.mesh_laplacian(mesh.vertices, mesh.faces)
    return csc_matrix(stiffness), np.asarray(mass.diagonal())


def _check(mesh: Mesh) -> None:
    if not isinstance(mesh, Mesh):
        raise ValueError(f"mesh is a {type(mesh).__name__}: expected a Mesh")
