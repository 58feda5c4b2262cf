"""How well an optimizer trains: the losses of many runs, side by side.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.optimizers.by_hand import Adam
from mddl_lib.optimizers.checks import is_optimizee, is_optimizer

STEPS_A_DRAW = 100
"""minibatches are drawn so many steps at a time, whatever the number of steps: a long run begins as a short one"""

ADAM_RATES = {"sigmoid": 0.03125, "relu": 0.0220971, "elu": 0.0220971, "tanh": 0.0110485}
"""Adam's learning rate, tuned for one hidden layer and 100 steps. Source: the release of Wang et al."""

ADAM_RATES_DEEP = {
    1: 0.03125, 2: 0.03125, 3: 0.03125, 4: 0.015625, 5: 0.015625, 6: 0.015625, 7: 0.0110485, 8: 0.0004883,
    9: 0.0006905, 10: 0.006905,
}  # fmt: skip
"""Adam's learning rate for 1 to 10 hidden layers, sigmoid. Source: the release of Wang et al."""

ADAM_RATES_SEQUENCE = {"Baseline": 0.022, "Small noise": 0.03125, "2-layer": 0.0220971}
"""Adam's learning rate on the sequence task. Source: the release of Wang et al."""


class Runs(NamedTuple):
    """What :func:`train` returns."""

    losses: Tensor
    """(runs, steps), each of a fresh minibatch, before its update"""
    parameters: Tensor
    """(runs, n), after the last update"""


def tuned_adam(activation: str = "sigmoid", layers: int = 1) -> Adam:
    """Adam with the paper's tuned rate.

    :raises KeyError: for an activation or a depth that the paper did not tune.
    """
    if activation not in ADAM_RATES:
        raise KeyError(f"activation is {activation!r}: expected one of {sorted(ADAM_RATES)}")
    if isinstance(layers, bool) or layers not in ADAM_RATES_DEEP:
        raise KeyError(f"layers is {layers!r}: expected one of {sorted(ADAM_RATES_DEEP)}")
    return Adam(ADAM_RATES[activation] if layers == 1 else ADAM_RATES_DEEP[layers])


@torch.no_grad()
def train(optimizer: Any, optimizee: Any, steps: int = 100, runs: int = 100, seed: int = 0, together: int = 25) -> Runs:
    """Train ``runs`` networks from their own starts, on their own minibatches. Run r depends on (seed, r) alone.

    A run that diverges keeps its losses, infinite or NaN.

    :param optimizer: with ``init`` and ``update``, in the optimizee's type and on its device.
    :param optimizee: such as :class:`~mddl_lib.optimizers.optimizees.perceptron.Perceptron`.
    :param together: how many runs are one batch; more need more memory and change nothing else.
    :raises ValueError: for counts below 1, or a seed below 0.
    """
    is_optimizer(optimizer)
    is_optimizee(optimizee)
    arguments.counts(1, steps=steps, runs=runs, together=together)
    arguments.counts(0, seed=seed)
    groups = [range(first, min(first + together, runs)) for first in range(0, runs, together)]
    results = [_train(optimizer, optimizee, steps, group, seed) for group in groups]
    return Runs(*(torch.cat(parts) for parts in zip(*results, strict=True)))


def train_losses(
    optimizer: Any, optimizee: Any, steps: int = 100, runs: int = 100, seed: int = 0, together: int = 25
) -> Tensor:
    """The losses of :func:`train`, (runs, steps)."""
    return train(optimizer, optimizee, steps, runs, seed, together).losses


@torch.no_grad()
def minibatch_mean(optimizee: Any, parameters: Tensor, steps: int = 100, seed: int = 0) -> Tensor:
    """The loss of final parameters, averaged over the minibatches of their own run, (runs,).

    One of the two readings of the paper's Table 1; the other is the loss at step 100.

    :raises ValueError: for parameters of another shape than (runs, n), a count below 1, or a seed below 0.
    """
    is_optimizee(optimizee)
    arguments.tensors(parameters=parameters)
    arguments.counts(1, steps=steps)
    arguments.counts(0, seed=seed)
    if parameters.ndim != 2 or parameters.shape[1] != optimizee.size:
        raise ValueError(f"parameters have the shape {tuple(parameters.shape)}: expected (runs, {optimizee.size})")
    values = []
    for run, row in enumerate(parameters):
        generator = generator_of(optimizee, seed, run)
        optimizee.start(1, generator)  # takes the numbers that the start took
        drawn = [optimizee.draw(STEPS_A_DRAW, 1, generator) for _ in range(-(-steps // STEPS_A_DRAW))]
        chosen = torch.cat(drawn)[:steps]  # (steps, 1, batch): every step as a row of its own
        groups = chosen.squeeze(1).split(STEPS_A_DRAW)
        values.append(torch.cat([optimizee.value(row.expand(len(group), -1), group) for group in groups]).mean())
    return torch.stack(values)


def _train(optimizer: Any, optimizee: Any, steps: int, group: range, seed: int) -> Runs:
    generators = [generator_of(optimizee, seed, run) for run in group]
    parameters = torch.cat([optimizee.start(1, generator) for generator in generators])
    state, losses = optimizer.init(parameters), []
    for step in range(steps):
        if step % STEPS_A_DRAW == 0:
            drawn = torch.cat([optimizee.draw(STEPS_A_DRAW, 1, generator) for generator in generators], 1)
        values, gradients = optimizee.value_and_gradient(parameters, drawn[step % STEPS_A_DRAW])
        losses.append(values)
        updates, state = optimizer.update(gradients, state, parameters)
        parameters = parameters + updates
    return Runs(torch.stack(losses, 1), parameters)


def generator_of(optimizee: Any, seed: int, run: int) -> torch.Generator:
    """Where a run's start and its minibatches are drawn from.

    :raises ValueError: for a seed or a run below 0.
    """
    is_optimizee(optimizee)
    arguments.counts(0, seed=seed, run=run)
    number = np.random.SeedSequence([seed, 2, run]).generate_state(1, np.uint64)[0] >> np.uint64(1)
    return torch.Generator(optimizee.device).manual_seed(int(number))
