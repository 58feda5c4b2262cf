"""One denoiser of one noise level, made to serve all: what LDAMP needs where no network is told the level."""

from __future__ import annotations

from torch import Tensor

from mddl_lib.compressive_imaging.rivals.message_passing import Denoise
from mddl_lib.core import arguments


def at_any_level(denoise: Denoise, level: float) -> Denoise:
    r"""A denoiser that was trained for noise of deviation ``level``, for noise of any: the image's contrast is scaled.

    .. math:: D(v; \sigma) = \bar v + \tfrac1k \bigl( D_0(\tfrac12 + k\,(v - \bar v)) - \tfrac12 \bigr),
              \qquad k = \sigma_0 / \sigma

    - :math:`D_0, \sigma_0`: the denoiser and its level; :math:`\bar v`: the mean of each image.

    Under :math:`D_0` the noise is always its own; the image is not: below its level it gets more contrast than any photograph has,
    and then little is gained. It is exact for a linear denoiser.

    :param denoise: takes (B, 1, H, W) around 1/2 and a level.
    :param level: :math:`\sigma_0`, on the scale of images in [0, 1].
    :raises ValueError: for a level that is not positive; at a call, for one that is not.
    """
    arguments.callables(denoise=denoise)
    arguments.positive(level=level)

    def scaled(v: Tensor, sigma: float) -> Tensor:
        arguments.positive(sigma=sigma)
        mean, gain = v.mean((-3, -2, -1), keepdim=True), level / sigma
        return mean + (denoise(0.5 + gain * (v - mean), level) - 0.5) / gain

    return scaled
