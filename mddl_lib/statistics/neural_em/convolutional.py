r"""RNN-EM for moving shapes: the recurrent M step between a small convolutional encoder and its mirror.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.neural_em.pixel_mixture import PixelLikelihood, check

SIDE = 28


class ConvolutionalStep(nn.Module):
    r"""As :class:`~mddl_lib.statistics.neural_em.m_steps.RecurrentStep`, with convolutions before and after.

    .. math:: \theta_k \leftarrow \sigma\bigl(\mathrm{norm}(R\, \theta_k + U\, e(\gamma_k \odot (x - \psi_k)))\bigr), \qquad
              a_k = d(\theta_k)

    - :math:`e`: two convolutions 4 × 4 of stride 2 with ``filters`` and twice as many, layer norm and ELU after each, and a full layer;
      :math:`d`: the same backwards, with ReLU. The paper has 32 and 64 filters and 512 units in the full layer, this one fewer.

    :param pixels: 784, of pictures of 28 × 28.
    :param size: of θ.
    :raises ValueError: for counts below 1, or another number of pixels.

    Source: Greff, van Steenkiste, Schmidhuber, NIPS 2017, and its release (100 units, flying shapes).
    """

    def __init__(
        self,
        pixels: int = SIDE * SIDE,
        size: int = 100,
        filters: int = 16,
        full: int = 64,
        likelihood: PixelLikelihood | None = None,
    ) -> None:
        super().__init__()
        arguments.counts(1, size=size, filters=filters, full=full)
        if pixels != SIDE * SIDE:
            raise ValueError(f"pixels is {pixels!r}: expected {SIDE * SIDE}, pictures of {SIDE} × {SIDE}")
        small = SIDE // 4
        self.encoder = nn.Sequential(
            nn.Conv2d(1, filters, 4, 2, 1), nn.GroupNorm(1, filters), nn.ELU(),
            nn.Conv2d(filters, 2 * filters, 4, 2, 1), nn.GroupNorm(1, 2 * filters), nn.ELU(),
            nn.Flatten(), nn.Linear(2 * filters * small * small, full), nn.LayerNorm(full), nn.ELU(),
            nn.Linear(full, size, bias=False),
        )  # fmt: skip
        self.recurrent, self.norm = nn.Linear(size, size, bias=False), nn.LayerNorm(size)
        self.decoder = nn.Sequential(
            nn.Linear(size, full), nn.LayerNorm(full), nn.ReLU(),
            nn.Linear(full, 2 * filters * small * small), nn.LayerNorm(2 * filters * small * small), nn.ReLU(),
            nn.Unflatten(1, (2 * filters, small, small)),
            nn.ConvTranspose2d(2 * filters, filters, 4, 2, 1), nn.GroupNorm(1, filters), nn.ReLU(),
            nn.ConvTranspose2d(filters, 1, 4, 2, 1), nn.Flatten(),
        )  # fmt: skip
        self.likelihood = PixelLikelihood() if likelihood is None else likelihood
        arguments.instances(PixelLikelihood, likelihood=self.likelihood)

    def start(self, images: int, components: int) -> Tensor:
        """Zeros, (images, K, size)."""
        return self.norm.weight.new_zeros(images, components, self.norm.weight.shape[0])

    def draw(self, theta: Tensor) -> Tensor:
        """a, (B, K, P)."""
        return self.decoder(theta.flatten(0, 1)).unflatten(0, theta.shape[:2])

    def forward(self, theta: Tensor, x: Tensor, natural: Tensor, responsibilities: Tensor) -> Tensor:
        """One step of the recurrent network."""
        check(x, responsibilities)
        error = responsibilities * (x[:, None] - self.likelihood.expected(natural))
        code = self.encoder(error.flatten(0, 1).unflatten(1, (1, SIDE, SIDE))).unflatten(0, error.shape[:2])
        return torch.sigmoid(self.norm(self.recurrent(theta) + code))
