r"""Half-quadratic splitting of the talk's energy: three closed forms that take turns, the two unknown priors left open.

.. math:: E(Q, T, U) = \frac\alpha2 \sum_c \|Q^c T + 1 - T - P^c\|^2 + \frac\beta2 \|U T + 1 - T - P^{dk}\|^2
          + \frac\gamma2 \|U - Q^{dk}\|^2 + f(T) + g(U)

P = I / A is the hazy image over the air's light, Q = J / A the clear one, T the transmission, U stands for the dark channel of Q.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.haze import LEAST, check_alike

SMALLEST = 1e-6
"""added to the denominators, as in the authors' code"""


@dataclass(frozen=True)
class Weights:
    """The constants of one turn: α is 1."""

    data: float = 5.0
    """β, of the dark channel's haze model"""
    coupling: float = 1.0
    """γ, between U and the dark channel"""
    window: int = 7
    """side of the dark channel's window, odd"""

    def __post_init__(self) -> None:
        arguments.positive(data=self.data)
        arguments.not_negative(coupling=self.coupling)
        arguments.counts(1, window=self.window)


STAGES = (Weights(5.0, 1.0, 7), Weights(5.0, 2.0, 5), Weights(5.0, 4.0, 3))
"""of the authors' three stages"""


def dark_step(dark_q: Tensor, t: Tensor, dark_p: Tensor, weights: Weights) -> Tensor:
    r"""The minimiser in U without g: :math:`\hat U = \frac{\beta T (P^{dk} + T - 1) + \gamma Q^{dk}}{\beta T^2 + \gamma}`.

    :param dark_q: the dark channel of Q, (B, 1, H, W).
    :param t: T, of that shape.
    :param dark_p: the dark channel of P, of that shape.
    :raises ValueError: for other shapes, or NaN.
    """
    check_alike(dark_q=dark_q, t=t, dark_p=dark_p)
    top = weights.data * t * (dark_p + t - 1) + weights.coupling * dark_q
    return top / (weights.data * t.square() + weights.coupling + SMALLEST)


def transmission_step(q: Tensor, u: Tensor, p: Tensor, dark_p: Tensor, weights: Weights) -> Tensor:
    r"""The minimiser in T without f: :math:`\hat T = \frac{\sum_c (Q^c - 1)(P^c - 1) + \beta (U - 1)(P^{dk} - 1)}
    {\sum_c (Q^c - 1)^2 + \beta (U - 1)^2}`, not clipped.

    :param q: Q, (B, 3, H, W).
    :param u: U, (B, 1, H, W).
    :param p: P, (B, 3, H, W).
    :param dark_p: the dark channel of P, (B, 1, H, W).
    :raises ValueError: for other shapes, or NaN.
    """
    check_alike(q=q, u=u, p=p, dark_p=dark_p)
    top = ((q - 1) * (p - 1)).sum(1, keepdim=True) + weights.data * (u - 1) * (dark_p - 1)
    bottom = (q - 1).square().sum(1, keepdim=True) + weights.data * (u - 1).square()
    return top / (bottom + SMALLEST)


def clear_step(p: Tensor, t: Tensor, least: float = LEAST) -> Tensor:
    r"""The minimiser in Q where γ is 0 there, as in the authors' code: :math:`Q = (P - 1) / \max(T, .1) + 1`.

    :param p: P, (B, 3, H, W).
    :param t: T, (B, 1, H, W).
    :raises ValueError: for other shapes, or NaN.
    """
    check_alike(p=p, t=t)
    arguments.positive(least=least)
    return (p - 1) / t.clamp(min=least) + 1


def coupled_clear_step(p: Tensor, t: Tensor, u: Tensor, places: Tensor, coupling: float) -> Tensor:
    r"""The minimiser in Q of the paper, D the selection that takes the dark channel out of Q, kept as it is:
    :math:`Q = \frac{T (P + T - 1) + \gamma D^\top U}{T^2 + \gamma\, \mathrm{diag}(D^\top D)}`.

    :param p: P, (B, 3, H, W).
    :param t: T, (B, 1, H, W).
    :param u: U, (B, 1, H, W).
    :param places: as :func:`mddl_lib.dehazing.model.dark_channel.frozen_dark_channel` gives them.
    :param coupling: γ.
    :raises ValueError: for other shapes, or NaN.
    """
    check_alike(p=p, t=t, u=u)
    arguments.not_negative(coupling=coupling)
    flat = torch.zeros_like(p).flatten(1)
    spread = flat.scatter_add(1, places, u.flatten(1)).view_as(p)
    counts = flat.scatter_add(1, places, torch.ones_like(u).flatten(1)).view_as(p)
    return (t * (p + t - 1) + coupling * spread) / (t.square() + coupling * counts + SMALLEST)


def energy(q: Tensor, t: Tensor, u: Tensor, p: Tensor, weights: Weights) -> Tensor:
    """The energy without its two priors, one number.

    :raises ValueError: for shapes that do not fit, or NaN.
    """
    check_alike(q=q, t=t, u=u, p=p)
    dark_p, dark_q = dark_channel(p, weights.window), dark_channel(q, weights.window)
    haze = (q * t + 1 - t - p).square().sum()
    dark = (u * t + 1 - t - dark_p).square().sum()
    return (haze + weights.data * dark + weights.coupling * (u - dark_q).square().sum()) / 2
