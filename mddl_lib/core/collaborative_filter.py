"""Groups of similar patches in a three-dimensional transform, where they are sparse: the heart of BM3D and PANO.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.patches import coverage, patch_index, put, take
from mddl_lib.core.shrinkage import hard


def dct_matrix(size: int) -> Tensor:
    r"""The orthonormal DCT-II, :math:`C_{an} = c_a \cos\frac{\pi(2n+1)a}{2\,\mathrm{size}}`: doubles, (size, size).

    :math:`c_0 = \sqrt{1/\mathrm{size}}`, else :math:`c_a = \sqrt{2/\mathrm{size}}`.

    :raises ValueError: for a size below 1.
    """
    arguments.counts(1, size=size)
    n = torch.arange(size, dtype=torch.float64)
    matrix = math.sqrt(2 / size) * torch.cos(math.pi * (2 * n + 1) * n[:, None] / (2 * size))
    matrix[0] = math.sqrt(1 / size)
    return matrix


def haar_matrix(size: int) -> Tensor:
    r"""The orthonormal Haar transform, (size, size), doubles: the mean, then differences, coarse to fine.

    .. math:: H_{2n} = \tfrac{1}{\sqrt2} \begin{pmatrix} H_n \otimes (1, 1) \\ I_n \otimes (1, -1) \end{pmatrix},
              \qquad H_1 = 1

    :raises ValueError: for a size that is no power of two.
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < 1 or size & (size - 1):
        raise ValueError(f"size is {size!r}: expected a power of two, as the Haar transform halves")
    matrix = torch.ones(1, 1, dtype=torch.float64)
    while len(matrix) < size:
        means = torch.kron(matrix, torch.tensor([[1.0, 1.0]], dtype=torch.float64))
        differences = torch.kron(torch.eye(len(matrix), dtype=torch.float64), matrix.new_tensor([[1.0, -1.0]]))
        matrix = torch.cat([means, differences]) / math.sqrt(2)
    return matrix


