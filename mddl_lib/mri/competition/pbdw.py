"""PBDW: patches are sparse in wavelets along their own direction.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.competition.adapted_frame import adapted
from mddl_lib.mri.competition.patch_directions import ClassifiedFrame, classified_frame, directional_bases


@dataclass(frozen=True)
class DirectionalFit:
    """From a guide image to the frame of its patches' directions.

    :param count: directions.
    :param size: side of the patches.
    :param step: from one patch to the next.
    :raises ValueError: for a count that is none.
    """

    count: int = 16
    size: int = 8
    step: int = 1

    def __post_init__(self) -> None:
        arguments.counts(1, count=self.count, size=self.size, step=self.step)

    def __call__(self, image: Tensor) -> ClassifiedFrame:
        return classified_frame(image, directional_bases(self.count, self.size), self.step)


def pbdw(
    weight: float,
    penalty: float = 0.02,
    count: int = 16,
    step: int = 1,
    turns: int = 12,
    updates: int = 2,
    guide: nn.Module | None = None,
) -> Unrolled:
    r"""Patch-based directional wavelets: :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_i \tfrac1c \|(B_{k(i)} E_i x)_{\ge 1}\|_1`.

    - :math:`E_i`: takes the 8×8 patch i; :math:`k(i)`: the direction in which the guide's patch i is sparsest;
    - :math:`B_k`: sorts the pixels across direction k, then a 1-D Haar transform; index ≥ 1: all but the mean;
    - :math:`c` = 8/step: each pixel lies in :math:`c^2` patches, which makes the frame tight;
    - :math:`\lambda`: ``weight``, for images in [0, 1] and the unitary Fourier transform.

    First guide: SIDWT; then the estimate itself, ``updates`` − 1 times. Between two fits it is ADMM
    (:class:`mddl_lib.mri.competition.adapted_frame.AdaptedTurn`).

    :param penalty: ρ.
    :param count: directions.
    :param step: from one patch to the next, a divisor of 8.
    :param turns: of ADMM in each frame.
    :param updates: frames.
    :param guide: another start, model(y, physics).
    :raises ValueError: for constants that are not positive. The network raises it for more than one image.

    Source: Qu et al. 2012, "Undersampled MRI reconstruction
    with patch-based directional wavelets"; the solver here is ADMM in place of their continuation.
    """
    return adapted(DirectionalFit(count, step=step), weight, penalty, turns, updates, guide)
