"""The players of the game: a generator makes an image of the other kind, a discriminator tells it from a real one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments


class ResidualBlock(nn.Module):
    """x + two 3 × 3 convolutions of x, each with instance norm; ReLU between them.

    :raises ValueError: for ``channels`` that is no whole number of 1 or more.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        arguments.counts(1, channels=channels)
        self.body = nn.Sequential(
            *_convolution(channels, channels, 3), nn.ReLU(),
            *_convolution(channels, channels, 3),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to the same."""
        return x + self.body(x)


class Generator(nn.Module):
    """7 × 7 convolution, two halvings, residual blocks, two doublings, 7 × 7 convolution, tanh; instance norm throughout.

    The paper's has 64 ``filters`` and 9 ``blocks``. Instance norm takes a channel's mean and deviation over the whole image: the same
    pixels in another frame give another answer.

    :raises ValueError: for numbers that are no whole numbers of 1 or more.

    Source: Johnson et al. 2016; Zhu et al. 2017.
    """

    def __init__(self, filters: int = 16, blocks: int = 6) -> None:
        super().__init__()
        arguments.counts(1, filters=filters, blocks=blocks)
        self.config = {"filters": filters, "blocks": blocks}
        n = filters
        layers = [*_convolution(1, n, 7), nn.ReLU()]
        for before, after in ((n, 2 * n), (2 * n, 4 * n)):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.InstanceNorm2d(after), nn.ReLU()]
        layers += [ResidualBlock(4 * n) for _ in range(blocks)]
        for before, after in ((4 * n, 2 * n), (2 * n, n)):
            layers += [nn.ConvTranspose2d(before, after, 3, 2, 1, 1), nn.InstanceNorm2d(after), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(n, 1, 7), nn.Tanh())

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, H, W) from −1 to 1, to the same; the sides are multiples of 4, of 16 or more.

        :raises ValueError: for another shape.
        """
        sides = image.shape[-2:]
        if image.ndim != 4 or image.shape[1] != 1 or any(side % 4 or side < 16 for side in sides):
            raise ValueError(
                f"the image has the shape {tuple(image.shape)}: expected (batch, 1, height, width), sides multiples of 4 from 16"
            )
        return self.layers(image)


class Discriminator(nn.Module):
    """4 × 4 convolutions: three that halve, two that do not; a map of judgements, 1 for real, one a patch.

    :raises ValueError: for ``filters`` (the paper's: 64) that is no whole number of 1 or more.

    Source: Isola et al. 2017.
    """

    def __init__(self, filters: int = 16) -> None:
        super().__init__()
        arguments.counts(1, filters=filters)
        layers: list[nn.Module] = [nn.Conv2d(1, filters, 4, 2, 1), nn.LeakyReLU(0.2)]
        for power, stride in ((1, 2), (2, 2), (3, 1)):
            before, after = filters * 2 ** (power - 1), filters * 2**power
            layers += [nn.Conv2d(before, after, 4, stride, 1), nn.InstanceNorm2d(after), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(8 * filters, 1, 4, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, H, W) to (B, 1, H/8 − 2, W/8 − 2)."""
        return self.layers(image)


class CycleGAN(nn.Module):
    """The whole game: two generators, MR to CT and back, and a discriminator of each kind of image.

    :raises ValueError: for numbers that are no whole numbers of 1 or more.

    Source: Zhu et al. 2017.
    """

    def __init__(self, filters: int = 16, blocks: int = 6) -> None:
        super().__init__()
        self.config = {"filters": filters, "blocks": blocks}
        self.to_ct, self.to_mr = Generator(filters, blocks), Generator(filters, blocks)
        self.judge_ct, self.judge_mr = Discriminator(filters), Discriminator(filters)

    def forward(self, mr: Tensor) -> Tensor:
        """The CT, (B, 1, H, W) from −1 to 1, of an MR of that shape and range."""
        return self.to_ct(mr)


def as_made(seed: int, filters: int = 16, blocks: int = 6) -> CycleGAN:
    """An untrained game with weights drawn from N(0, 0.02²), biases 0.

    :raises ValueError: for numbers that are no such whole numbers.
    """
    arguments.counts(0, seed=seed)
    network = CycleGAN(filters, blocks)
    random = torch.Generator().manual_seed(seed)
    for name, values in network.named_parameters():
        with torch.no_grad():
            if name.endswith("weight"):
                values.normal_(0.0, 0.02, generator=random)
            else:
                values.zero_()
    return network


def _convolution(before: int, after: int, side: int) -> list[nn.Module]:
    return [nn.ReflectionPad2d(side // 2), nn.Conv2d(before, after, side), nn.InstanceNorm2d(after)]
