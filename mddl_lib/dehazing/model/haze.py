r"""The haze model: what a camera sees through fog, and how it is undone when the fog is known.

Images are (B, 3, H, W) from 0 to 1, transmissions (B, 1, H, W) from 0 to 1, the air's light (B, 3).
"""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.dark_channel import dark_channel

LEAST = 0.1
"""the least transmission that a haze is divided by: less would blow up noise"""
WINDOW = 15
"""side of the dark channel's window in which the air's light is looked for"""
SHARE = 0.001
"""the air's light is the pixel at this share of the dark channel, from above"""

COLOURED = ("q", "p", "image", "clear")
"""names of images of three colours"""


def check(name: str, image: Tensor, channels: int = 3) -> None:
    """An image of real finite numbers.

    :raises ValueError: for another shape, whole numbers, or NaN.
    """
    arguments.tensors(**{name: image})
    if image.ndim != 4 or image.shape[1] != channels or not image.numel():
        raise ValueError(f"{name} has the shape {tuple(image.shape)}: expected (batch, {channels}, height, width)")
    if not image.is_floating_point():
        raise ValueError(f"{name} holds {image.dtype}: expected real numbers")
    arguments.finite(name, image)


def check_alike(**images: Tensor) -> None:
    """Images of one batch and size: those named q, p, image or clear of three colours, the others of one channel.

    :raises ValueError: naming the one that is none, or of another size.
    """
    first = next(iter(images.values()))
    for name, image in images.items():
        check(name, image, 3 if name in COLOURED else 1)
        if (len(image), *image.shape[-2:]) != (len(first), *first.shape[-2:]):
            raise ValueError(
                f"{name} has the shape {tuple(image.shape)}: expected the batch and size of {tuple(first.shape)}"
            )


def transmission_of(depth: Tensor, scattering: float) -> Tensor:
    r"""Koschmieder's law: :math:`T(x) = e^{-\beta d(x)}`.

    :param depth: d, (B, 1, H, W), zero or more.
    :param scattering: β, per unit of depth.
    :raises ValueError: for a negative depth or scattering, another shape, or NaN.
    """
    check("depth", depth, 1)
    arguments.not_negative(scattering=scattering)
    if depth.min() < 0:
        raise ValueError(f"depth goes down to {float(depth.min()):.4g}: expected 0 or more")
    return torch.exp(-scattering * depth)


def hazy(clear: Tensor, transmission: Tensor, air: Tensor) -> Tensor:
    r"""The haze model of the talk: :math:`I^c = J^c T + A^c (1 - T)`.

    :param clear: J, (B, 3, H, W).
    :param transmission: T, (B, 1, H, W).
    :param air: A, the air's light, (B, 3) or (3,).
    :raises ValueError: for shapes that do not fit, or NaN.
    """
    check_alike(clear=clear, transmission=transmission)
    return clear * transmission + _plane(air, clear) * (1 - transmission)


def cleared(image: Tensor, transmission: Tensor, air: Tensor, least: float = LEAST) -> Tensor:
    r"""The model undone: :math:`J^c = (I^c - A^c) / \max(T, t_0) + A^c`, not clipped.

    :param image: I, (B, 3, H, W).
    :param transmission: T, (B, 1, H, W).
    :param air: A, (B, 3) or (3,).
    :param least: t₀, above 0.
    :raises ValueError: for shapes that do not fit, or NaN.
    """
    check_alike(image=image, transmission=transmission)
    arguments.positive(least=least)
    plane = _plane(air, image)
    return (image - plane) / transmission.clamp(min=least) + plane


def air_light(image: Tensor, window: int = WINDOW, share: float = SHARE) -> Tensor:
    """The colour of the pixel at rank ⌊share · N⌋ of the dark channel, the brightest first: (B, 3).

    :param image: (B, 3, H, W).
    :param window: side of the dark channel's window, odd.
    :raises ValueError: for another shape, an even window, NaN, or an image without any haze.

    Source: He, Sun, Tang 2009; the rank is that of the authors' release of Proximal Dehaze-Net.
    """
    check("image", image)
    arguments.positive(share=share)
    dark = dark_channel(image, window).flatten(1)
    rank = max(int(share * dark.shape[1]), 1)
    places = torch.sort(dark, dim=1, descending=True, stable=True).indices[:, rank - 1]
    light = image.flatten(2).gather(2, places[:, None, None].expand(-1, 3, 1))[..., 0]
    if light.min() <= 0:  # the dark channel is black even where it is brightest
        raise ValueError(f"image has no haze: its air's light would be {light.tolist()}, expected all three above 0")
    return light


def luminance(image: Tensor) -> Tensor:
    """The grey image that guides filters, .299 R + .587 G + .114 B: (B, 1, H, W).

    :raises ValueError: for another shape, or NaN.
    """
    check("image", image)
    return (image * image.new_tensor((0.299, 0.587, 0.114)).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _plane(air: Tensor, image: Tensor) -> Tensor:
    """A as (B or 1, 3, 1, 1)."""
    arguments.tensors(air=air)
    if air.shape not in ((3,), (len(image), 3)):
        raise ValueError(f"air has the shape {tuple(air.shape)}: expected (3,) or ({len(image)}, 3)")
    arguments.finite("air", air)
    return air.reshape(-1, 3, 1, 1)
