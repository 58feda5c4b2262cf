"""ISTA-Net+: iterative shrinkage-thresholding, its sparsifying transform a small network with a learned inverse.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.convolutions import gather, spread
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.metrics import relative_error
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ZeroFilled


class ISTAState(NamedTuple):
    """What a phase hands on."""

    estimate: Tensor
    """x, (B, 1, H, W)"""
    zero_filled: Tensor
    """Aᴴy, computed once, (B, 1, H, W)"""
    asymmetry: Tensor | None
    """Σ over the phases so far of the mean of (F̃(F(u)) − u)²; None unless it is trained on"""


class Transform(nn.Module):
    r"""Convolution, ReLU, convolution, on L channels: F, and :math:`\tilde F` that learns to undo it.

    .. math:: F(u) = k_2 * \max(k_1 * u, 0)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        arguments.counts(1, channels=channels)
        self.first = nn.Parameter(torch.empty(channels, channels, 3, 3))
        self.second = nn.Parameter(torch.empty(channels, channels, 3, 3))

    def forward(self, u: Tensor) -> Tensor:
        """(B, L, H, W) to the same."""
        return F.conv2d(F.relu(F.conv2d(u, self.first, padding=1)), self.second, padding=1)

    @torch.no_grad()
    def set_identity(self, count: int) -> None:
        """F(u) = u on the first ``count`` ≤ L/2 channels, the others 0: u = max(u, 0) − max(−u, 0)."""
        first, second = self.first.zero_()[:, :, 1, 1], self.second.zero_()[:, :, 1, 1]
        for channel in range(count):
            first[2 * channel, channel] = second[channel, 2 * channel] = 1
            first[2 * channel + 1, channel] = second[channel, 2 * channel + 1] = -1


