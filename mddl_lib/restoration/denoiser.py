"""A convolutional denoiser to put where an algorithm has a proximal operator: DnCNN without batch normalisation."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.restoration.physics import Denoising, noise_level

KAIR_LAYERS, KAIR_CHANNELS = 17, 64


class DnCNN(nn.Module):
    r"""Convolutions 3 × 3 with ReLUs between them; what they give is taken from the image.

    .. math:: \hat x = y - R(y, \sigma), \qquad
              R = W_D * \mathrm{ReLU}(\cdots \mathrm{ReLU}(W_1 * [y, \sigma] + b_1) \cdots) + b_D

    - :math:`y`: the noisy image; :math:`R`: the noise that the network sees in it;
    - :math:`W_d, b_d`: D convolutions with their biases, zero outside the image;
    - :math:`\sigma`: the noise level, a constant second image, for a network that is told it (``conditioned``). A network
      that is not is trained at one level, and must be used there.

    :param layers: D, 2 or more.
    :param channels: images between the layers.
    :raises ValueError: for fewer.

    Source: Zhang et al., DnCNN, TIP 2017 (with batch normalisation, here folded into the convolutions or left out);
    FFDNet, TIP 2018 (the noise level as an image).
    """

    family = "dncnn"
    """its key in :data:`mddl_lib.restoration.networks.NETWORKS`"""

    def __init__(self, layers: int = 17, channels: int = 64, conditioned: bool = False) -> None:
        super().__init__()
        arguments.counts(2, layers=layers)
        arguments.counts(1, channels=channels)
        self.config = {"layers": layers, "channels": channels, "conditioned": conditioned}
        self.conditioned = conditioned
        widths = [1 + conditioned, *[channels] * (layers - 1), 1]
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(widths))
        for convolution in self.convolutions:  # a ReLU halves the energy: without this, deep layers see nothing
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)
        nn.init.zeros_(self.convolutions[-1].weight)  # as made, it leaves the image as it is

    def forward(self, y: Tensor, physics: Any) -> Tensor:
        """The image without the noise; ``physics`` says its level, see :func:`~.physics.noise_level`.

        :param y: (B, 1, H, W).
        :raises ValueError: for another shape, NaN, or no noise level where one is needed.
        """
        if y.ndim != 4 or y.shape[1] != 1:
            raise ValueError(f"the image has the shape {tuple(y.shape)}: expected (batch, 1, height, width)")
        if not bool(torch.isfinite(y).all()):
            raise ValueError("the image holds NaN or infinity: it cannot be denoised")
        x = y
        if self.conditioned:
            level = torch.as_tensor(noise_level(physics), dtype=y.dtype, device=y.device)
            x = torch.cat([y, level.expand_as(y)], dim=1)
        for convolution in self.convolutions[:-1]:
            x = F.relu(convolution(x))
            if x.device.type == "cuda":
                x = x.contiguous(memory_format=torch.channels_last)
        return y - self.convolutions[-1](x).to(y.dtype)

    def denoise(self, image: Tensor, sigma: float) -> Tensor:
        """The image without noise of standard deviation ``sigma``, without gradients."""
        with torch.no_grad():
            return self(image, Denoising(sigma))


@torch.no_grad()
def grow_told(network: nn.Module, smaller: Mapping[str, Tensor]) -> None:
    """Fill a network that is told the level from one that is not: before it is trained, it does not listen.

    :param network: a conditioned :class:`DnCNN`.
    :param smaller: the tensors of one as deep and wide.
    :raises TypeError: for another network.
    :raises ValueError: naming the tensor that is missing or of another shape.
    """
    if not isinstance(network, DnCNN) or not network.conditioned:
        raise TypeError(f"network is a {type(network).__name__}: expected a DnCNN that is told the level")
    if not isinstance(smaller, Mapping):
        raise TypeError(f"smaller is a {type(smaller).__name__}: expected the tensors of a weights file by name")
    for name, parameter in network.named_parameters():
        first = name == "convolutions.0.weight"
        part = parameter[:, :1] if first else parameter
        there = smaller.get(name)
        if there is None or there.shape != part.shape:
            found = "missing" if there is None else f"of the shape {tuple(there.shape)}"
            raise ValueError(f"smaller's {name} is {found}: expected {tuple(part.shape)}")
        if first:
            parameter.zero_()
        part.copy_(there)


def read_kair(path: Path | str) -> DnCNN:
    """The authors' network for σ = 25 (``dncnn_25.pth`` of ``dncnn_kair``): 17 layers, batch normalisation folded.

    The file is a pickle. It is opened by torch's ``weights_only`` loader alone, which runs no code, after its hash was
    checked: take the path from ``data_fetch.load("dncnn_kair").path("dncnn_25.pth")``.

    :raises ValueError: for a file with other tensors.
    """
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}: expected dncnn_25.pth, fetched and verified")
    held = torch.load(path, map_location="cpu", weights_only=True)
    network, tensors = DnCNN(KAIR_LAYERS, KAIR_CHANNELS), {}
    for number in range(KAIR_LAYERS):
        for part in ("weight", "bias"):  # theirs counts the ReLUs between the convolutions
            tensors[f"convolutions.{number}.{part}"] = held.pop(f"model.{2 * number}.{part}", None)
    shapes = {key: value.shape for key, value in network.state_dict().items()}
    if held or any(value is None or value.shape != shapes[key] for key, value in tensors.items()):
        raise ValueError(f"{path}: expected the {len(shapes)} tensors of {KAIR_LAYERS} convolutions, and no others")
    network.load_state_dict(tensors)
    return network.eval()
