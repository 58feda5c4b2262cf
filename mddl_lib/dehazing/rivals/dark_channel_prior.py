"""DCP: in a clear photograph some colour is dark in every window; what is not dark there is haze."""

from __future__ import annotations

from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.guided_filter import guided_filter
from mddl_lib.dehazing.model.haze import WINDOW, air_light, check, cleared, luminance

KEPT = 0.95
"""ω: a little haze is left, for depth"""


def dark_channel_prior(image: Tensor, radius: int = 40, smoothness: float = 1e-3) -> tuple[Tensor, Tensor]:
    r"""If :math:`J^{dk} = 0`, then :math:`T = 1 - \omega (I / A)^{dk}`; a guided filter takes the windows' blocks away.

    :param image: (B, 3, H, W), from 0 to 1.
    :param radius: of the guided filter, cut to what the image allows.
    :param smoothness: its ε.
    :returns: the clear image from 0 to 1, and T.
    :raises ValueError: for another shape, or NaN.

    Source: He, Sun, Tang 2009; with the guided filter of 2010.
    """
    check("image", image)
    arguments.counts(1, radius=radius)
    air = air_light(image)
    raw = 1 - KEPT * dark_channel(image / air[:, :, None, None], WINDOW)
    window = 2 * min(radius, min(image.shape[-2:]) // 2) + 1
    transmission = guided_filter(raw, luminance(image), window, smoothness)
    return cleared(image, transmission, air).clamp(0, 1), transmission.clamp(0, 1)
