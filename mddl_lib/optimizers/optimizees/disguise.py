"""Two tricks that keep a learned optimizer from learning one problem by heart: random scaling, a convex companion.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.optimizers.checks import is_optimizee

COMPANION = 20
"""dimensions of the convex function"""


class Disguise:
    r"""B runs of an optimizee, each in units of its own, with a convex function beside it.

    .. math::
        F(y, u) = f(c \odot y) + \frac1{20} \sum_{k=1}^{20} \min\big((e_k u_k - \eta_k)^2, 10\big)

    - :math:`y`: the optimizee's parameters in random units, started at :math:`x_0 / c`, with
      :math:`c = \exp U(-3, 3)` at each coordinate;
    - :math:`u`: the companion's, in units :math:`e = \exp U(-1, 1)`, started so that :math:`e \odot u \sim U(-1, 1)`
      (our choice: the paper names no start); :math:`\eta \sim U(-1, 1)`.

    The optimizer sees one vector :math:`(y, u)`, (B, n + 20).

    :param scaling: whether units are random.
    :param convex: whether there is a companion.

    Source: Lv, Jiang, Li, ICML 2017, taken up by HyperAdam.
    """

    def __init__(
        self, optimizee: Any, runs: int, generator: torch.Generator, scaling: bool = True, convex: bool = True
    ) -> None:
        is_optimizee(optimizee)
        arguments.counts(1, runs=runs)
        self.optimizee, self.convex = optimizee, convex
        start = optimizee.start(runs, generator)

        def uniform(width: int, bound: float) -> Tensor:
            draw = torch.rand(runs, width, generator=generator, device=start.device, dtype=start.dtype)
            return bound * (2 * draw - 1)

        units = [uniform(optimizee.size, 3.0)] if scaling else []
        if convex:
            self.target = uniform(COMPANION, 1.0)
            start = torch.cat([start, uniform(COMPANION, 1.0)], -1)
            units += [uniform(COMPANION, 1.0)] if scaling else []
        self.units = torch.cat(units, -1).exp() if scaling else None
        self.start = start if self.units is None else start / self.units
        """where the runs begin, (B, n) or (B, n + 20)"""

    @torch.no_grad()
    def value_and_gradient(self, parameters: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """F and its gradient for each run, (B,) and shaped as the parameters."""
        x = parameters if self.units is None else parameters * self.units
        values, gradients = self.optimizee.value_and_gradient(x[:, : self.optimizee.size], chosen)
        if self.convex:
            difference = x[:, self.optimizee.size :] - self.target
            square = difference.square()
            values = values + square.clamp_max(10).mean(-1)
            slope = torch.where(square < 10, 2 / COMPANION * difference, 0)
            gradients = torch.cat([gradients, slope], -1)
        return values, gradients if self.units is None else gradients * self.units
