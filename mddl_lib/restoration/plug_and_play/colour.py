"""A denoiser of grey images, used on colour ones: brightness and two differences of colours, each denoised by itself.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.plug_and_play.splittings import Denoise

OPPONENT = (
    (1 / math.sqrt(3), 1 / math.sqrt(3), 1 / math.sqrt(3)),
    (1 / math.sqrt(2), 0.0, -1 / math.sqrt(2)),
    (1 / math.sqrt(6), -2 / math.sqrt(6), 1 / math.sqrt(6)),
)
"""brightness, red against blue, green against both: an orthogonal matrix, so that white noise stays white"""


def in_colour(denoise: Denoise, chroma: float = 1.0) -> Denoise:
    r"""From a denoiser of grey images to one of colour images.

    .. math::
        D^{colour}(x) = O^T \bigl(\sqrt3\, D(\tfrac{1}{\sqrt3} (Ox)_1; \tfrac{\sigma}{\sqrt3}),\
            D_{c\sigma}((Ox)_2),\ D_{c\sigma}((Ox)_3)\bigr)

    - :math:`O`: :data:`OPPONENT`; brightness is scaled to [0, 1], differences are moved by ½ into it;
    - :math:`c`: ``chroma``, how much louder the noise in the differences is called.

    If D is a proximal operator of a convex function at each level, so is this one.

    :raises TypeError: for a denoiser that cannot be called.
    :raises ValueError: for a ``chroma`` that is not positive; when it is called, for an image that has not three channels.
    """
    arguments.callables(denoise=denoise)
    arguments.positive(chroma=chroma)

    def denoised(image: Tensor, sigma: float) -> Tensor:
        if image.ndim != 4 or image.shape[1] != 3:
            raise ValueError(f"the image has the shape {tuple(image.shape)}: expected (batch, 3, height, width)")
        matrix = image.new_tensor(OPPONENT)
        turned = torch.einsum("oc,bchw->bohw", matrix, image)
        grey = math.sqrt(3) * denoise(turned[:, :1] / math.sqrt(3), sigma / math.sqrt(3))
        differences = turned[:, 1:].flatten(0, 1)[:, None] + 0.5
        rest = denoise(differences, chroma * sigma).unflatten(0, (-1, 2))[:, :, 0] - 0.5
        return torch.einsum("oc,bohw->bchw", matrix, torch.cat([grey, rest], dim=1))

    return denoised
