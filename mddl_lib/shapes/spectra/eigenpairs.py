r"""The lowest eigenpairs of a surface's Laplacian: its pitches :math:`\lambda_k` and its standing waves :math:`\phi_k`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import linalg
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import LinearOperator, eigsh, splu

from mddl_lib.core import arguments
from mddl_lib.shapes.mesh import Mesh, repaired
from mddl_lib.shapes.spectra.laplacian import robust_laplacian

DENSE = 4
"""up to so many vertices a wanted pair, all pairs are computed at once: that is faster"""
SHIFT = -0.01
"""of the factorised matrix: below the spectrum, which starts at 0 and whose next value is above 1 on a unit area"""
TOLERANCE = 1e-8
"""of the Lanczos iteration, relative: the residual is far below what is checked"""
ACCURACY = 1e-6
"""of the residual, relative to the largest eigenvalue"""


@dataclass(frozen=True)
class Spectrum:
    """The k lowest eigenpairs of a surface of unit area, the constant one first.

    :param values: eigenvalues (k,), not falling, the first 0.
    :param functions: eigenfunctions (V, k), orthonormal under the areas.
    :param areas: of the vertices, (V,), summing to one.
    :raises ValueError: for shapes that do not fit, or NaN.
    """

    values: np.ndarray = field(repr=False)
    functions: np.ndarray = field(repr=False)
    areas: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        shapes = [np.shape(array) for array in (self.values, self.functions, self.areas)]
        if [len(shape) for shape in shapes] != [1, 2, 1] or shapes[1] != (*shapes[2], *shapes[0]):
            raise ValueError(f"values, functions and areas have the shapes {shapes}: expected (k,), (V, k), (V,)")
        if not all(np.isfinite(array).all() for array in (self.values, self.functions, self.areas)):
            raise ValueError("the spectrum holds NaN or infinity: expected finite numbers")

    def __repr__(self) -> str:
        return f"Spectrum({len(self.values)} pairs on {len(self.areas)} vertices)"


def spectrum(mesh: Mesh, count: int = 100) -> Spectrum:
    """The lowest eigenpairs of a mesh, repaired and scaled to unit area.

    :param count: how many.
    :raises ValueError: for a mesh that :func:`~mddl_lib.shapes.mesh.repaired` refuses, or one with too few vertices.
    :raises ArithmeticError: when the pairs are none, which no mesh has led to.
    """
    sound = repaired(mesh).of_unit_area()
    laplacian, areas = robust_laplacian(sound)
    return Spectrum(*eigenpairs(laplacian, areas, count), areas)


def eigenpairs(laplacian: csc_matrix, areas: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    r"""The lowest solutions of :math:`L \phi = \lambda A \phi` with :math:`A = \operatorname{diag}(a)`.

    .. math:: S = A^{-1/2} L A^{-1/2}, \qquad S \psi = \lambda \psi, \qquad \phi = A^{-1/2} \psi

    Substituting makes a standard problem of the generalised one. Lanczos iteration on :math:`(S - \sigma I)^{-1}`
    finds the values next to the shift :math:`\sigma < 0`. The factorisation knows that S is symmetric, and so fills in less.

    :param laplacian: L (V, V), symmetric and positive semidefinite.
    :param areas: a (V,), positive.
    :param count: how many.
    :returns: values (count,), not falling; functions (V, count) with :math:`\phi^\top A \phi = I`.
    :raises ValueError: for areas that are none, or more pairs than vertices.
    :raises ArithmeticError: when the residual is too large.
    """
    arguments.counts(1, count=count)
    areas = np.asarray(areas)
    if areas.ndim != 1 or laplacian.shape != (len(areas), len(areas)):
        raise ValueError(
            f"areas have the shape {areas.shape}, the Laplacian {laplacian.shape}: expected (V,) and (V, V)"
        )
    if not (np.isfinite(areas).all() and (areas > 0).all()):
        raise ValueError(f"areas go from {areas.min():g} to {areas.max():g}: expected positive numbers")
    if count > len(areas):
        raise ValueError(f"count is {count}: the mesh has {len(areas)} vertices, and so as many eigenpairs")
    root = 1 / np.sqrt(areas)
    standard = (diags(root) @ laplacian @ diags(root)).tocsc()
    standard = (standard + standard.T) / 2
    if len(areas) <= DENSE * count:
        values, waves = linalg.eigh(standard.toarray(), subset_by_index=(0, count - 1))
    else:
        values, waves = _lanczos(standard, count)
    signs = np.random.default_rng(0).choice(
        [-1.0, 1.0], count
    )  # one combination of all: as good a check, at a hundredth
    worst = np.abs(standard @ (waves @ signs) - waves @ (values * signs)).max()
    if not worst <= ACCURACY * max(abs(values[-1]), 1.0):
        raise ArithmeticError(f"an eigenpair misses its equation by {worst:.1e}: expected {ACCURACY:g} of the largest")
    values = np.maximum(values, 0)  # the constant's is zero up to rounding
    functions = root[:, None] * waves
    strongest = np.abs(functions).argmax(axis=0)
    return values, functions * np.sign(functions[strongest, np.arange(count)])  # one sign of the two, always the same


def _lanczos(standard: csc_matrix, count: int) -> tuple[np.ndarray, np.ndarray]:
    size = standard.shape[0]
    scale = standard.diagonal().mean()
    shift = SHIFT * min(1.0, scale)
    factor = splu(
        (standard - shift * diags(np.ones(size))).tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )  # fmt: skip
    inverse = LinearOperator((size, size), matvec=factor.solve, dtype=standard.dtype)
    start = np.random.default_rng(0).standard_normal(size)  # the same pairs in each run
    basis = min(
        size, count + max(20, count // 2)
    )  # of the Krylov space: a smaller one restarts, a larger one orthogonalises more
    values, waves = eigsh(standard, k=count, sigma=shift, OPinv=inverse, v0=start, ncv=basis, tol=TOLERANCE)
    order = np.argsort(values)
    return values[order], waves[:, order]
