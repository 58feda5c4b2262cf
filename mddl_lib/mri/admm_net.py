"""Deep ADMM-Net: ADMM for compressive-sensing MRI, cut after K turns, with filters, shrinkage and weights learned.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import analyse, dct_basis, power_spectrum, synthesise
from mddl_lib.core.normal_equations import solve_normal, zero_filled
from mddl_lib.core.shrinkage import PiecewiseLinear, soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ADMMState


class DCTFilters(nn.Module):
    """L filters written in the non-constant DCT basis: f_l = Σ_m coefficients(l, m) B_m. Their mean is always zero."""

    basis: Tensor

    def __init__(self, size: int = 3) -> None:
        super().__init__()
        check_size(size)
        self.register_buffer("basis", dct_basis(size), persistent=False)
        self.coefficients = nn.Parameter(torch.eye(len(self.basis)))

    def forward(self) -> Tensor:
        """The filters, (L, size, size)."""
        return (self.coefficients @ self.basis.flatten(1)).view_as(self.basis)


def check_size(size: int) -> None:
    """The side of the filters: odd, so that a filter has a middle.

    :raises ValueError: for anything else.
    """
    arguments.counts(3, size=size)
    if size % 2 == 0:
        raise ValueError(f"size is {size}: expected an odd number, so that a filter has a middle")


class Reconstruction(nn.Module):
    r"""Layer X: the image that agrees with the data and with the filter responses.

    .. math:: x = \Bigl(A^H A + \sum_l \rho_l H_l^T H_l\Bigr)^{-1}
                  \Bigl[A^H y + \sum_l \rho_l H_l^T (z_l - \beta_l)\Bigr]

    - :math:`H_l`: learned filters (ADMM has :math:`H_l = D_l`); :math:`\rho_l`: learned penalties.

    The talk's reconstruction layer (slide "Deep ADMM-Net"); one pair of transforms, by Proposition 2 (1).
    """

    def __init__(self, size: int = 3, penalty: float = 0.2) -> None:
        super().__init__()
        arguments.not_negative(penalty=penalty)
        self.filters = DCTFilters(size)
        self.penalty = nn.Parameter(torch.full((size * size - 1,), float(penalty)))

    def forward(self, zero_filled: Tensor, target: Tensor | None, physics: Any) -> Tensor:
        """``target`` is z − β, or None for zero."""
        filters, weights = self.filters(), self.penalty
        shape = (zero_filled.shape[-2], zero_filled.shape[-1])
        right = zero_filled
        if target is not None:
            right = right + synthesise(target, weights[:, None, None] * filters)
        return solve_normal(physics, right, power_spectrum(filters, weights, shape))


class Start(nn.Module):
    """The first X layer, with z = β = 0."""

    def __init__(self, size: int = 3) -> None:
        super().__init__()
        self.reconstruction = Reconstruction(size)

    def forward(self, y: Tensor, physics: Any) -> ADMMState:
        image = zero_filled(y, physics)
        if image.is_complex():
            raise ValueError(
                "ADMMNet takes real images, and this physics makes complex ones: use ADMMCSNet, or "
                "MaskedFourier(mask, real=True) where the images are real"
            )
        return ADMMState(self.reconstruction(image, None, physics), None, None, image)


class Stage(nn.Module):
    r"""One turn of ADMM, in the order C, Z, M, X.

    .. math::
        c_l &= D_l x \\
        z_l &= S_l(c_l + \beta_l) \\
        \beta_l &\leftarrow \beta_l + \eta_l (c_l - z_l) \\
        x &\leftarrow \text{layer X from } z_l - \beta_l

    - :math:`D_l`: analysis filters; :math:`S_l`: piecewise-linear shrinkage; :math:`\eta_l`: update rates.

    The talk's convolution, nonlinear transform, multiplier and reconstruction layers. ADMM writes X first; turning the
    wheel by one step lets a stage end with its estimate.
    """

    def __init__(self, size: int = 3, rate: float = 1.6, threshold: float = 0.05) -> None:
        super().__init__()
        check_size(size)
        arguments.not_negative(rate=rate)
        channels = size * size - 1
        self.filters = DCTFilters(size)
        self.shrinkage = PiecewiseLinear(channels, threshold=threshold)
        self.rate = nn.Parameter(torch.full((channels,), float(rate)))
        self.reconstruction = Reconstruction(size)

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        response = analyse(state.estimate, self.filters())  # layer C
        shifted = response if state.multiplier is None else response + state.multiplier
        split = self.shrinkage(shifted)  # layer Z
        rate, step = self.rate[:, None, None], response - split
        multiplier = rate * step if state.multiplier is None else torch.addcmul(state.multiplier, rate, step)  # layer M
        estimate = self.reconstruction(state.zero_filled, split - multiplier, physics)  # layer X
        return ADMMState(estimate, split, multiplier, state.zero_filled)


class ADMMNet(Unrolled):
    """ADMM-Net of the paper's "stage n": a start and n + 2 turns, n + 3 reconstruction layers in all.

    ``ADMMNet(15)`` has 17 turns, 18 X layers and 16 256 parameters. As made, it is the paper's Init-Net: identity
    coefficients, ρ = 0.2, η = 1.6 and a soft threshold of 0.05.

    :param stages: n, the paper's number of middle stages.
    :raises ValueError: for n below −1 (n + 2 turns must be 1 or more).

    Source: Yang, Sun, Li, Xu, NIPS 2016; PAMI 2020 ("Basic-ADMM-CSNet").
    """

    family = "admm_net"
    """its key in :data:`mddl_lib.mri.networks.NETWORKS`"""

    def __init__(self, stages: int, size: int = 3) -> None:
        if not isinstance(stages, int) or isinstance(stages, bool) or stages < -1:
            raise ValueError(f"stages is {stages!r}: expected a whole number n ≥ -1 (the network has n + 2 turns)")
        super().__init__(Start(size), [Stage(size) for _ in range(stages + 2)])
        self.config = {"stages": stages, "size": size}

    @torch.no_grad()
    def from_algorithm(self, penalty: float = 0.2, rate: float = 1.6, threshold: float = 0.06) -> ADMMNet:
        """Set every constant to ADMM's: H = D = the DCT filters, one ρ, η and threshold for all turns and filters.

        The threshold is that of the piecewise-linear *interpolant* of soft shrinkage. Interpolant and shrinkage are equal
        only when the threshold lies on a knot (a multiple of 0.02 for 101 knots on [−1, 1]); the paper's 0.05 does not.

        :raises ValueError: for a penalty or rate that is not positive, or a threshold below 0.
        """
        arguments.positive(penalty=penalty, rate=rate)
        arguments.not_negative(threshold=threshold)
        for reconstruction in [self.start.reconstruction, *(stage.reconstruction for stage in self.stages)]:
            reconstruction.filters.coefficients.copy_(torch.eye(len(reconstruction.filters.basis)))
            reconstruction.penalty.fill_(penalty)
        for stage in self.stages:
            stage.filters.coefficients.copy_(torch.eye(len(stage.filters.basis)))
            stage.rate.fill_(rate)
            stage.shrinkage.values.copy_(soft(stage.shrinkage.positions(), threshold).expand_as(stage.shrinkage.values))
        return self
