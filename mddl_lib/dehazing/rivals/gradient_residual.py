"""GRM: what the hazy image does not show, the clear one shall not invent: gradients of the two may differ in few places."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.haze import WINDOW, air_light, check, luminance

LEAST = 0.3
KEPT = 0.95
FIRST, SECOND, FIT = 1.0, 2.0, 0.1
"""weights of first and second derivatives, and of the ℓ1 distance to the raw transmission"""
GRADIENTS, NOISE = 0.01, 0.1
"""η of the gradients' residual, λ of what is left as noise"""
TURNS, STEPS = 10, 150


def gradient_residual(image: Tensor) -> tuple[Tensor, Tensor]:
    r"""A transmission by the dark channel and a second-order total variation that follows the image's edges; then

    .. math:: \min_{J, E} \tfrac12 \|J T + (1 - T) A + E - I\|^2 + \lambda \|E\|_1 + \eta \|\nabla J - \nabla I\|_0

    by half-quadratic splitting in the gradients.

    :param image: (B, 3, H, W), from 0 to 1.
    :returns: the clear image from 0 to 1, and T.
    :raises ValueError: for another shape, or NaN.

    Source: Chen, Do, Wang 2016; our code, from the paper's text.
    """
    check("image", image)
    air = air_light(image)[:, :, None, None]
    raw = 1 - KEPT * dark_channel(image / air, WINDOW)
    transmission = generalised_variation(raw, luminance(image)).clamp(LEAST, 1)
    return recovered(image, transmission, air).clamp(0, 1), transmission


def generalised_variation(raw: Tensor, guide: Tensor, steps: int = STEPS) -> Tensor:
    r""":math:`\min_{T, v} \alpha_1 \|G (\nabla T - v)\|_1 + \alpha_0 \|\nabla v\|_1 + \mu \|T - \hat T\|_1` by primal-dual steps.

    - :math:`G = e^{-9 |\nabla g|^{.85}}`: derivatives are cheap where the guide has an edge.

    :param raw: T̂, (B, 1, H, W).
    :param guide: g, of the same shape.
    :raises ValueError: for other shapes, or NaN.
    """
    check("raw", raw, 1)
    check("guide", guide, 1)
    edges = torch.exp(-9 * _gradient(guide).norm(dim=1, keepdim=True) ** 0.85)
    t, v = raw.clone(), torch.zeros_like(_gradient(raw))
    p, q = torch.zeros_like(v), torch.zeros_like(_gradient(v))
    t_bar, v_bar, step = t, v, 12**-0.5
    for _ in range(steps):
        p = _ball(p + step * edges * (_gradient(t_bar) - v_bar), FIRST)
        q = _ball(q + step * _gradient(v_bar), SECOND)
        weighed = edges * p
        before_t, before_v = t, v
        t = t + step * _divergence(weighed)
        t = raw + F.softshrink(t - raw, step * FIT)
        v = v + step * (weighed + _divergence(q))
        t_bar, v_bar = 2 * t - before_t, 2 * v - before_v
    return t


def recovered(image: Tensor, transmission: Tensor, air: Tensor, turns: int = TURNS) -> Tensor:
    """The clear image by splitting: gradients by hard thresholding, noise by soft thresholding, J by a few gradient steps.

    :raises ValueError: for shapes that do not fit, or NaN.
    """
    check("image", image)
    check("transmission", transmission, 1)
    shown = _gradient(image)
    clear = (image - air) / transmission + air
    penalty = 0.1
    for _ in range(turns):
        residual = _gradient(clear) - shown
        few = torch.where(residual.square() > 2 * GRADIENTS / penalty, residual, 0)
        noise = F.softshrink(image - clear * transmission - (1 - transmission) * air, NOISE)
        aim = image - (1 - transmission) * air - noise
        for _ in range(10):  # of the quadratic in J
            slope = transmission * (clear * transmission - aim)
            slope = slope - penalty * _divergence(_gradient(clear) - shown - few)
            clear = clear - slope / (1 + 8 * penalty)
        penalty *= 2**0.5
    return clear


def _gradient(x: Tensor) -> Tensor:
    """Forward differences down and across, (B, 2C, H, W), zero at the last row and column."""
    return torch.cat([F.pad(x.diff(dim=2), (0, 0, 0, 1)), F.pad(x.diff(dim=3), (0, 1))], 1)


def _divergence(p: Tensor) -> Tensor:
    """Minus the adjoint of the gradient."""
    down, across = p.chunk(2, 1)
    down, across = down[:, :, :-1], across[..., :-1]
    return F.pad(down, (0, 0, 0, 1)) - F.pad(down, (0, 0, 1, 0)) + F.pad(across, (0, 1)) - F.pad(across, (1, 0))


def _ball(p: Tensor, radius: float) -> Tensor:
    """The nearest field whose vectors are no longer than the radius."""
    return p / (p.norm(dim=1, keepdim=True) / radius).clamp(min=1)
