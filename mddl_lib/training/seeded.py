"""A network whose first weights are drawn from a seed, whatever was drawn before."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from mddl_lib.core import arguments


def seeded(make: Callable[[], nn.Module], seed: int) -> Callable[[], nn.Module]:
    """A maker of that network; torch's own generator is left as it was.

    :raises TypeError: for a maker that cannot be called.
    :raises ValueError: for a seed below 0.
    """
    arguments.callables(make=make)
    arguments.counts(0, seed=seed)

    def network() -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return make()

    return network
