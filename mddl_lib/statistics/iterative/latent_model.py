r"""A deep latent-variable model of binary pictures: its decoder, and the evidence lower bound of a belief about the code.

.. math:: p(z) = \mathcal N(0, I), \qquad p_\theta(x \mid z) = \prod_i \mathrm{Bernoulli}\bigl(x_i;\ \sigma(f_i(z))\bigr)

Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments


class Belief(NamedTuple):
    r""":math:`\lambda`, the numbers of :math:`q(z \mid x) = \mathcal N(m, \mathrm{diag}\, e^{v})`; each (B, d)."""

    mean: Tensor
    log_variance: Tensor

    @classmethod
    def prior(cls, count: int, size: int, like: Tensor | None = None) -> Belief:
        """The prior itself, zeros."""
        zeros = torch.zeros(count, size) if like is None else like.new_zeros(count, size)
        return cls(zeros, zeros)

    def together(self) -> Tensor:
        """Mean and log-variance side by side, (B, 2 d)."""
        return torch.cat(self, dim=1)

    def sample(self, noise: Tensor) -> Tensor:
        r""":math:`z = m + e^{v/2} \epsilon`, of ε (S, B, d)."""
        return self.mean + noise * (self.log_variance / 2).exp()

    def divergence(self) -> Tensor:
        r""":math:`\mathrm{KL}(q \| p(z)) = \frac12 \sum_j (e^{v_j} + m_j^2 - 1 - v_j)`, exactly: (B,)."""
        return 0.5 * (self.log_variance.exp() + self.mean.square() - 1 - self.log_variance).sum(1)


class LatentModel(nn.Module):
    """The decoder f: two hidden layers with ELU.

    :param pixels: of a picture.
    :param size: d, latent numbers.
    :param hidden: units of a layer.
    :raises ValueError: for counts below 1.

    Source: Marino, Yue, Mandt, ICML 2018, section 6 (64 latent numbers, 512 units).
    """

    def __init__(self, pixels: int = 784, size: int = 64, hidden: int = 128) -> None:
        super().__init__()
        arguments.counts(1, pixels=pixels, size=size, hidden=hidden)
        self.pixels, self.size = pixels, size
        self.decoder = hidden_layers(size, hidden, pixels)

    def forward(self, z: Tensor) -> Tensor:
        """The pixels' logits, (…, pixels), of codes (…, d).

        :raises ValueError: for codes of another size.
        """
        arguments.tensors(z=z)
        if z.shape[-1:] != (self.size,):
            raise ValueError(f"the codes have the shape {tuple(z.shape)}: expected (…, {self.size})")
        return self.decoder(z)

    def log_probability(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z), (S, B), of codes (S, B, d)."""
        logits = self(z)
        return (x * logits - F.softplus(logits)).sum(-1)


class Bound:
    r"""The evidence lower bound of one model, with the same draws whenever it is asked.

    .. math:: \mathcal L(\lambda; x) = \frac1S \sum_s \log p_\theta(x \mid m + e^{v/2} \epsilon_s) - \mathrm{KL}(q_\lambda \| p)

    It stands where an inverse problem has its physics: what is known about how x came about.

    :param model: the decoder.
    :param noise: ε, (S, B, d).
    :raises ValueError: for draws of another shape.
    """

    def __init__(self, model: LatentModel, noise: Tensor) -> None:
        arguments.instances(LatentModel, model=model)
        arguments.tensors(noise=noise)
        if noise.ndim != 3 or noise.shape[2] != model.size or not noise.numel():
            raise ValueError(f"noise has the shape {tuple(noise.shape)}: expected (draws, pictures, {model.size})")
        self.model, self.noise = model, noise

    def value(self, x: Tensor, belief: Belief) -> Tensor:
        """ℒ of each picture in nats, (B,).

        :raises ValueError: for pictures of another size or number than the draws.
        """
        check_pictures(x, self.model.pixels)
        if self.noise.shape[1] != len(x):
            raise ValueError(f"there are {len(x)} pictures and noise for {self.noise.shape[1]}: expected one number")
        return self.model.log_probability(x, belief.sample(self.noise)).mean(0) - belief.divergence()

    def gradient(self, x: Tensor, belief: Belief) -> Tensor:
        """∂ℒ/∂λ of each picture, (B, 2 d): mean first. No gradient goes on through it."""
        with torch.enable_grad():
            held = Belief(*(part.detach().requires_grad_() for part in belief))
            parts = torch.autograd.grad(self.value(x, held).sum(), held)
        return torch.cat(parts, dim=1).detach()


def importance_weighted(model: LatentModel, x: Tensor, belief: Belief, draws: int = 500, seed: int = 0) -> Tensor:
    r"""A tighter bound on the evidence, which q enters only as a guess of where to look: (B,) nats.

    .. math:: \log \frac1S \sum_s \frac{p_\theta(x \mid z_s)\, p(z_s)}{q(z_s)}, \qquad z_s \sim q

    It grows with S towards log p(x).

    :param draws: S.
    :raises ValueError: for a count below 1, or pictures of another size.

    Source: Burda, Grosse, Salakhutdinov, ICLR 2016.
    """
    arguments.instances(LatentModel, model=model)
    arguments.instances(Belief, belief=belief)
    arguments.counts(1, draws=draws)
    arguments.counts(0, seed=seed)
    check_pictures(x, model.pixels)
    generator, logs = torch.Generator().manual_seed(seed), []
    for start in range(0, draws, 50):
        noise = torch.randn(min(50, draws - start), len(x), model.size, generator=generator).to(belief.mean)
        z = belief.sample(noise)
        log_prior = -0.5 * z.square().sum(-1)
        log_q = -0.5 * (noise.square().sum(-1) + belief.log_variance.sum(-1))  # the same constant in both is left out
        logs.append(model.log_probability(x, z) + log_prior - log_q)
    return torch.cat(logs).logsumexp(0) - math.log(draws)


def check_pictures(x: Tensor, pixels: int) -> None:
    """Pictures (B, pixels) of finite numbers.

    :raises ValueError: for others.
    """
    arguments.tensors(x=x)
    if x.ndim != 2 or x.shape[1] != pixels or not len(x):
        raise ValueError(f"the pictures have the shape {tuple(x.shape)}: expected (N, {pixels})")
    arguments.finite("the pictures", x)


def hidden_layers(before: int, hidden: int, after: int) -> nn.Sequential:
    """Two hidden layers with ELU, and a linear one."""
    return nn.Sequential(
        nn.Linear(before, hidden), nn.ELU(), nn.Linear(hidden, hidden), nn.ELU(), nn.Linear(hidden, after)
    )
