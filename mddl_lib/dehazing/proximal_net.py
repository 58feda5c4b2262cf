"""Proximal Dehaze-Net: half-quadratic splitting whose two proximal operators are small convolutional networks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.guided_filter import guided_filter
from mddl_lib.dehazing.model.haze import LEAST, air_light, check
from mddl_lib.dehazing.model.splitting import STAGES, Weights, clear_step, dark_step, transmission_step

CHANNELS = 9
NEIGHBOURS = {"size": 5, "alpha": 5 * 2e-5, "beta": 0.75, "k": 1.0}
"""of the local response normalisation; torch divides its α by the size, the authors' program does not"""
SMOOTHNESS = 5e-3
"""ε of the guided filter where it is tested"""
TRAINING_WINDOW, TRAINING_SMOOTHNESS = 41, 1e-2
"""of the guided filter while it is trained"""


class PriorNet(nn.Module):
    """A learned proximal operator: three times convolution, ReLU and the largest of 2 × 2 pixels, then 1 × 1 to one channel.

    Between the convolutions responses are divided by those of their neighbouring channels (local response normalisation).

    :param first: side of the first kernel, odd.
    :param second: of the second.
    :param third: of the third.
    :param ends_in: "relu" for a dark channel, "sigmoid" for a transmission.
    :raises ValueError: for other sides or another end.
    """

    def __init__(self, first: int = 7, second: int = 5, third: int = 3, ends_in: str = "relu") -> None:
        super().__init__()
        arguments.counts(1, first=first, second=second, third=third)
        sides = (first, second, third)
        if any(side % 2 == 0 for side in sides) or ends_in not in ("relu", "sigmoid"):
            raise ValueError(
                f"first, second and third are {sides}, ends_in {ends_in!r}: expected odd sides, and 'relu' or 'sigmoid'"
            )
        entries = (4, CHANNELS, CHANNELS)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(entry, CHANNELS, side, padding=side // 2) for entry, side in zip(entries, sides, strict=True)
        )
        self.last, self.ends_in = nn.Conv2d(CHANNELS, 1, 1), ends_in

    def forward(self, estimate: Tensor, p: Tensor) -> Tensor:
        """A dark channel or a transmission (B, 1, H, W), and P (B, 3, H, W), to (B, 1, H, W); even sides."""
        x = torch.cat([estimate, p], 1)
        for number, convolution in enumerate(self.convolutions):
            if number:
                x = F.local_response_norm(x, **NEIGHBOURS)
            x = F.max_pool2d(convolution(x).relu(), 2)
            x = x.repeat_interleave(2, -2).repeat_interleave(2, -1)
        x = self.last(x)
        return x.relu() if self.ends_in == "relu" else x.sigmoid()


class Stage(nn.Module):
    """One turn: Û, D-Net, T̂, T-Net with the guided filter, Q."""

    def __init__(self, sides: tuple[int, int, int], weights: Weights) -> None:
        super().__init__()
        self.dark_net, self.transmission_net = PriorNet(*sides, "relu"), PriorNet(*sides, "sigmoid")
        self.weights = weights

    def forward(self, q: Tensor, t: Tensor, p: Tensor, window: int, smoothness: float) -> tuple[Tensor, Tensor, Tensor]:
        """Q, T and P to the next Q, T and U."""
        dark_p = dark_channel(p, self.weights.window)
        u = self.dark_net(dark_step(dark_channel(q, self.weights.window), t, dark_p, self.weights), p)
        t = self.transmission_net(transmission_step(q, u, p, dark_p, self.weights).clamp(LEAST, 1), p)
        t = guided_filter(t, p.mean(1, keepdim=True), window, smoothness)
        return clear_step(p, t), t, u


class ProximalDehazeNet(nn.Module):
    """Hazy photograph to clear one.

    :param stages: one to three.
    :param first: side of the first kernel of the two networks, odd.
    :param second: of the second.
    :param third: of the third.
    :raises ValueError: for another number of stages, or sides that are even.

    Source: Yang, Sun, ECCV 2018.
    """

    family = "proximal_dehaze_net"

    def __init__(self, stages: int = 1, first: int = 7, second: int = 5, third: int = 3) -> None:
        super().__init__()
        arguments.counts(1, stages=stages)
        if stages > len(STAGES):
            raise ValueError(f"stages is {stages}: expected one to {len(STAGES)}")
        self.config = {"stages": stages, "first": first, "second": second, "third": third}
        self.stages = nn.ModuleList(Stage((first, second, third), weights) for weights in STAGES[:stages])

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The clear image, from 0 to 1, and its transmission, from 0 to 1.

        :param image: (B, 3, H, W), from 0 to 1, sides of 12 or more.
        :raises ValueError: for another shape, or NaN.
        """
        check("image", image)
        height, width = image.shape[-2:]
        if min(height, width) < 12:
            raise ValueError(f"image has {height} × {width} pixels: expected 12 or more a side")
        even = F.pad(image, (0, width % 2, 0, height % 2), mode="replicate")  # the last row twice
        air = air_light(even)[:, :, None, None]
        window = min(even.shape[-2:]) // 6
        q, t, _ = self.turns(even / air, window + 1 - window % 2, SMOOTHNESS)[-1]
        return (q * air).clamp(0, 1)[..., :height, :width], t.clamp(0, 1)[..., :height, :width]

    def turns(
        self, p: Tensor, window: int = TRAINING_WINDOW, smoothness: float = TRAINING_SMOOTHNESS
    ) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Q, T and U after each stage, for P = I / A with even sides."""
        q, t, found = p, torch.ones_like(p[:, :1]), []
        for stage in self.stages:
            q, t, u = stage(q, t, p, window, smoothness)
            found.append((q, t, u))
        return found


def as_made(seed: int, stages: int = 1) -> ProximalDehazeNet:
    """An untrained network: Xavier's uniform weights, biases 0.

    :raises ValueError: for a seed or a number of stages that is none.
    """
    arguments.counts(0, seed=seed)
    network, random = ProximalDehazeNet(stages), torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight, generator=random)
            nn.init.zeros_(module.bias)
    return network
