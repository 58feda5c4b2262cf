"""The talk's gradients, written out: back-propagation through gradient descent, without autograd."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.range_field import checks, cliques
from mddl_lib.restoration.range_field.descent import LearnedDescent, Stage


def slope(stage: Stage, t: Tensor) -> Tensor:
    r"""The second derivative of the Student-t potentials, :math:`\varphi_l''(t) = a_l b_l^2 (1 - u^2/2)/(1 + u^2/2)^2`, u = b t/σ."""
    if not isinstance(stage, Stage):
        raise TypeError(f"stage is a {type(stage).__name__}: expected a Stage of a LearnedDescent")
    arguments.tensors(t=t)
    if t.ndim != 4:
        raise ValueError(f"t has the shape {tuple(t.shape)}: expected responses, (batch, filters, height, width)")
    potentials = stage.energy.potentials
    strength, square = potentials._constants(t)
    half = square / 2 * t.square()
    return strength * square * potentials.sigma**2 * (1 - half) / (1 + half).square()


def hessian_times(stage: Stage, x: Tensor, v: Tensor, physics: Any) -> Tensor:
    r"""The Hessian of the energy at x times an image v, :math:`\lambda A^T A v + \sum_l K_l^T \varphi_l''(K_l x) \circ K_l v`."""
    checks.given(stage, physics, x=x, v=v)
    kernel = stage.energy.filters.kernel()
    curved = slope(stage, cliques.analyse(x, kernel)) * cliques.analyse(v, kernel)
    return stage.energy.weight * physics.A_adjoint(physics.A(v)) + cliques.synthesise(curved, kernel)


@torch.no_grad()
def backpropagate(
    network: LearnedDescent, y: Tensor, physics: Any, truth: Tensor
) -> tuple[float, dict[str, Tensor], list[Tensor]]:
    r"""The loss :math:`L = \tfrac12\|x^K - t\|^2`, its derivatives, and what travels from turn to turn.

    With :math:`g = \tau \nabla E` and :math:`x^k = x^{k-1} - g(x^{k-1})`, as on the talk's slides:

    .. math:: \frac{\partial L}{\partial x^{k-1}} = \frac{\partial L}{\partial x^{k}}
              \bigl(I - \tau \nabla^2 E(x^{k-1})\bigr), \qquad
              \frac{\partial L}{\partial \theta} = -\sum_{k=1}^{K} \frac{\partial L}{\partial x^{k}}
              \frac{\partial g(x^{k-1})}{\partial \theta}

    - :math:`t`: the truth; :math:`\theta`: any parameter of the turn's stage.

    :param network: local, with Student-t potentials and full filters; tied or untied.
    :returns: L; derivatives by the parameters' names; :math:`\partial L/\partial x^k` for k = 0 … K.
    :raises ValueError: for a network of another kind.
    """
    kinds = {"potential": "student_t", "matches": 1, "separable": False}
    if not isinstance(network, LearnedDescent) or any(network.config[key] != value for key, value in kinds.items()):
        raise ValueError(f"network is {network!r}: expected a LearnedDescent with {kinds}")
    checks.given(network.stages[0], physics, y=y, truth=truth)
    estimates = [state.estimate for state in network.iterates(y, physics)]
    delta = estimates[-1] - truth
    loss, deltas = float(delta.square().sum() / 2), [delta]
    gradients = {name: torch.zeros_like(parameter) for name, parameter in network.named_parameters()}
    for turn in range(network.turns, 0, -1):
        stage, x = network.stage(turn), estimates[turn - 1]
        number = 0 if network.is_tied else turn - 1
        for name, value in by_parameter(stage, x, delta, y, physics).items():
            if (full := f"stages.{number}.{name}") in gradients:
                gradients[full] -= value
        delta = delta - stage.step * hessian_times(stage, x, delta, physics)
        deltas.insert(0, delta)
    return loss, gradients, deltas


@torch.no_grad()
def by_parameter(stage: Stage, x: Tensor, delta: Tensor, y: Tensor, physics: Any) -> dict[str, Tensor]:
    r"""The products :math:`\langle \delta, \partial g(x)/\partial\theta \rangle` of a stage, by parameter.

    With responses :math:`r_l = K_l x` and :math:`d_l = K_l \delta`:

    - step: :math:`\langle \delta, \nabla E(x)\rangle`; data weight: :math:`\tau \langle A\delta, Ax - y\rangle`;
    - :math:`\log a_l`: :math:`\tau \langle d_l, \varphi_l'(r_l)\rangle`; :math:`\log b_l`:
      :math:`\tau \langle d_l, 2 \varphi_l'(r_l)/(1 + u^2/2)\rangle` with :math:`u = b_l r_l/\sigma`;
    - filter entries:
      :math:`G_l = \tau \sum_p [\varphi_l'(r_l(p))\, \delta_{N(p)} + \varphi_l''(r_l(p))\, d_l(p)\, x_{N(p)}]`,
      the patches of δ and x weighted; through the unit length of :math:`f = c/\|c\|`:
      :math:`(I - \hat c\hat c^T)\, B G_l/\|c\|`.
    """
    checks.given(stage, physics, x=x, delta=delta, y=y)
    energy, step = stage.energy, stage.step
    filters, potentials = energy.filters, energy.potentials
    kernel, size = filters.kernel(), filters.basis.shape[-1]
    response, back = cliques.analyse(x, kernel), cliques.analyse(delta, kernel)
    push, curved = potentials.influence(response), slope(stage, response) * back
    half = potentials._constants(response)[1] / 2 * response.square()

    def sums(image: Tensor) -> Tensor:
        return image.sum((0, 2, 3))

    patches = [cliques.take(image, size).transpose(1, 2) for image in (delta, x)]
    entries = (push.flatten(2) @ patches[0] + curved.flatten(2) @ patches[1]).sum(0) * step
    in_basis = entries @ filters.basis.flatten(1).T
    length = torch.linalg.vector_norm(filters.coefficients, dim=1, keepdim=True)
    unit = filters.coefficients / length
    return {
        "step": (delta * energy.gradient(x, y, physics)).sum(),
        "energy.weight": step * (physics.A(delta) * (physics.A(x) - y)).sum(),
        "energy.potentials.log_strength": step * sums(back * push),
        "energy.potentials.log_steepness": step * sums(back * 2 * push / (1 + half)),
        "energy.filters.coefficients": (in_basis - unit * (unit * in_basis).sum(1, keepdim=True)) / length,
    }
