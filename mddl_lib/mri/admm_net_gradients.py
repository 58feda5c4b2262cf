"""Back-propagation through Deep ADMM-Net by hand, layer by layer, as the talk's slides draw it. Autograd is the check.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.filters import analyse, power_spectrum, synthesise
from mddl_lib.core.normal_equations import solve_normal
from mddl_lib.core.shrinkage import PiecewiseLinear
from mddl_lib.mri.admm_net import ADMMNet, DCTFilters, Reconstruction, Stage


class ReconstructionGradients(NamedTuple):
    """Derivatives of the loss at layer X."""

    target: Tensor
    """with respect to z − β, (B, L, H, W)"""
    penalty: Tensor
    """with respect to ρ, (L,)"""
    coefficients: Tensor
    """with respect to H's coefficients, (L, L)"""


def reconstruction(
    layer: Reconstruction, physics: Any, x: Tensor, target: Tensor | None, g: Tensor
) -> ReconstructionGradients:
    r"""Layer X, :math:`x = Q^{-1}\bigl[A^H y + \sum_l \rho_l H_l^T t_l\bigr]`, :math:`Q = A^H A + \sum_l \rho_l H_l^T H_l`.

    With :math:`u = Q^{-1} g`, where :math:`g = \partial E/\partial x`:

    .. math::
        \frac{\partial E}{\partial t_l} = \rho_l H_l u, \qquad
        \frac{\partial E}{\partial \rho_l} = \langle H_l u,\ t_l - H_l x\rangle, \qquad
        \frac{\partial E}{\partial \gamma_{l,m}} = \rho_l \bigl[\langle B_m u,\ t_l - H_l x\rangle - \langle H_l u, B_m x\rangle\bigr]

    - :math:`t = z - \beta`; :math:`H_l = \sum_m \gamma_{l,m} B_m`; :math:`B_m`: the DCT filters.

    The second terms come from :math:`\partial Q^{-1} = -Q^{-1}\,\partial Q\, Q^{-1}`.
    """
    filters, weights = layer.filters(), layer.penalty
    u = solve_normal(physics, g, power_spectrum(filters, weights, (x.shape[-2], x.shape[-1])))
    of_u, of_x = analyse(u, filters), analyse(x, filters)
    misfit = -of_x if target is None else target - of_x
    basis_u, basis_x = analyse(u, layer.filters.basis), analyse(x, layer.filters.basis)
    coefficients = weights[:, None] * (_products(misfit, basis_u) - _products(of_u, basis_x))
    return ReconstructionGradients(weights[:, None, None] * of_u, (of_u * misfit).sum((0, 2, 3)), coefficients)


