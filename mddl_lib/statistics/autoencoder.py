r"""A variational autoencoder with two latent numbers, for small grey pictures.

Taught in :doc:`/models/statistical_models`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments


class VariationalAutoencoder(nn.Module):
    r"""Two small networks: from a picture to a belief about its code, and from a code to a picture.

    .. math:: q_\phi(z \mid x) = \mathcal N(m(x), \mathrm{diag}\, e^{v(x)}), \qquad
              p_\theta(x \mid z) = \prod_i \mathrm{Bernoulli}(x_i;\ f_i(z))

    - :math:`m, v`: one hidden layer of ``hidden`` units with tanh, then ``size`` numbers each; :math:`f` likewise, then a sigmoid.
      Pixels are grey levels from 0 to 1, taken as probabilities.

    :param pixels: of a picture.
    :param size: latent numbers.
    :raises ValueError: for counts below 1.

    Source: Kingma, Welling, ICLR 2014.
    """

    def __init__(self, pixels: int = 64, hidden: int = 128, size: int = 2) -> None:
        super().__init__()
        arguments.counts(1, pixels=pixels, hidden=hidden, size=size)
        self.pixels, self.size = pixels, size
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.Tanh(), nn.Linear(hidden, 2 * size))
        self.decoder = nn.Sequential(nn.Linear(size, hidden), nn.Tanh(), nn.Linear(hidden, pixels))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), (N, size) each.

        :raises ValueError: for pictures of another size, or NaN.
        """
        arguments.tensors(x=x)
        if x.ndim != 2 or x.shape[1] != self.pixels:
            raise ValueError(f"the pictures have the shape {tuple(x.shape)}: expected (N, {self.pixels})")
        arguments.finite("the pictures", x)
        return self.encoder(x).chunk(2, dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """The pixels' probabilities, (N, pixels).

        :raises ValueError: for codes of another size.
        """
        arguments.tensors(z=z)
        if z.ndim != 2 or z.shape[1] != self.size:
            raise ValueError(f"the codes have the shape {tuple(z.shape)}: expected (N, {self.size})")
        return torch.sigmoid(self.decoder(z))

    def terms(self, x: Tensor, mean: Tensor, log_variance: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        r"""The two terms of the bound, one number a picture each, with z = m + e^{v/2} ε:
        :math:`\log p_\theta(x \mid z)` and :math:`\mathrm{KL}(q \| p(z))`, the second exact.

        :param noise: ε, (N, size).
        """
        logits = self.decoder(mean + noise * (log_variance / 2).exp())
        fit = -F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        divergence = 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance).sum(1)
        return fit, divergence

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        """The ELBO of each picture, (N,), with one draw of ε; None: drawn anew."""
        mean, log_variance = self.encode(x)
        fit, divergence = self.terms(x, mean, log_variance, torch.randn_like(mean) if noise is None else noise)
        return fit - divergence


def train(
    network: VariationalAutoencoder, pictures: Tensor, turns: int = 60, batch: int = 64, seed: int = 0
) -> list[float]:
    """Raise the mean ELBO by Adam; the mean of each turn over the pictures.

    :param pictures: (N, pixels), from 0 to 1.
    :raises ValueError: for counts that are none, or pictures of another size.
    """
    arguments.instances(VariationalAutoencoder, network=network)
    arguments.tensors(pictures=pictures)
    arguments.counts(1, turns=turns, batch=batch)
    arguments.counts(0, seed=seed)
    if pictures.ndim != 2 or not len(pictures):
        raise ValueError(f"pictures have the shape {tuple(pictures.shape)}: expected (N, {network.pixels})")
    generator = torch.Generator().manual_seed(seed)
    optimiser, values = torch.optim.Adam(network.parameters(), 2e-3), []
    with torch.enable_grad():
        for _ in range(turns):
            total = 0.0
            for part in torch.randperm(len(pictures), generator=generator).split(batch):
                noise = torch.randn(len(part), network.size, generator=generator)
                bound = network(pictures[part], noise)
                optimiser.zero_grad()
                (-bound.mean()).backward()
                optimiser.step()
                total += float(bound.detach().sum())
            values.append(total / len(pictures))
    return values
