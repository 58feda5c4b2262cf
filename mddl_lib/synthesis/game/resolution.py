"""A generator that works at half the size: it sees the whole head, and a step costs a quarter."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.synthesis.game.players import CycleGAN, Generator


def halved(images: Tensor) -> Tensor:
    """The means of 2 × 2 pixels, (B, C, H, W) to (B, C, H/2, W/2).

    :raises ValueError: for another shape, or odd sides.
    """
    arguments.tensors(images=images)
    if images.ndim != 4 or any(side % 2 or not side for side in images.shape[-2:]):
        raise ValueError(
            f"the images have the shape {tuple(images.shape)}: expected (batch, channels, height, width), even"
        )
    return F.avg_pool2d(images, 2)


def doubled(images: Tensor) -> Tensor:
    """Bicubic interpolation to twice the size, kept from −1 to 1, (B, C, H, W) to (B, C, 2H, 2W).

    :raises ValueError: for another shape.
    """
    arguments.tensors(images=images)
    if images.ndim != 4 or not images.numel():
        raise ValueError(f"the images have the shape {tuple(images.shape)}: expected (batch, channels, height, width)")
    return F.interpolate(images, scale_factor=2, mode="bicubic", align_corners=False).clamp(-1, 1)


class AtHalfSize(nn.Module):
    """Halve, generate, double: :math:`\\uparrow G(\\downarrow I)`.

    The real CTs of the brain atlas, halved and doubled, are within 27 dB of themselves: no method here comes near that.

    :raises ValueError: for numbers that are no whole numbers of 1 or more.
    """

    family = "generator_at_half_size"

    def __init__(self, filters: int = 16, blocks: int = 6) -> None:
        super().__init__()
        self.generator = Generator(filters, blocks)
        self.config = self.generator.config

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, H, W) from −1 to 1, to the same; the sides are multiples of 8, of 32 or more.

        :raises ValueError: for another shape.
        """
        return doubled(self.generator(halved(image)))


class BothWays(nn.Module):
    """Two generators at half the size, MR to CT and back; called on an MR it gives the CT.

    :raises ValueError: for numbers that are no whole numbers of 1 or more.
    """

    family = "generators_at_half_size"

    def __init__(self, filters: int = 16, blocks: int = 6) -> None:
        super().__init__()
        self.to_ct, self.to_mr = AtHalfSize(filters, blocks), AtHalfSize(filters, blocks)
        self.config = self.to_ct.config

    def forward(self, mr: Tensor) -> Tensor:
        """(B, 1, H, W) from −1 to 1, to the same; as :class:`AtHalfSize`."""
        return self.to_ct(mr)


def one_way(game: CycleGAN) -> AtHalfSize:
    """What is left when the game is over and only MR will come."""
    kept = AtHalfSize(**game.config)
    kept.generator = game.to_ct
    return kept


def both_ways(game: CycleGAN) -> BothWays:
    """What is left when only the discriminators have gone."""
    kept = BothWays(**game.config)
    kept.to_ct.generator, kept.to_mr.generator = game.to_ct, game.to_mr
    return kept
