"""The classical optimizers, written by hand, are torch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mddl_lib.optimizers import SGD, AdaGrad, Adam, Momentum, RMSProp

OPTIM = torch.optim
PAIRS = {
    "sgd": (SGD(0.01), lambda p: OPTIM.SGD(p, 0.01)),
    "momentum": (Momentum(0.005, 0.8), lambda p: OPTIM.SGD(p, 0.005, momentum=0.8)),
    "adagrad": (AdaGrad(0.1), lambda p: OPTIM.Adagrad(p, 0.1)),
    "rmsprop": (RMSProp(0.01, 0.95), lambda p: OPTIM.RMSprop(p, 0.01, alpha=0.95)),
    "adam": (Adam(0.02, 0.85, 0.99), lambda p: OPTIM.Adam(p, 0.02, betas=(0.85, 0.99))),
}


def rosenbrock(x: Tensor) -> Tensor:
    return ((1 - x[..., :-1]) ** 2 + 5 * (x[..., 1:] - x[..., :-1] ** 2) ** 2).sum(-1)


def descend(optimizer: Any, x: Tensor, steps: int) -> Tensor:
    state = optimizer.init(x)
    for _ in range(steps):
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(rosenbrock(x).sum(), x)
        updates, state = optimizer.update(gradient, state, x)
        x = x + updates
    return x.detach()


@pytest.mark.parametrize("name", PAIRS)
def test_a_hundred_steps_are_those_of_torch(name: str) -> None:
    optimizer, make = PAIRS[name]
    start = 0.1 * torch.randn(12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x = start.clone().requires_grad_()
    theirs = make([x])
    for _ in range(100):
        theirs.zero_grad()
        rosenbrock(x).backward()
        theirs.step()
    ours = descend(optimizer, start, 100)
    assert (ours - start).abs().max() > 0.1
    assert (ours - x.detach()).abs().max() < 1e-12


@pytest.mark.parametrize("name", PAIRS)
def test_a_batch_is_its_rows(name: str) -> None:
    optimizer, _ = PAIRS[name]
    start = 0.1 * torch.randn(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    together = descend(optimizer, start, 20)
    alone = torch.stack([descend(optimizer, row, 20) for row in start])
    assert (together - alone).abs().max() < 1e-13


SCALE_FREE: dict[str, Callable[[], Any]] = {
    "adagrad": lambda: AdaGrad(epsilon=0),
    "rmsprop": lambda: RMSProp(epsilon=0),
    "adam": lambda: Adam(epsilon=0),
}


@pytest.mark.parametrize("name", [*SCALE_FREE, "sgd"])
def test_updates_do_not_see_the_scale_of_the_loss_where_they_should_not(name: str) -> None:
    optimizer = SCALE_FREE.get(name, SGD)()
    gradients = torch.randn(10, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    totals = []
    for scale in (1.0, 1000.0):
        x, state = torch.zeros(7, dtype=torch.float64), optimizer.init(gradients[0])
        for gradient in gradients:
            updates, state = optimizer.update(scale * gradient, state, x)
            x = x + updates
        totals.append(x)
    factor = 1000 if name == "sgd" else 1
    assert torch.allclose(totals[1], factor * totals[0], rtol=1e-12, atol=0)
