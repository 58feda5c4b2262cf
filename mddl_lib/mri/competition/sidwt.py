"""SIDWT: an image is sparse in shift-invariant wavelets.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.core.wavelets import ShiftInvariantWavelets
from mddl_lib.models.admm import ZeroFilled
from mddl_lib.models.tight_frame import FrameTurn


def sidwt(
    weight: float, penalty: float | None = None, levels: int = 4, name: str = "haar", turns: int = 40
) -> Unrolled:
    r"""Sparsity in shift-invariant wavelets, by ADMM: :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_{l \ge 1} \|(Wx)_l\|_1`.

    - :math:`W`: the undecimated wavelet transform, :math:`W^T W = I`;
    - :math:`l`: its channels; the approximation, :math:`l = 0`, costs nothing: it is what every image has, not sparse;
    - :math:`\lambda`: ``weight``, for images in [0, 1] and the unitary Fourier transform.

    The decimated transform favours some positions, and its errors show as blocks; the undecimated one is the average
    over all shifts ("cycle spinning"). One turn is :class:`mddl_lib.models.tight_frame.FrameTurn`.

    :param penalty: ρ, 20 λ when not given.
    :param levels: of the transform.
    :param name: PyWavelets' name of the wavelet.
    :param turns: of ADMM, all with the same constants.
    :raises ValueError: for a weight or penalty that is not positive, and for levels or a wavelet that do not exist. The
        network raises it for an image whose height or width :math:`2^\text{levels}` does not divide.

    Source: the "SIDWT" row of the paper, Baraniuk, "Rice Wavelet Toolbox"; the
    solver is ours, ADMM of Boyd et al. 2011.
    """
    arguments.positive(weight=weight)
    frame = ShiftInvariantWavelets(levels, name)
    penalty = 20 * weight if penalty is None else penalty
    return Unrolled.tied(ZeroFilled(), FrameTurn(frame, weight, penalty, soft_details), turns)


def soft_details(coefficients: Tensor, threshold: float) -> Tensor:
    r"""Soft shrinkage of all channels but the first, which holds the approximation: (B, C, H, W).

    The proximal operator of :math:`t \sum_{l \ge 1} \|c_l\|_1`.

    :raises ValueError: for coefficients without channels, or a threshold below 0.
    """
    arguments.tensors(coefficients=coefficients)
    if coefficients.ndim < 2:
        raise ValueError(f"the coefficients have the shape {tuple(coefficients.shape)}: expected (batch, channels, …)")
    return torch.cat([coefficients[:, :1], soft(coefficients[:, 1:], threshold)], dim=1)