class Phase(nn.Module):
    r"""One turn: a gradient step on the data term, then a learned proximal step.

    .. math::
        r &= x - \rho\, A^H (A x - y) \\
        u &= D r, \qquad s = \tilde F\bigl(\mathrm{soft}(F(u), \theta)\bigr) \\
        x &\leftarrow r + G s

    - :math:`\rho`: step, :math:`\theta`: threshold, learned;
    - :math:`D`: convolution from one channel to L, :math:`G`: from L to one; :math:`F, \tilde F`: :class:`Transform`, with
      the loss asking for :math:`\tilde F \circ F = I`. All 3x3, zero padding, no biases.

    Real images.

    Source: Zhang, Ghanem, "ISTA-Net", CVPR 2018 (ISTA-Net+).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        arguments.counts(1, channels=channels)
        self.step, self.threshold = nn.Parameter(torch.tensor(0.5)), nn.Parameter(torch.tensor(0.01))
        self.analysis = nn.Parameter(torch.empty(channels, 1, 3, 3))
        self.forward_transform, self.backward_transform = Transform(channels), Transform(channels)
        self.synthesis = nn.Parameter(torch.empty(1, channels, 3, 3))

    def forward(self, state: ISTAState, y: Tensor, physics: Any) -> ISTAState:
        x = state.estimate
        if x.is_complex():
            raise ValueError(
                "ISTANet takes real images, and these are complex: use ADMMCSNet, or a physics of real images"
            )
        r = x - self.step * (physics.A_adjoint(physics.A(x)) - state.zero_filled)
        u = spread(r, self.analysis)
        transformed = self.forward_transform(u)
        s = self.backward_transform(soft(transformed, self.threshold))
        asymmetry = state.asymmetry
        if self.training:
            here = (self.backward_transform(transformed) - u).pow(2).mean()
            asymmetry = here if asymmetry is None else asymmetry + here
        return ISTAState(r + gather(s, self.synthesis), state.zero_filled, asymmetry)


class ISTANet(Unrolled):
    r"""ISTA-Net+: the zero-filled image and K phases, 9 of 32 channels in its paper: 336 978 parameters.

    As made: :math:`\rho = 0.5`, :math:`\theta = 0.01`, filters by Xavier's normal rule, as its authors begin.

    :param phases: K.
    :param channels: L.
    :param seed: of the filters drawn.
    :raises ValueError: for counts that are not positive whole numbers.

    Source: Zhang, Ghanem, "ISTA-Net", CVPR 2018.
    """

    family = "ista_net"
    """its key in :data:`mddl_lib.compressive_imaging.networks.NETWORKS`"""
    symmetry_weight = 0.01
    """the paper's γ"""

    def __init__(self, phases: int = 9, channels: int = 32, seed: int = 0) -> None:
        arguments.counts(1, phases=phases, channels=channels)
        arguments.counts(0, seed=seed)
        super().__init__(ZeroFilled(ISTAState), [Phase(channels) for _ in range(phases)])
        self.config = {"phases": phases, "channels": channels}
        self.asymmetry: Tensor | None = None
        generator = torch.Generator().manual_seed(seed)
        for parameter in self.parameters():
            if parameter.ndim == 4:
                nn.init.xavier_normal_(parameter, generator=generator)

    def iterates(self, y: Tensor, physics: Any) -> Iterator[ISTAState]:
        """The states, one a phase. In training, ``asymmetry`` keeps what :meth:`loss` adds for the phases so far."""
        for state in super().iterates(y, physics):
            self.asymmetry = state.asymmetry
            yield state

    def loss(self, estimate: Tensor, truth: Tensor) -> Tensor:
        r"""The talk's relative error and :math:`\gamma \sum_k \mathrm{mean}\,(\tilde F_k(F_k(u_k)) - u_k)^2`.

        The paper has the mean square error in place of the relative one; so all networks here have the same first term.

        :raises ValueError: when the network was not in training at its last call: there is no asymmetry then.
        """
        if self.asymmetry is None:
            raise ValueError("the symmetry loss needs a call in training: network.train(), then network(y, physics)")
        return relative_error(estimate, truth) + self.symmetry_weight * self.asymmetry

    @torch.no_grad()
    def from_algorithm(
        self,
        step: float = 1.0,
        threshold: float = 0.01,
        filters: Tensor | None = None,
        kept: Tensor | None = None,
    ) -> ISTANet:
        r"""Set every constant to ISTA's, with filters W whose responses are shrunk and filters V whose are kept.

        .. math:: r = x - \rho\, A^H (A x - y), \qquad x \leftarrow V^T V r + W^T \mathrm{soft}(W r, \theta)

        It is proximal gradient descent (ISTA) on :math:`\tfrac12\|Ax-y\|^2 + \tfrac\theta\rho\|Wx\|_1` exactly when W and
        V together are orthonormal: one filter that is 1 in the middle, none kept. For the default, the eight DCT filters
        and the mean, divided by 3, it is their shift-invariant shrinkage, and no proximal operator.

        The network adds its output to r, so one channel takes r away: it is scaled by :math:`c = 2^{20}` before the
        threshold and back after it, as the kept ones are, and loses at most θ/c. :math:`F = \tilde F = I` by
        :meth:`Transform.set_identity`, which halves the channels at hand.

        :param filters: W, (n, 3, 3), correlations.
        :param kept: V, (m, 3, 3), with n + m + 1 ≤ L/2.
        :raises ValueError: for more filters than that, or another size.
        """
        if filters is None:
            filters, kept = dct_basis(3) / 3, torch.full((1, 3, 3), 1 / 9) if kept is None else kept
        kept = filters.new_zeros(0, 3, 3) if kept is None else kept
        middle = filters.new_zeros(1, 3, 3)
        middle[:, 1, 1] = 1
        count, half = len(filters) + len(kept) + 1, self.config["channels"] // 2
        if filters.shape[1:] != (3, 3) or kept.shape[1:] != (3, 3) or count > half:
            raise ValueError(
                f"filters and kept have the shapes {tuple(filters.shape)} and {tuple(kept.shape)}: expected (n, 3, 3) and "
                f"(m, 3, 3) with n + m + 1 ≤ {half}, half the channels"
            )
        scale = 2.0**20
        analysis = torch.cat([filters, scale * kept, scale * middle])
        synthesis = torch.cat([filters, kept / scale, -middle / scale]).flip(-2, -1)  # the adjoint: flipped
        for phase in self.stages:
            phase.step.fill_(step)
            phase.threshold.fill_(threshold)
            phase.analysis.zero_()[:count, 0] = analysis.to(phase.analysis)
            phase.synthesis.zero_()[0, :count] = synthesis.to(phase.synthesis)
            phase.forward_transform.set_identity(count)
            phase.backward_transform.set_identity(count)
        return self
