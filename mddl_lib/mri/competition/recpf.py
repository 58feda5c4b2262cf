"""RecPF: total variation and sparse wavelets in one energy, and both splits of ADMM solved by one division in k-space.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import analyse, finite_differences, synthesise
from mddl_lib.core.normal_equations import solve_normal
from mddl_lib.core.shrinkage import group_soft, soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.core.wavelets import OrthogonalWavelets
from mddl_lib.models.admm import ADMMState, FixedSpectrum, ZeroFilled, energy

DIFFERENCES, WAVELETS = slice(0, 2), slice(2, 3)  # channels of the split and of the multiplier


class RecPFTurn(nn.Module):
    r"""One turn of ADMM on :math:`\tfrac12\|Ax-y\|^2 + a_{TV} \sum_p \|\nabla x(p)\|_2 + a_1 \|\Psi^T x\|_1`.

    Two splits, :math:`w = \nabla x` and :math:`v = \Psi^T x`, each with its multiplier:

    .. math::
        w &= S_2(\nabla x + \beta;\ 1/r), & \beta &\leftarrow \beta + \nabla x - w \\
        v &= S_1(\Psi^T x + \gamma;\ 1/r), & \gamma &\leftarrow \gamma + \Psi^T x - v

    .. math::
        x \leftarrow \bigl(A^H A + \rho_{TV} \nabla^T\nabla + \rho_1 I\bigr)^{-1}
             \bigl[A^H y + \rho_{TV} \nabla^T (w - \beta) + \rho_1 \Psi (v - \gamma)\bigr]

    - :math:`\Psi`: an orthonormal basis of wavelets; because :math:`\Psi\Psi^T = I`, the matrix is diagonal in k-space;
    - :math:`S_2, S_1`: soft shrinkage of the gradient's length and of each coefficient;
    - :math:`a_{TV}, a_1`: weights; :math:`\rho_{TV} = r\,a_{TV}` and :math:`\rho_1 = r\,a_1`: penalties.

    Split and multiplier are (B, 3, H, W): two differences and the wavelet coefficients, laid out as an image. With
    :math:`a_1 = 0` the second split is left out, and the turn is that of total variation.

    :param weight: a_TV.
    :param wavelet_weight: a_1, may be 0.
    :param ratio: r.
    :raises ValueError: for a weight or ratio that is not positive, and for a negative wavelet weight.

    Source: Yang, Zhang, Yin 2010, "A fast alternating direction method for TVL1-L2
    signal reconstruction from partial Fourier data".
    """

    def __init__(self, weight: float, wavelet_weight: float, ratio: float, wavelets: OrthogonalWavelets) -> None:
        super().__init__()
        arguments.positive(weight=weight, ratio=ratio)
        arguments.not_negative(wavelet_weight=wavelet_weight)
        _check(wavelets)
        self.register_buffer("filters", finite_differences(), persistent=False)
        self.weight, self.wavelet_weight, self.ratio, self.wavelets = weight, wavelet_weight, ratio, wavelets
        self.spectrum = FixedSpectrum()

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        threshold = 1 / self.ratio
        shifted = self._responses(state.estimate)
        if state.multiplier is not None:
            shifted = shifted + state.multiplier
        split = group_soft(shifted[:, DIFFERENCES], threshold)
        if self.wavelet_weight:
            split = torch.cat([split, soft(shifted[:, WAVELETS], threshold)], dim=1)
        multiplier = shifted - split
        estimate = self._image(state.zero_filled, split - multiplier, physics)
        return ADMMState(estimate, split, multiplier, state.zero_filled)

    def _responses(self, x: Tensor) -> Tensor:
        """∇x and Ψᵀx, one below the other."""
        differences = analyse(x, self.filters.to(x.real.dtype))
        return torch.cat([differences, self.wavelets.analyse(x)], dim=1) if self.wavelet_weight else differences

    def _image(self, zero_filled: Tensor, target: Tensor, physics: Any) -> Tensor:
        penalty = self.ratio * self.weight
        right = zero_filled + penalty * synthesise(target[:, DIFFERENCES], self.filters.to(target.dtype))
        spectrum = self.spectrum(self.filters, penalty, zero_filled)
        if self.wavelet_weight:
            wavelet_penalty = self.ratio * self.wavelet_weight
            right = right + wavelet_penalty * self.wavelets.synthesise(target[:, WAVELETS])
            spectrum = spectrum + wavelet_penalty
        return solve_normal(physics, right, spectrum)

    def extra_repr(self) -> str:
        return f"weight={self.weight}, wavelet_weight={self.wavelet_weight}, ratio={self.ratio}"


def recpf(
    weight: float, wavelet_weight: float, ratio: float = 20.0, levels: int = 4, name: str = "haar", turns: int = 80
) -> Unrolled:
    r"""RecPF: :math:`\tfrac12\|Ax-y\|^2 + a_{TV} \sum_p \|\nabla x(p)\|_2 + a_1 \|\Psi^T x\|_1`, by ADMM.

    Every turn is a :class:`RecPFTurn`, started at the zero-filled image.

    :param weight: a_TV.
    :param wavelet_weight: a_1, for images in [0, 1] and the unitary Fourier transform.
    :param ratio: r, penalty over weight, for both splits.
    :param levels: of the wavelet basis :math:`\Psi`.
    :param name: PyWavelets' name of the wavelet.
    :param turns: of ADMM, all with the same constants.
    :raises ValueError: as :class:`RecPFTurn` does, for levels or a wavelet that do not exist, and, by the network, for an
        image whose height or width :math:`2^\text{levels}` does not divide.

    Source: Yang, Zhang, Yin 2010.
    """
    turn = RecPFTurn(weight, wavelet_weight, ratio, OrthogonalWavelets(levels, name))
    return Unrolled.tied(ZeroFilled(), turn, turns)


def recpf_energy(
    x: Tensor, y: Tensor, physics: Any, weight: float, wavelet_weight: float, wavelets: OrthogonalWavelets
) -> Tensor:
    r"""The energy of :func:`recpf`, one number an image.

    :raises ValueError: for a measurement of another shape than A x, or a weight below 0.
    """
    arguments.not_negative(weight=weight, wavelet_weight=wavelet_weight)
    arguments.tensors(x=x)
    _check(wavelets)
    total_variation = energy(x, y, physics, finite_differences(x.dtype), weight, isotropic=True)
    return total_variation + wavelet_weight * wavelets.analyse(x).abs().flatten(1).sum(1)


def _check(wavelets: OrthogonalWavelets) -> None:
    if not isinstance(wavelets, OrthogonalWavelets):
        raise TypeError(f"wavelets is {wavelets!r}: expected OrthogonalWavelets")
