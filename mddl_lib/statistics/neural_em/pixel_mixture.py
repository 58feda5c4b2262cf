r"""A mixture of pixels: every pixel was drawn by one of K components, and each component says what it would draw there.

.. math:: p(x \mid \theta) = \prod_i \frac1K \sum_k p(x_i \mid \psi_{ik}), \qquad \psi_k = f(\theta_k)

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments


@dataclass(frozen=True)
class PixelLikelihood:
    r"""What a component says of a pixel.

    - ``bernoulli``: pixels are 0 or 1, and a component gives the logit :math:`a`; :math:`\psi = 1 / (1 + e^{-a})` is its
      probability of a one, :math:`\log p(x \mid a) = x a - \log(1 + e^a)`;
    - ``gaussian``: pixels are grey levels, and a component gives their mean :math:`a = \psi`;
      :math:`\log p(x \mid a) = -(x - a)^2 / (2 s^2) - \log(s \sqrt{2\pi})`.

    :raises ValueError: for another kind, or a spread that is not positive.
    """

    kind: str = "bernoulli"
    spread: float = 0.25
    """s of the Gaussian"""

    def __post_init__(self) -> None:
        if self.kind not in ("bernoulli", "gaussian"):
            raise ValueError(f"kind is {self.kind!r}: expected 'bernoulli' or 'gaussian'")
        arguments.positive(spread=self.spread)

    def expected(self, natural: Tensor) -> Tensor:
        """ψ, the pixel that a component expects, of a."""
        return natural.sigmoid() if self.kind == "bernoulli" else natural

    def log_probability(self, x: Tensor, natural: Tensor) -> Tensor:
        """log p(x | a), pixel by pixel; the two broadcast."""
        if self.kind == "bernoulli":
            return x * natural - F.softplus(natural)
        return -(x - natural).square() / (2 * self.spread**2) - math.log(self.spread * math.sqrt(2 * math.pi))

    def slope(self, x: Tensor, natural: Tensor) -> Tensor:
        """The derivative of log p(x | a) by a: (x − ψ), over s² for the Gaussian."""
        return (x - self.expected(natural)) / (1.0 if self.kind == "bernoulli" else self.spread**2)


def e_step(x: Tensor, natural: Tensor, likelihood: PixelLikelihood) -> Tensor:
    r"""Responsibilities, :math:`\gamma_{ik} = p(x_i \mid \psi_{ik}) / \sum_j p(x_i \mid \psi_{ij})`.

    :param x: pixels, (B, P).
    :param natural: a of every component, (B, K, P).
    :returns: γ, (B, K, P); over the components its sum is 1.
    :raises ValueError: for shapes that do not fit.
    """
    check(x, natural)
    arguments.instances(PixelLikelihood, likelihood=likelihood)
    return likelihood.log_probability(x[:, None], natural).softmax(1)


def log_likelihood(x: Tensor, natural: Tensor, likelihood: PixelLikelihood) -> Tensor:
    """log p(x | θ) of each image, (B,), all components equally probable.

    :raises ValueError: for shapes that do not fit.
    """
    check(x, natural)
    arguments.instances(PixelLikelihood, likelihood=likelihood)
    joint = likelihood.log_probability(x[:, None], natural)
    return (joint.logsumexp(1) - math.log(natural.shape[1])).sum(1)


def expected_log_likelihood(
    x: Tensor, natural: Tensor, responsibilities: Tensor, likelihood: PixelLikelihood
) -> Tensor:
    r"""What the M step raises, :math:`Q = \sum_i \sum_k \gamma_{ik} \log p(x_i \mid \psi_{ik})`: (B,).

    :raises ValueError: for shapes that do not fit.
    """
    check(x, natural)
    check(x, responsibilities)
    arguments.instances(PixelLikelihood, likelihood=likelihood)
    return (responsibilities * likelihood.log_probability(x[:, None], natural)).sum((1, 2))


def first_responsibilities(images: int, components: int, pixels: int, seed: int = 0) -> Tensor:
    """γ to begin with: sizes of normal numbers, divided by their sum over the components, (images, K, pixels).

    It is all that tells the components apart at first.

    :raises ValueError: for counts below 1.

    Source: the release of Greff et al. 2017.
    """
    arguments.counts(1, images=images, components=components, pixels=pixels)
    arguments.counts(0, seed=seed)
    sizes = torch.randn(images, components, pixels, generator=torch.Generator().manual_seed(seed)).abs() + 1e-6
    return sizes / sizes.sum(1, keepdim=True)


def check(x: Tensor, per_component: Tensor) -> None:
    """Pixels (B, P) and something of every component, (B, K, P).

    :raises ValueError: for other shapes.
    """
    arguments.tensors(x=x, per_component=per_component)
    fits = x.ndim == 2 and per_component.ndim == 3 and x.numel() and per_component.shape[1]
    if not fits or (len(x), x.shape[1]) != (len(per_component), per_component.shape[2]):
        raise ValueError(
            f"pixels have the shape {tuple(x.shape)}, components {tuple(per_component.shape)}: expected (B, P), (B, K, P)"
        )
