r"""Three ways to a belief: a guess in one step, steps up the gradient, and a network that is shown the gradient.

Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.statistics.iterative.latent_model import Belief, Bound, check_pictures, hidden_layers


class InferenceState(NamedTuple):
    """What a turn hands on."""

    estimate: Tensor
    """λ, (B, 2 d): means and log-variances"""

    @property
    def belief(self) -> Belief:
        """λ in its two halves."""
        return Belief(*self.estimate.chunk(2, dim=1))


class OneStepEncoder(nn.Module):
    """The encoder of a variational autoencoder: from the picture to λ, at once.

    :raises ValueError: for counts below 1.

    Source: Kingma, Welling, ICLR 2014.
    """

    def __init__(self, pixels: int = 784, size: int = 64, hidden: int = 128) -> None:
        super().__init__()
        arguments.counts(1, pixels=pixels, size=size, hidden=hidden)
        self.pixels = pixels
        self.layers = hidden_layers(pixels, hidden, 2 * size)

    def forward(self, x: Tensor, bound: Any = None) -> InferenceState:
        """λ; so that it can start an iteration, it takes what a start takes."""
        check_pictures(x, self.pixels)
        return InferenceState(self.layers(2 * x - 1))


class FromThePrior(nn.Module):
    """The start that knows nothing: λ of the prior, zeros."""

    def forward(self, x: Tensor, bound: Bound) -> InferenceState:
        check_pictures(x, bound.model.pixels)
        return InferenceState(x.new_zeros(len(x), 2 * bound.model.size))


class GradientAscent(nn.Module):
    r"""One step of classical inference: :math:`\lambda \leftarrow \lambda + \alpha \nabla_\lambda \mathcal L`.

    :param step: α.
    :raises ValueError: for a step that is not positive.

    Source: Hoffman et al. 2013, for one picture at a time.
    """

    def __init__(self, step: float = 0.02) -> None:
        super().__init__()
        arguments.positive(step=step)
        self.step = step

    def forward(self, state: InferenceState, x: Tensor, bound: Bound) -> InferenceState:
        return InferenceState(state.estimate + self.step * bound.gradient(x, state.belief))


class IterativeStep(nn.Module):
    r"""One turn of iterative amortised inference: a network sees λ and the gradient, and says what λ should be.

    .. math::
        (g, h) = \mathrm{layers}\bigl(\lambda,\ \log|\nabla|,\ \mathrm{sign} \nabla\bigr), \qquad
        u = h + r \odot \lambda + s \odot \nabla, \qquad
        \lambda \leftarrow \sigma(g) \odot \lambda + (1 - \sigma(g)) \odot u

    - :math:`\nabla = \nabla_\lambda \mathcal L`, for the layers in two numbers each: a size that spans decades, and a sign
      (:func:`encode_gradient`); the layers: two hidden ones with ELU, the same in every turn;
    - :math:`r, s`: learned, one number for each of λ, zeros at first. The paper has none; with them plain gradient ascent lies
      inside the family (:meth:`from_algorithm`).

    :raises ValueError: for counts below 1.

    Source: Marino, Yue, Mandt, ICML 2018, equation 8 and its release.
    """

    def __init__(self, size: int = 64, hidden: int = 128) -> None:
        super().__init__()
        arguments.counts(1, size=size, hidden=hidden)
        self.size = size
        self.layers = hidden_layers(6 * size, hidden, 4 * size)
        self.keep = nn.Parameter(torch.zeros(2 * size))
        self.climb = nn.Parameter(torch.zeros(2 * size))

    def from_algorithm(self, step: float) -> IterativeStep:
        """Set it to gradient ascent, λ + α∇: r = 1, s = α, and an open gate.

        :param step: α.
        :raises ValueError: for a step that is not positive.
        """
        arguments.positive(step=step)
        with torch.no_grad():
            last = self.layers[-1]
            last.weight.zero_()
            last.bias.zero_()
            last.bias[: 2 * self.size] = -1000.0  # the logistic function of it is 0, exactly
            self.keep.fill_(1.0)
            self.climb.fill_(step)
        return self

    def forward(self, state: InferenceState, x: Tensor, bound: Bound) -> InferenceState:
        belief, gradient = state.estimate, bound.gradient(x, state.belief)
        gate, said = self.layers(torch.cat([belief, encode_gradient(gradient)], dim=1)).chunk(2, dim=1)
        gate, proposal = gate.sigmoid(), said + self.keep * belief + self.climb * gradient
        return InferenceState(gate * belief + (1 - gate) * proposal)


def encode_gradient(gradient: Tensor, decades: float = 10.0) -> Tensor:
    r"""Two numbers for each: :math:`(\ln|\nabla| / p,\ \mathrm{sign} \nabla)` where :math:`|\nabla| \ge e^{-p}`, else
    :math:`(-1,\ e^p \nabla)`; p is ``decades``.

    :raises ValueError: for p that is not positive, or NaN.

    Source: Andrychowicz et al., NIPS 2016, appendix A.
    """
    arguments.tensors(gradient=gradient)
    arguments.positive(decades=decades)
    arguments.finite("the gradient", gradient)
    if gradient.ndim != 2:
        raise ValueError(f"the gradient has the shape {tuple(gradient.shape)}: expected (pictures, numbers)")
    size, least = gradient.abs(), torch.tensor(-decades, dtype=gradient.dtype).exp()
    large = size >= least
    logs = torch.where(large, size.clamp_min(least).log() / decades, -torch.ones_like(size))
    signs = torch.where(large, gradient.sign(), gradient / least)
    return torch.cat([logs, signs], dim=1)


def iterative(step: nn.Module, turns: int = 5, start: nn.Module | None = None) -> Unrolled:
    """Inference in turns, all with one step: ``network.iterates(x, bound)``.

    :param start: None: from the prior.
    :raises ValueError: for a count below 0.
    """
    return Unrolled.tied(start or FromThePrior(), step, turns)


def adam_ascent(x: Tensor, bound: Bound, rate: float = 0.05, turns: int = 200) -> Iterator[InferenceState]:
    """Classical inference with Adam on λ, from the prior, turn by turn; the start's state first.

    :raises ValueError: for a rate that is not positive, or a count below 0.

    Source: Kingma, Ba, ICLR 2015, on the bound of Hoffman et al. 2013.
    """
    arguments.positive(rate=rate)
    arguments.counts(0, turns=turns)
    state = FromThePrior()(x, bound)
    yield state
    numbers = state.estimate.clone().requires_grad_()
    optimiser = torch.optim.Adam([numbers], rate)
    for _ in range(turns):
        numbers.grad = -bound.gradient(x, InferenceState(numbers).belief)
        optimiser.step()
        yield InferenceState(numbers.detach().clone())