class GroupTransform:
    r"""The transform of groups of similar patches, :math:`T x`, and its adjoint.

    .. math:: (T x)_g = (H \otimes B \otimes B)\, E_g x

    - :math:`E_g x`: the k patches of group g, stacked; :math:`B`: an orthonormal transform of the rows and of the columns
      of a patch; :math:`H`: an orthonormal transform along the stack, the Haar transform or one of each group's own.

    :math:`T^T T = \sum_g E_g^T E_g` is diagonal: it counts in how many patches a pixel lies (:meth:`coverage`).

    :param matches: corners of the patches, (groups N, patches a group k), as :func:`~mddl_lib.core.patches.match`
        returns them.
    :param basis: B, (size, size).
    :param shape: the image's height and width.
    :param stack: H of every group, (N, k, k), as :func:`principal_components` returns them; when not given, the Haar
        transform for all, and k is a power of two.
    :raises ValueError: for matches or a stack of another shape, or, without a stack, a k that is no power of two.

    Source: Dabov, Foi, Katkovnik, Egiazarian 2007.
    """

    def __init__(self, matches: Tensor, basis: Tensor, shape: tuple[int, int], stack: Tensor | None = None) -> None:
        arguments.tensors(matches=matches, basis=basis)
        if basis.ndim != 2 or basis.shape[0] != basis.shape[1]:
            raise ValueError(f"the basis has the shape {tuple(basis.shape)}: expected (size, size)")
        if matches.ndim != 2:
            raise ValueError(f"the matches have the shape {tuple(matches.shape)}: expected (groups, patches a group)")
        expected = (*matches.shape, matches.shape[1])
        if stack is not None and stack.shape != expected:
            raise ValueError(f"the stack has the shape {tuple(stack.shape)}: expected {expected}, a matrix a group")
        self.shape = shape
        self.index = patch_index(matches.T, shape, len(basis))  # (k, N, size²)
        self.plane = torch.kron(basis, basis)  # for a patch written row by row
        self.stack = haar_matrix(matches.shape[1]) if stack is None else stack

    def analyse(self, image: Tensor) -> Tensor:
        """T x: (1, 1, H, W) to coefficients (k, N, size²)."""
        planes = take(image, self.index) @ self.plane.to(image).T
        return self._along(self.stack.to(image), planes)

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Tᵀ c: every patch is added where it was taken, (k, N, size²) to (1, 1, H, W)."""
        planes = self._along(self.stack.to(coefficients).mT, coefficients)
        return put(planes @ self.plane.to(coefficients), self.index, self.shape)

    def coverage(self, weights: Tensor | None = None) -> Tensor:
        """Σ_g w_g E_gᵀ 1: the weights (N,) of the groups, 1 when not given, added up at each pixel, (1, 1, H, W)."""
        if weights is None:
            return coverage(self.index, self.shape)
        return put(weights[:, None].expand(self.index.shape), self.index, self.shape)

    @staticmethod
    def _along(stack: Tensor, planes: Tensor) -> Tensor:
        """H, one for all groups or one a group, along the first axis of (k, N, size²)."""
        if stack.ndim == 2:
            return (stack @ planes.flatten(1)).view(planes.shape)
        return torch.bmm(stack, planes.movedim(1, 0)).movedim(0, 1)


def principal_components(image: Tensor, matches: Tensor, size: int) -> Tensor:
    r"""For each group, the orthonormal transform along the stack that decorrelates its patches.

    .. math:: (E_g x)(E_g x)^T = H_g^T \Lambda_g H_g

    - :math:`E_g x`: the patches of group g, one a row, (k, size²); :math:`\Lambda_g`: diagonal, ascending.

    The rows of :math:`H_g E_g x` are orthogonal, and no other transform gathers as much of the group's energy in few of
    them: most of it lies in the last. The mean is not taken off before.

    :param matches: (groups N, patches a group k).
    :param size: of a patch.
    :returns: H_g, (N, k, k).
    :raises ValueError: for a patch larger than the image.

    Source: Dabov, Foi, Katkovnik, Egiazarian 2009 ("BM3D image denoising with
    shape-adaptive principal component analysis"), there across the pixels of a patch, here along the stack.
    """
    arguments.tensors(image=image, matches=matches)
    if image.ndim != 4 or matches.ndim != 2:
        raise ValueError(
            f"the image has the shape {tuple(image.shape)}, the matches {tuple(matches.shape)}: expected (1, 1, height, "
            "width) and (groups, patches a group)"
        )
    patches = take(image, patch_index(matches, (image.shape[-2], image.shape[-1]), size))
    return torch.linalg.eigh(patches @ patches.mT).eigenvectors.mT


def hard_threshold(image: Tensor, transform: GroupTransform, threshold: float) -> Tensor:
    r"""The first step of BM3D: threshold each group's coefficients, and average all estimates of a pixel.

    .. math:: \hat x = \frac{\sum_g w_g\, E_g^T (H \otimes B \otimes B)^T\, \mathrm{hard}\bigl((Tx)_g;\ t\bigr)}
                            {\sum_g w_g\, E_g^T 1}, \qquad w_g = \frac{1}{\max(1, \text{number of coefficients kept in } g)}

    - :math:`t`: the threshold, 2.7 σ for white noise of standard deviation σ.

    Groups that few coefficients describe are trusted more: they keep less noise.

    :raises ValueError: for a threshold below 0.

    Source: Dabov, Foi, Katkovnik, Egiazarian 2007.
    """
    arguments.not_negative(threshold=threshold)
    _check_transform(transform)
    kept = hard(transform.analyse(image), threshold)
    number = torch.count_nonzero(kept, dim=(0, 2))
    weights = 1 / number.clamp_min(1).to(image)
    return transform.synthesise(kept.mul_(weights[:, None])) / transform.coverage(weights)


def wiener(image: Tensor, pilot: Tensor, transform: GroupTransform, sigma: float) -> Tensor:
    r"""The second step of BM3D: shrink each group's coefficients as a pilot says, and average all estimates of a pixel.

    .. math:: \hat x = \frac{\sum_g w_g\, E_g^T (H \otimes B \otimes B)^T\, \bigl(a_g \circ (Tx)_g\bigr)}
                            {\sum_g w_g\, E_g^T 1}, \qquad
              a_g = \frac{(Tp)_g^2}{(Tp)_g^2 + \sigma^2}, \qquad w_g = \frac{1}{\max(1, \|a_g\|_2^2)}

    - :math:`p`: the pilot, an estimate of the truth, usually by :func:`hard_threshold`;
    - :math:`\sigma`: the standard deviation of white noise in the image;
    - :math:`a_g`: with the truth as pilot, the factors that make the expected squared error least.

    :raises ValueError: for a noise level that is not positive, or a pilot of another shape than the image's.

    Source: Dabov, Foi, Katkovnik, Egiazarian 2007.
    """
    arguments.positive(sigma=sigma)
    arguments.tensors(image=image, pilot=pilot)
    _check_transform(transform)
    if pilot.shape != image.shape:
        raise ValueError(f"the pilot has the shape {tuple(pilot.shape)}: expected the image's, {tuple(image.shape)}")
    energy = transform.analyse(pilot).square_()
    factors = energy / (energy + sigma**2)
    weights = 1 / factors.square().sum((0, 2)).clamp_min(1)
    shrunk = transform.analyse(image) * factors * weights[:, None]
    return transform.synthesise(shrunk) / transform.coverage(weights)


def _check_transform(transform: GroupTransform) -> None:
    if not isinstance(transform, GroupTransform):
        raise TypeError(f"transform is a {type(transform).__name__}: expected a GroupTransform")
