"""Generic ADMM-CSNet: ADMM with variable splitting, its denoiser one learned gradient step on a small CNN.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.normal_equations import solve_normal, zero_filled
from mddl_lib.core.shrinkage import PiecewiseLinear
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ADMMState
from mddl_lib.models.learned_gradient import learned_gradient


class SplitReconstruction(nn.Module):
    r"""Layer X of the split problem: the image that agrees with the data and with the denoised image.

    .. math:: x = (A^H A + \rho)^{-1} \bigl[A^H y + \rho\,(z - \beta)\bigr]

    - :math:`\rho`: learned penalty, one number. With A = PF the estimate is the same for the unitary transform and for
      the paper's unnormalised one: numerator and denominator are scaled alike.

    Source: Yang, Sun, Li, Xu, PAMI 2020; the talk, "Extensions of ADMM-Net".
    """

    def __init__(self, penalty: float = 0.1) -> None:
        super().__init__()
        arguments.positive(penalty=penalty)
        self.penalty = nn.Parameter(torch.tensor(float(penalty)))

    def forward(self, zero_filled: Tensor, target: Tensor | None, physics: Any) -> Tensor:
        """``target`` is z − β, or None for zero."""
        right = zero_filled if target is None else zero_filled + self.penalty * target
        return solve_normal(physics, right, self.penalty)


class SplitStart(nn.Module):
    """The first X layer, with z = β = 0; it is a :class:`SplitReconstruction` unless another layer is given."""

    def __init__(self, reconstruction: nn.Module | None = None) -> None:
        super().__init__()
        self.reconstruction = SplitReconstruction() if reconstruction is None else reconstruction
        if not isinstance(self.reconstruction, nn.Module):
            raise TypeError(f"reconstruction is a {type(reconstruction).__name__}: expected a torch module")

    def forward(self, y: Tensor, physics: Any) -> ADMMState:
        image = zero_filled(y, physics)
        return ADMMState(self.reconstruction(image, None, physics), None, None, image)


def check_sizes(size: int, **numbers: int) -> None:
    """Counts of 1 or more, and the side of filters that have a middle.

    :raises ValueError: for anything else.
    """
    arguments.counts(1, size=size, **numbers)
    if size % 2 == 0:
        raise ValueError(f"size is {size}: expected an odd number, so that a filter has a middle")


class Denoiser(nn.Module):
    r"""Layers A, C₁, H, C₂: one step down a learned energy, from v.

    .. math:: z = v - k_2 * S(k_1 * v + b_1) - b_2

    - :math:`k_1, b_1`: from one channel to L, :math:`k_2, b_2`: from L to one; correlations, zero padding;
    - :math:`S`: a piecewise-linear function a channel.

    With :math:`k_2 = \tau\, k_1^T`, no biases and :math:`S = g'` it is the step
    :math:`v - \tau \nabla \sum_l g(D_l v)`.

    Complex images: the same real weights act on the real and on the imaginary part, which stand in the batch.

    Source: Yang, Sun, Li, Xu, PAMI 2020.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        check_sizes(size, channels=channels)
        self.weight1, self.bias1 = (
            nn.Parameter(torch.empty(channels, 1, size, size)),
            nn.Parameter(torch.empty(channels)),
        )
        self.shrinkage = PiecewiseLinear(channels)
        self.weight2, self.bias2 = nn.Parameter(torch.empty(1, channels, size, size)), nn.Parameter(torch.empty(1))

    def forward(self, v: Tensor) -> Tensor:
        """(B, 1, H, W), real or complex, to the same."""
        if v.is_complex():
            return torch.complex(*self(torch.cat([v.real, v.imag])).chunk(2))
        step = learned_gradient(v, self.weight1, self.bias1, self.shrinkage, self.weight2)
        return v - step - self.bias2[:, None, None]


