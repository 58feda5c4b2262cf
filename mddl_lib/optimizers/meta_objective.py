"""What a learned optimizer is trained to minimise: the losses of the runs it makes, one truncated unroll at a time.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.optimizers.checks import is_optimizee
from mddl_lib.optimizers.optimizees.disguise import Disguise


class MetaObjective:
    r"""The loss of one truncated unroll of B runs side by side.

    .. math::
        \mathcal L(\theta) = \frac1B \sum_{b=1}^{B} \frac1S \sum_{t=1}^{S} f_t(x_t), \qquad
        x_{t+1} = x_t + d_\theta(g_t), \qquad g_t = \mathrm{stop}(\nabla f_t(x_t))

    - :math:`\theta`: the learned optimizer; :math:`x_t`: a run's parameters; :math:`f_t`: the loss of a fresh minibatch;
    - :math:`S` = ``unroll`` = 20 steps, each loss taken before its update. ``loss="last"`` keeps the last one only.
    - stop: :math:`g_t` counts as a number. :math:`x_t` still depends on :math:`\theta` through earlier updates, and
      :math:`\partial f_t(x_t) / \partial x_t` is :math:`g_t` itself: each gradient is computed once, for both uses.

    A run has ``horizon`` = 100 steps, so five unrolls. Iteration k is unroll k mod 5 of run k // 5: parameters and the
    optimizer's state are carried from one to the next, cut off from their past. Each draw depends on (seed, iteration)
    alone.

    :param optimizee: with ``size``, ``start``, ``draw``, ``value_and_gradient`` and ``description``.
    :param runs: B; the paper has 1.
    :param scaling: random units (:class:`Disguise`), drawn anew each run.
    :param convex: a convex companion.
    :raises ValueError: for an unknown ``loss``, or a horizon that is no multiple of ``unroll``.

    Source: Wang, Sun, Xu, AAAI 2019.
    """

    forgives = 50
    """steps in a row: a run that is lost is lost until the next one begins"""

    def __init__(
        self, optimizee: Any, *, seed: int = 0, runs: int = 1, unroll: int = 20, horizon: int = 100,
        loss: str = "mean", scaling: bool = True, convex: bool = True,
    ) -> None:  # fmt: skip
        if loss not in ("mean", "last"):
            raise ValueError(f"loss is {loss!r}: expected 'mean' or 'last'")
        is_optimizee(optimizee)
        arguments.counts(0, seed=seed, unroll=unroll, runs=runs, horizon=horizon)
        if unroll < 1 or runs < 1 or horizon < 1 or horizon % unroll:
            raise ValueError(f"horizon {horizon}, unroll {unroll}, runs {runs}: expected whole unrolls, and 1 or more")
        self.optimizee, self.seed, self.runs, self.unroll, self.horizon = optimizee, seed, runs, unroll, horizon
        self.loss, self.scaling, self.convex = loss, scaling, convex
        self.parts = horizon // unroll
        self._problem: tuple[int, Disguise] | None = None
        self._next, self._carried = -1, ()

    def __call__(self, network: Any, iteration: int) -> Tensor:
        """The loss of unroll ``iteration % 5`` of run ``iteration // 5``; it can be differentiated.

        :param network: a learned optimizer.
        :raises ValueError: when a run is to go on whose state is not here.
        """
        run, part = divmod(iteration, self.parts)
        problem = self._problem_of(run)
        if part == 0:
            parameters = problem.start
            state = network.init(parameters)
        elif self._next == iteration:
            parameters, *fields = self._carried
            state = network.State(*fields)
        else:
            raise ValueError(
                f"iteration {iteration} continues run {run}, and the state held is for iteration {self._next}: load the "
                f"state of a checkpoint, or begin at a multiple of {self.parts}"
            )
        losses = []
        for chosen in self.optimizee.draw(self.unroll, self.runs, self._generator(iteration, 1)):
            values, gradients = problem.value_and_gradient(parameters.detach(), chosen)
            # zero, with the gradient's derivative: the value is known, its dependence on the parameters is g
            losses.append(values + (gradients * (parameters - parameters.detach())).sum(-1))
            updates, state = network.update(gradients, state, parameters)
            parameters = parameters + updates
        self._next = iteration + 1
        # a finished run leaves nothing behind
        self._carried = () if part == self.parts - 1 else tuple(value.detach() for value in (parameters, *state))
        return (torch.stack(losses) if self.loss == "mean" else losses[-1]).mean()

    def state_dict(self) -> dict[str, Tensor]:
        """What the next unroll needs: nothing but the count, after the last unroll of a run."""
        carried = {f"carried.{position}": value for position, value in enumerate(self._carried)}
        return {"next": torch.tensor(self._next), **carried}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take up where :meth:`state_dict` was made."""
        device = self.optimizee.device
        self._next = int(state["next"])
        self._carried = tuple(state[f"carried.{position}"].to(device, copy=True) for position in range(len(state) - 1))

    def to(self, device: torch.device | str) -> MetaObjective:
        """Move data and state to a device."""
        self.optimizee, self._problem = self.optimizee.to(device), None
        self._carried = tuple(value.to(device) for value in self._carried)
        return self

    def description(self) -> dict[str, object]:
        """Every constant, for the fingerprint of a checkpoint."""
        constants = ("seed", "runs", "unroll", "horizon", "loss", "scaling", "convex")
        return {**self.optimizee.description(), **{key: getattr(self, key) for key in constants}}

    def _problem_of(self, run: int) -> Disguise:
        if self._problem is None or self._problem[0] != run:
            generator = self._generator(run, 0)
            self._problem = run, Disguise(self.optimizee, self.runs, generator, self.scaling, self.convex)
        return self._problem[1]

    def _generator(self, number: int, use: int) -> torch.Generator:
        """Random numbers of a run (use 0) or of an iteration (use 1)."""
        seed = np.random.SeedSequence([self.seed, use, number]).generate_state(1, np.uint64)[0] >> np.uint64(1)
        return torch.Generator(self.optimizee.device).manual_seed(int(seed))
