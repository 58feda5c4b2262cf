"""FDLCP: patches of one direction share an orthogonal dictionary, learned from the image itself.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.patches import take
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.competition.adapted_frame import adapted
from mddl_lib.mri.competition.patch_directions import ClassifiedFrame, classified_frame, directional_bases


def procrustes(codes: Tensor, vectors: Tensor) -> Tensor:
    r"""The orthogonal D that makes :math:`\|V D^T - C\|_F` least, :math:`D = U V'^T` from the SVD :math:`C^T V = U S V'^T`.

    :param codes: C, (N, P).
    :param vectors: V, (N, P), one a row.
    :raises ValueError: for two shapes, or no matrices.

    Source: Schönemann 1966.
    """
    _check_matrices(codes=codes, vectors=vectors)
    left, _, right = torch.linalg.svd(codes.mT @ vectors)
    return left @ right


def learn_dictionary(vectors: Tensor, threshold: float, iterations: int = 10) -> Tensor:
    r"""An orthogonal dictionary in which some vectors are sparse: (P, P), atoms are rows.

    .. math:: \min_{D^T D = I,\ C}\ \tfrac12 \|V D^T - C\|_F^2 + t\,\|C\|_1, \qquad
              C \leftarrow S(V D^T; t), \quad D \leftarrow \text{Procrustes}(C, V)

    - :math:`V`: vectors (N, P), one a row; :math:`t`: ``threshold``; :math:`S`: soft shrinkage.

    Both half steps are exact, so the objective (:func:`dictionary_objective`) never rises. It begins with D = I.

    :raises ValueError: for vectors that are no finite matrix, and for a threshold or a count that is not positive.

    Source: Zhan et al. 2016, who count nonzero codes in place of their ℓ1 norm
    (hard shrinkage); soft did better on our training images.
    """
    arguments.tensors(vectors=vectors)
    if vectors.ndim != 2 or not bool(torch.isfinite(vectors).all()):
        raise ValueError(f"the vectors have the shape {tuple(vectors.shape)}: expected (N, P), finite numbers")
    arguments.positive(threshold=threshold)
    arguments.counts(1, iterations=iterations)
    # in every orthogonal dictionary a vector no longer than t has the code 0, and no say in D
    vectors = vectors[torch.linalg.vector_norm(vectors, dim=1) > threshold]
    dictionary = torch.eye(vectors.shape[1], dtype=vectors.dtype, device=vectors.device)
    for _ in range(iterations if len(vectors) else 0):
        dictionary = procrustes(soft(vectors @ dictionary.mT, threshold), vectors)
    return dictionary


def dictionary_objective(vectors: Tensor, codes: Tensor, dictionary: Tensor, threshold: float) -> Tensor:
    r""":math:`\tfrac12 \|V D^T - C\|_F^2 + t\,\|C\|_1`, a number.

    :raises ValueError: for matrices that do not fit, or a threshold below 0.
    """
    _check_matrices(codes=codes, vectors=vectors)
    _check_matrices(dictionary=dictionary)
    arguments.not_negative(threshold=threshold)
    return (vectors @ dictionary.mT - codes).square().sum() / 2 + threshold * codes.abs().sum()


def _check_matrices(**matrices: Tensor) -> None:
    arguments.tensors(**matrices)
    shapes = [tuple(matrix.shape) for matrix in matrices.values()]
    if len(set(shapes)) > 1 or len(shapes[0]) != 2:
        raise ValueError(f"{' and '.join(matrices)} have the shapes {shapes}: expected one shape, (rows, columns)")


@dataclass(frozen=True)
class DictionaryFit:
    """From a guide image to the frame of its directions, with a learned dictionary for each in place of its wavelets.

    The mean keeps its atom: what is learned is a rotation of the wavelets' details.

    :param threshold: t of the learning, for images in [0, 1].
    :param count: directions, one class each.
    :param size: side of the patches.
    :param step: from one patch to the next.
    :param iterations: of the learning.
    """

    threshold: float
    count: int = 8
    size: int = 8
    step: int = 1
    iterations: int = 10

    def __post_init__(self) -> None:
        arguments.positive(threshold=self.threshold)
        arguments.counts(1, count=self.count, size=self.size, step=self.step, iterations=self.iterations)

    def __call__(self, image: Tensor) -> ClassifiedFrame:
        frame = classified_frame(image, directional_bases(self.count, self.size), self.step)
        learned = frame.bases.clone()
        for k, patches in enumerate(take(image, frame.sorted_index).split(frame.sizes)):
            details = frame.bases[k, 1:]
            learned[k, 1:] = learn_dictionary(patches @ details.mT, self.threshold, self.iterations) @ details
        return ClassifiedFrame(frame.shape, frame.step, frame.index, frame.classes, learned)


def fdlcp(
    weight: float,
    threshold: float = 0.04,
    penalty: float = 0.02,
    count: int = 8,
    step: int = 1,
    turns: int = 10,
    updates: int = 2,
    guide: nn.Module | None = None,
) -> Unrolled:
    r"""Fast dictionary learning on classified patches:
    :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_i \tfrac1c \|(D_{k(i)} E_i x)_{\ge 1}\|_1`.

    - :math:`E_i`: takes the 8×8 patch i; :math:`k(i)`: its class, the direction in which the guide's patch is sparsest;
    - :math:`D_k`: the orthogonal dictionary of class k, learned on the guide (:func:`learn_dictionary`); its first atom is
      the mean, which costs nothing;
    - :math:`c` = 8/step: each pixel lies in :math:`c^2` patches, which makes the frame tight;
    - :math:`\lambda`: ``weight``, for images in [0, 1] and the unitary Fourier transform.

    First guide: SIDWT; then the estimate itself, ``updates`` − 1 times. Between two fits it is ADMM
    (:class:`mddl_lib.mri.competition.adapted_frame.AdaptedTurn`).

    :param threshold: t of the learning.
    :param penalty: ρ.
    :param count: classes.
    :param step: from one patch to the next, a divisor of 8.
    :param turns: of ADMM in each frame.
    :param updates: frames.
    :param guide: another start, model(y, physics).
    :raises ValueError: for constants that are not positive. The network raises it for more than one image.

    Source: Zhan, Cai, Guo, Liu, Chen, Qu 2016, "Fast multiclass dictionaries learning
    with geometrical directions in MRI reconstruction".
    """
    return adapted(DictionaryFit(threshold, count, step=step), weight, penalty, turns, updates, guide)