class SplitStage(nn.Module):
    r"""One turn of ADMM with variable splitting, in the order Z, M, X.

    .. math::
        z &= \mathrm{denoiser}(x + \beta) \\
        \beta &\leftarrow \beta + \eta\,(x - z) \\
        x &\leftarrow (A^H A + \rho)^{-1} \bigl[A^H y + \rho\,(z - \beta)\bigr]

    - :math:`\eta`: learned update rate. The paper writes X first; so turned, a stage ends with its estimate.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        self.denoiser = Denoiser(channels, size)
        self.rate = nn.Parameter(torch.tensor(1.0))
        self.reconstruction = SplitReconstruction()

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        x = state.estimate
        split = self.denoiser(x if state.multiplier is None else x + state.multiplier)
        step = self.rate * (x - split)
        multiplier = step if state.multiplier is None else state.multiplier + step
        return ADMMState(
            self.reconstruction(state.zero_filled, split - multiplier, physics), split, multiplier, state.zero_filled
        )


class ADMMCSNet(Unrolled):
    r"""Generic ADMM-CSNet: a start and K turns, K + 1 reconstruction layers. Images real or complex, any forward operator.

    ``ADMMCSNet()`` is the paper's: 10 turns, 128 filters of 5x5, 194 591 parameters. As made, it is the paper's
    Init-Net10: ρ = 0.1, η = 1, filters drawn from :math:`N(0, 2/(s^2 L))`, no biases, S = max(·, 0) between the knots.

    :param stages: K.
    :param channels: L.
    :param size: s, odd.
    :param seed: of the filters drawn.
    :raises ValueError: for counts that are not positive whole numbers, or an even size.

    Source: Yang, Sun, Li, Xu, "ADMM-CSNet", PAMI 2020.
    """

    family = "admm_csnet"
    """its key in :data:`mddl_lib.compressive_imaging.networks.NETWORKS`"""

    def __init__(self, stages: int = 10, channels: int = 128, size: int = 5, seed: int = 0) -> None:
        check_sizes(size, stages=stages, channels=channels)
        arguments.counts(0, seed=seed)
        super().__init__(SplitStart(), [SplitStage(channels, size) for _ in range(stages)])
        self.config = {"stages": stages, "channels": channels, "size": size}
        generator, deviation = torch.Generator().manual_seed(seed), (2 / (size * size * channels)) ** 0.5
        with torch.no_grad():
            for stage in self.stages:
                layer = stage.denoiser
                for weight in (layer.weight1, layer.weight2):
                    weight.copy_(deviation * torch.randn(weight.shape, generator=generator))
                layer.bias1.zero_()
                layer.bias2.zero_()
                layer.shrinkage.values.copy_(layer.shrinkage.positions().clamp_min(0).expand_as(layer.shrinkage.values))

    @torch.no_grad()
    def from_algorithm(
        self,
        penalty: float = 0.1,
        rate: float = 1.0,
        step: float = 1.0,
        bend: float = 0.02,
        filters: Tensor | None = None,
    ) -> ADMMCSNet:
        r"""Set every constant to those of ADMM with one inner gradient step.

        .. math:: z = v - \tau \sum_l D_l^T g'(D_l v), \qquad g'(t) = \max(-\delta, \min(t, \delta))

        - :math:`g`: Huber's penalty, :math:`t^2/2` up to :math:`|t| = \delta`, straight beyond. Its derivative *clips*; no
          gradient step soft-thresholds. :math:`\tau`: ``step``; :math:`\delta`: ``bend``.

        The piecewise-linear function is g' where :math:`|D_l v| \le 1`, its knots' reach, and δ lies on a knot.

        :param filters: D, (up to L, s, s), correlations; channels left over are zero. Default: the non-constant DCT filters
            divided by s, with :math:`\sum_l D_l^T D_l = I` less the local mean away from the border.
        :raises ValueError: for more filters than channels or another size.
        """
        channels, size = self.config["channels"], self.config["size"]
        filters = dct_basis(size)[:channels] / size if filters is None else filters
        if filters.ndim != 3 or len(filters) > channels or filters.shape[1:] != (size, size):
            raise ValueError(f"filters have the shape {tuple(filters.shape)}: expected (≤ {channels}, {size}, {size})")
        for reconstruction in [self.start.reconstruction, *(stage.reconstruction for stage in self.stages)]:
            reconstruction.penalty.fill_(penalty)
        for stage in self.stages:
            layer = stage.denoiser
            for parameter in layer.parameters():
                parameter.zero_()
            stage.rate.fill_(rate)
            layer.weight1[: len(filters), 0] = filters.to(layer.weight1)
            layer.weight2.copy_(step * layer.weight1.flip(-2, -1).transpose(0, 1))  # τ k₁ᵀ: flipped, channels swapped
            layer.shrinkage.values.copy_(
                layer.shrinkage.positions().clamp(-bend, bend).expand_as(layer.shrinkage.values)
            )
        return self