def convolution(layer: DCTFilters, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    r"""Layer C, :math:`c_l = D_l x`: :math:`\partial E/\partial x = \sum_l D_l^T g_l` and
    :math:`\partial E/\partial \omega_{l,m} = \langle g_l, B_m x\rangle`, with :math:`D_l = \sum_m \omega_{l,m} B_m`.
    """
    return synthesise(g, layer()), _products(g, analyse(x, layer.basis))


def shrinkage(layer: PiecewiseLinear, a: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    r"""Layer Z, :math:`z = S(a)`: :math:`\partial E/\partial a = S'(a)\, g` and
    :math:`\partial E/\partial q_{l,i} = \sum_p g_l(p)\, h_i(a_l(p))`.

    - :math:`h_i`: the hat function of knot i, 1 there and 0 at its neighbours; beyond the last knot it stays 1.

    Written for reading: one pass over the image a knot. The network's own backward pass needs two sums an interval.
    """
    positions, step = layer.positions(), layer.step
    values = layer.values
    slopes = torch.diff(values) / step
    interval = ((a + layer.reach) / step).floor().long()
    channel = torch.arange(a.shape[1])[None, :, None, None].expand_as(interval)
    inside = (interval >= 0) & (interval < layer.knots - 1)
    slope = torch.where(inside, slopes[channel, interval.clamp(0, layer.knots - 2)], torch.ones_like(a))
    reach = a.clamp(-layer.reach, layer.reach)
    hats = [(1 - (reach - position).abs() / step).clamp_min(0) for position in positions]
    return slope * g, torch.stack([(g * hat).sum((0, 2, 3)) for hat in hats], dim=1)


def multiplier(rate: Tensor, c: Tensor, z: Tensor, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    r"""Layer M, :math:`\beta' = \beta + \eta (c - z)`: derivatives with respect to c, z and η (that to β is g itself).

    .. math:: \frac{\partial E}{\partial c_l} = \eta_l g_l, \qquad \frac{\partial E}{\partial z_l} = -\eta_l g_l, \qquad
              \frac{\partial E}{\partial \eta_l} = \langle g_l, c_l - z_l\rangle
    """
    along_c = rate[:, None, None] * g
    return along_c, -along_c, (g * (c - z)).sum((0, 2, 3))


@torch.no_grad()
def backpropagate(network: ADMMNet, y: Tensor, physics: Any, truth: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    r"""The talk's loss :math:`\|\hat x - x\|/\|x\|` of one image, and its derivative to every parameter, by hand.

    The data flow graph is walked from its end. Two derivatives travel: :math:`\partial E/\partial x` and
    :math:`\partial E/\partial \beta` of the state between two turns.

    :returns: the loss, and {parameter's name: gradient} with the names of ``network.named_parameters()``.

    :raises ValueError: for more than one image, or shapes that differ.

    Source: NIPS 2016, section 3.3; the talk, "Gradient computation by backpropagation".
    """
    if not isinstance(network, ADMMNet):
        raise TypeError(f"network is a {type(network).__name__}: expected an ADMMNet")
    arguments.operator(physics)
    arguments.tensors(y=y, truth=truth)
    if truth.ndim != 4 or y.shape != truth.shape:
        raise ValueError(
            f"the measurement y has the shape {tuple(y.shape)}, the truth {tuple(truth.shape)}: expected (1, 1, height, "
            "width) twice"
        )
    if len(truth) != 1:
        raise ValueError(f"the truth has a batch of {len(truth)}: the hand-written gradients take one image at a time")
    states = list(network.iterates(y, physics))
    error = states[-1].estimate - truth
    size, scale = torch.linalg.vector_norm(error), torch.linalg.vector_norm(truth)
    along_x, along_beta, gradients = error / (size * scale), None, {}
    for turn in range(network.turns, 0, -1):
        stage: Stage = network.stages[turn - 1]
        name, before, after = f"stages.{turn - 1}", states[turn - 1], states[turn]
        c = analyse(before.estimate, stage.filters())
        # X
        at_x = reconstruction(stage.reconstruction, physics, after.estimate, after.split - after.multiplier, along_x)
        along_z = at_x.target
        along_beta = -at_x.target if along_beta is None else along_beta - at_x.target
        # M
        along_c, to_z, along_rate = multiplier(stage.rate, c, after.split, along_beta)
        # Z
        shifted = c if before.multiplier is None else c + before.multiplier
        along_a, along_values = shrinkage(stage.shrinkage, shifted, along_z + to_z)
        along_beta = along_beta + along_a
        # C
        along_x, along_filters = convolution(stage.filters, before.estimate, along_c + along_a)
        gradients |= {
            f"{name}.rate": along_rate,
            f"{name}.filters.coefficients": along_filters,
            f"{name}.shrinkage.values": along_values,
            f"{name}.reconstruction.penalty": at_x.penalty,
            f"{name}.reconstruction.filters.coefficients": at_x.coefficients,
        }
    at_start = reconstruction(network.start.reconstruction, physics, states[0].estimate, None, along_x)
    gradients["start.reconstruction.penalty"] = at_start.penalty
    gradients["start.reconstruction.filters.coefficients"] = at_start.coefficients
    return size / scale, gradients


def _products(first: Tensor, second: Tensor) -> Tensor:
    """⟨first_l, second_m⟩ for every pair of channels, (L, M)."""
    return torch.einsum("blhw,bmhw->lm", first, second)
