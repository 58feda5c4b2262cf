"""Three ways to differentiate a loss of the arg min: through K turns, by the implicit function theorem, through one turn."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.range_field import checks
from mddl_lib.restoration.range_field.descent import Stage


class Differentiated(NamedTuple):
    """One gradient, and what it cost."""

    gradient: Tensor
    """every parameter's derivative of the energy's, one after the other"""
    saved: int
    """bytes that autograd kept for the way back"""
    seconds: float
    """the way back and, where autograd records it, the way there"""
    loss: float


def parameters(stage: Stage) -> list[Tensor]:
    """What the energy has to learn; the step moves no minimum, so it is not among them."""
    if not isinstance(stage, Stage):
        raise TypeError(f"stage is a {type(stage).__name__}: expected a Stage of a LearnedDescent")
    return list(stage.energy.parameters())


def minimise(stage: Stage, x: Tensor, y: Tensor, physics: Any, turns: int) -> Tensor:
    """The image after so many turns, with nothing recorded."""
    checks.given(stage, physics, x=x, y=y)
    arguments.counts(0, turns=turns)
    with torch.no_grad():
        for _ in range(turns):
            x = x - stage.step * stage.energy.gradient(x, y, physics)
    return x


def truncated(stage: Stage, y: Tensor, physics: Any, truth: Tensor, turns: int) -> Differentiated:
    r"""The talk's: of :math:`L(x^K(\theta))`, through all K turns. Its memory grows with K."""
    checks.given(stage, physics, y=y, truth=truth)
    arguments.counts(1, turns=turns)
    return _recorded(stage, physics.A_adjoint(y), y, physics, truth, turns)


def one_step(stage: Stage, minimum: Tensor, y: Tensor, physics: Any, truth: Tensor) -> Differentiated:
    r"""Through one turn from the minimum: the implicit one with :math:`\tau I` in place of :math:`(\nabla^2 E)^{-1}`."""
    checks.given(stage, physics, minimum=minimum, y=y, truth=truth)
    return _recorded(stage, minimum, y, physics, truth, 1)


def implicit(
    stage: Stage, minimum: Tensor, y: Tensor, physics: Any, truth: Tensor, tolerance: float = 1e-10, limit: int = 500
) -> Differentiated:
    r"""The derivative of :math:`L(x^*(\theta))` by the implicit function theorem: no turn is remembered.

    .. math:: \nabla E(x^*; \theta) = 0 \;\Rightarrow\; \frac{\partial L}{\partial\theta} =
              -w^T \frac{\partial \nabla E(x^*)}{\partial\theta}, \qquad \nabla^2 E(x^*)\, w = \frac{\partial L}{\partial x^*}

    - :math:`w`: found by conjugate gradients, which need products with the Hessian alone. At a strict minimum it is
      positive definite; the theorem needs that.

    :param minimum: :math:`x^*`, where the gradient is zero.
    :param tolerance: of the linear system's residual, relative.
    :raises ValueError: where the Hessian shows a direction without curvature: the image is no strict minimum.
    """
    checks.given(stage, physics, minimum=minimum, y=y, truth=truth)
    arguments.positive(tolerance=tolerance)
    arguments.counts(1, limit=limit)
    start, kept = time.perf_counter(), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        x = minimum.detach().requires_grad_()
        slope = stage.energy.gradient(x, y, physics)
    delta = x.detach() - truth
    w, residual = torch.zeros_like(delta), delta.clone()
    direction, old = residual.clone(), residual.square().sum()
    first = old.clone()
    for _ in range(limit):
        if old <= tolerance**2 * first:
            break
        (curved,) = torch.autograd.grad(slope, x, direction, retain_graph=True)  # the Hessian is symmetric
        along = (direction * curved).sum()
        if not along > 0:
            raise ValueError("the energy has a direction without curvature here: expected a strict minimum")
        w, residual = w + old / along * direction, residual - old / along * curved
        new = residual.square().sum()
        direction, old = residual + new / old * direction, new
    gradients = torch.autograd.grad(slope, parameters(stage), -w)
    return Differentiated(_flat(gradients), _bytes(kept), time.perf_counter() - start, float(delta.square().sum() / 2))


def _recorded(stage: Stage, x: Tensor, y: Tensor, physics: Any, truth: Tensor, turns: int) -> Differentiated:
    start, kept = time.perf_counter(), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        for _ in range(turns):
            x = x - stage.step.detach() * stage.energy.gradient(x, y, physics)
        loss = (x - truth).square().sum() / 2
    gradients = torch.autograd.grad(loss, parameters(stage))
    return Differentiated(_flat(gradients), _bytes(kept), time.perf_counter() - start, float(loss.detach()))


def _flat(gradients: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([gradient.flatten() for gradient in gradients])


def _bytes(kept: list[Tensor]) -> int:
    """Each storage once."""
    return sum({t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in kept}.values())
