"""Neural EM: E step and M step in turn, for a fixed number of turns, the M step learned.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.neural_em.convolutional import ConvolutionalStep
from mddl_lib.statistics.neural_em.m_steps import GradientStep, RecurrentStep
from mddl_lib.statistics.neural_em.pixel_mixture import PixelLikelihood, check, e_step, first_responsibilities

CELLS = {"gradient": GradientStep, "recurrent": RecurrentStep, "convolutional": ConvolutionalStep}


class EMState(NamedTuple):
    """What a turn hands on."""

    estimate: Tensor
    """γ, (B, K, P): which component each pixel belongs to"""
    theta: Tensor
    """(B, K, size)"""
    natural: Tensor
    """a, (B, K, P): what the components say of the pixels"""


class NeuralEM(nn.Module):
    r"""K components take turns: each looks at what it is responsible for and did not predict, then the pixels are shared out anew.

    .. math:: \theta_k^{t+1} = M(\theta_k^t,\ \gamma_k^t,\ x), \qquad \psi_k^{t+1} = f(\theta_k^{t+1}), \qquad
              \gamma^{t+1} = \text{E step}(x, \psi^{t+1})

    With :class:`~mddl_lib.statistics.neural_em.m_steps.ClosedForm` as M it is EM. Any number of components may be asked for,
    whatever the training had: they share all constants.

    :param m_step: M and f.
    :param turns: how many.
    :raises ValueError: for a count below 0.
    :raises TypeError: for an M step without ``start`` and ``draw``.

    Source: Greff, van Steenkiste, Schmidhuber, NIPS 2017.
    """

    family = "neural_em"

    def __init__(self, m_step: nn.Module, turns: int = 15, likelihood: PixelLikelihood | None = None) -> None:
        super().__init__()
        arguments.counts(0, turns=turns)
        arguments.callables(m_step=m_step, start=getattr(m_step, "start", None), draw=getattr(m_step, "draw", None))
        self.m_step, self.turns = m_step, turns
        own = getattr(m_step, "likelihood", PixelLikelihood())
        self.likelihood = own if likelihood is None else likelihood
        arguments.instances(PixelLikelihood, likelihood=self.likelihood)
        self.config: dict[str, Any] = {}

    @classmethod
    def of(cls, cell: str, pixels: int = 784, size: int = 250, turns: int = 15) -> NeuralEM:
        """A network by name: "gradient" (N-EM), "recurrent" (RNN-EM) or "convolutional" (RNN-EM on moving shapes).

        :raises ValueError: for another name.
        """
        if cell not in CELLS:
            raise ValueError(f"cell is {cell!r}: expected one of {', '.join(CELLS)}")
        network = cls(CELLS[cell](pixels, size), turns)
        network.config = {"cell": cell, "pixels": pixels, "size": size, "turns": turns}
        return network

    def iterates(
        self, x: Tensor, responsibilities: Tensor, targets: Tensor | None = None, stop_gradient: bool = False
    ) -> Iterator[EMState]:
        """The states, one a turn, the start's first. Nothing is computed before it is asked for.

        :param x: what the M step sees: one image (B, P), or a film (B, T, P), a frame a turn.
        :param responsibilities: γ to begin with, (B, K, P).
        :param targets: what the E step sees; None: x itself, of a film the *next* frame, so that a component must foresee it.
        :param stop_gradient: whether no gradient goes through γ.
        :raises ValueError: for shapes that do not fit, a film with too few frames, or NaN.
        """
        arguments.tensors(x=x, responsibilities=responsibilities)
        arguments.finite("the pixels", x)
        seen = x.unsqueeze(1).expand(-1, self.turns, -1) if x.ndim == 2 else x
        wanted = targets if targets is not None else (x if x.ndim == 2 else x[:, 1:])
        wanted = wanted.unsqueeze(1).expand(-1, self.turns, -1) if wanted.ndim == 2 else wanted
        if seen.ndim != 3 or seen.shape[1] < self.turns or wanted.shape[1] < self.turns:
            raise ValueError(
                f"x has the shape {tuple(x.shape)}: expected (B, P), or (B, T, P) with more than {self.turns} frames"
            )
        check(seen[:, 0] if self.turns else x, responsibilities)
        theta = self.m_step.start(len(x), responsibilities.shape[1])
        natural, gamma = self.m_step.draw(theta), responsibilities
        if natural.shape[-1] != x.shape[-1]:
            raise ValueError(
                f"x has {x.shape[-1]} pixels: expected {natural.shape[-1]}, as many as the components draw"
            )
        yield EMState(gamma, theta, natural)
        for turn in range(self.turns):
            shares = gamma.detach() if stop_gradient else gamma
            theta = self.m_step(theta, seen[:, turn], natural, shares)
            natural = self.m_step.draw(theta)
            gamma = e_step(wanted[:, turn], natural, self.likelihood)
            yield EMState(gamma, theta, natural)

    def forward(self, x: Tensor, components: int = 4, seed: int = 0) -> Tensor:
        """The last responsibilities, (B, components, P), from random ones."""
        arguments.tensors(x=x)
        first = first_responsibilities(len(x), components, x.shape[-1], seed).to(x)
        for state in self.iterates(x, first):
            last = state
        return last.estimate


def groups(responsibilities: Tensor) -> Tensor:
    """Which component has each pixel, (B, P), from (B, K, P)."""
    arguments.tensors(responsibilities=responsibilities)
    if responsibilities.ndim != 3:
        raise ValueError(f"responsibilities have the shape {tuple(responsibilities.shape)}: expected (B, K, P)")
    return torch.argmax(responsibilities, dim=1)
