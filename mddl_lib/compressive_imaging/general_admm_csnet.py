"""ADMM-CSNet for general operators: no inverse, one A and one Aᴴ a turn."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet, Denoiser, SplitStart, check_sizes
from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ADMMState


class StepReconstruction(nn.Module):
    r"""Layer X for operators with :math:`A A^H = I`: the denoised image, and a step towards the data.

    .. math:: x = t + v\, A^H (y - A t), \qquad t = z - \beta

    - :math:`v`: learned. With :math:`v = 1/(1 + \rho)` it is :math:`(A^H A + \rho)^{-1}(A^H y + \rho\, t)`, by Proposition 2 (2)
      of the talk. For any other operator it is one gradient step on the data term.

    Source: Yang, Sun, Li, Xu, ADMM-CSNet, PAMI 2020.
    """

    def __init__(self, step: float = 1 / 1.1) -> None:
        super().__init__()
        arguments.positive(step=step)
        self.step = nn.Parameter(torch.tensor(float(step)))

    def forward(self, zero_filled: Tensor, target: Tensor | None, physics: Any) -> Tensor:
        """``target`` is t, or None for zero."""
        if target is None:
            return self.step * zero_filled
        return target + self.step * (zero_filled - physics.A_adjoint(physics.A(target)))


class StepStage(nn.Module):
    r"""One turn, in the order Z, M, X.

    .. math::
        z &= \mathrm{denoiser}(x + \beta) \\
        \beta &\leftarrow \mu_1 \beta + \mu_2\, x - \mu_3\, z \\
        x &\leftarrow z - \beta + v\, A^H \bigl(y - A (z - \beta)\bigr)

    - :math:`\mu_1, \mu_2, \mu_3`: learned rates; ADMM's are 1, η, η. In the first turn :math:`\beta = 0`, and there is no
      :math:`\mu_1`.
    """

    def __init__(self, channels: int, size: int, first: bool = False) -> None:
        super().__init__()
        self.denoiser = Denoiser(channels, size)
        self.reconstruction = StepReconstruction()
        if not first:
            self.keep = nn.Parameter(torch.tensor(1.0))
        self.forth, self.back = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(1.0))

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        x, multiplier = state.estimate, state.multiplier
        split = self.denoiser(x if multiplier is None else x + multiplier)
        change = self.forth * x - self.back * split
        multiplier = change if multiplier is None else self.keep * multiplier + change
        estimate = self.reconstruction(state.zero_filled, split - multiplier, physics)
        return ADMMState(estimate, split, multiplier, state.zero_filled)


class GeneralADMMCSNet(Unrolled):
    r"""ADMM-CSNet for a general operator: a start and K turns, each with one A and one Aᴴ.

    As made, it is ADMM-CSNet's Init-Net where :math:`A A^H = I`: the same filters, ρ = 0.1, η = 1.

    :param stages: K.
    :param channels: L.
    :param size: s, odd; the paper has 5 and, for Walsh-Hadamard at 20 and 30 %, 7.
    :param seed: of the filters drawn.
    :raises ValueError: for counts that are not positive whole numbers, or an even size.

    Source: Yang, Sun, Li, Xu, "ADMM-CSNet", PAMI 2020, and its release (Generic-ADMM-CSNet-Image).
    """

    family = "general_admm_csnet"
    """its key in :data:`mddl_lib.compressive_imaging.networks.NETWORKS`"""

    def __init__(self, stages: int = 10, channels: int = 128, size: int = 5, seed: int = 0) -> None:
        check_sizes(size, stages=stages, channels=channels)
        super().__init__(
            SplitStart(StepReconstruction()), [StepStage(channels, size, first=k == 0) for k in range(stages)]
        )
        self.config = {"stages": stages, "channels": channels, "size": size}
        self._take(ADMMCSNet(stages, channels, size, seed))

    def from_algorithm(
        self,
        penalty: float = 0.1,
        rate: float = 1.0,
        step: float = 1.0,
        bend: float = 0.02,
        filters: Tensor | None = None,
    ) -> GeneralADMMCSNet:
        """Set every constant to those of ADMM with one inner gradient step.

        The parameters are those of :meth:`ADMMCSNet.from_algorithm
        <mddl_lib.compressive_imaging.admm_csnet.ADMMCSNet.from_algorithm>`. The two networks then give the same images where
        A Aᴴ = I, and nowhere else.

        :raises ValueError: for more filters than channels or another size.
        """
        like = ADMMCSNet(**self.config).from_algorithm(penalty, rate, step, bend, filters)
        self._take(like.to(self.start.reconstruction.step))
        return self

    @torch.no_grad()
    def _take(self, other: ADMMCSNet) -> None:
        """Its denoisers, v = 1/(1 + ρ), μ = (1, η, η)."""
        pairs = zip([self.start, *self.stages], [other.start, *other.stages], strict=True)
        for mine, theirs in pairs:
            mine.reconstruction.step.copy_(1 / (1 + theirs.reconstruction.penalty))
            if hasattr(mine, "denoiser"):
                mine.denoiser.load_state_dict(theirs.denoiser.state_dict())
                for rate in (mine.forth, mine.back):
                    rate.copy_(theirs.rate)
                if hasattr(mine, "keep"):
                    mine.keep.fill_(1)
