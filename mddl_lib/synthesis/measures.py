"""How far a made CT is from the real one: four measures, each one number an image, in grey levels or shares of their range.

Images here go from −1 to 1, as the networks take and give them: 256 grey levels.
"""

from __future__ import annotations

import torch
from skimage.filters import sobel
from skimage.metrics import structural_similarity
from torch import Tensor

from mddl_lib.core import arguments, metrics
from mddl_lib.core.metrics import WINDOW

LEVELS = 255.0
"""between black and white"""
STEEP = 0.1
"""where the real CT's gradient (Sobel, a step from black to white gives 1 at most) is steeper, it counts as an edge of bone; the
paper does not give its threshold"""


def mean_absolute_error(made: Tensor, real: Tensor) -> Tensor:
    r"""MAE: :math:`\frac1N \sum_x |J(x) - I(x)|` over all pixels of the slice, in grey levels of 0 to 255, (B,).

    The paper's is in Hounsfield units, which the windowed CTs here have lost: the two are never compared.

    :param made: (B, 1, H, W), from −1 to 1.
    :param real: of the same shape.
    :raises ValueError: for another shape, values outside −1 … 1, or NaN.
    """
    made, real = _shares(made, real)
    return LEVELS * (made - real).abs().double().mean((1, 2, 3))


def psnr(made: Tensor, real: Tensor) -> Tensor:
    """:func:`mddl_lib.core.metrics.psnr` with the range of the grey levels as its peak, in dB, (B,).

    :raises ValueError: as :func:`mean_absolute_error`.
    """
    return metrics.psnr(*_shares(made, real))


def ssim(made: Tensor, real: Tensor) -> Tensor:
    """:func:`mddl_lib.core.metrics.ssim` with the range of the grey levels as its peak, (B,).

    :raises ValueError: as :func:`mean_absolute_error`, and for images smaller than its window.
    """
    return metrics.ssim(*_shares(made, real))


def ssim_high_gradient(made: Tensor, real: Tensor, steep: float = STEEP) -> Tensor:
    r"""SSIM(HG): the mean of the SSIM map over the pixels whose real gradient is steeper than ``steep``, (B,).

    These are the borders of bone against air and tissue.

    :raises ValueError: as :func:`ssim`, for a threshold that is not positive, and where no pixel is as steep.
    """
    arguments.positive(steep=steep)
    found = []
    for one, other in zip(*_shares(made, real), strict=True):
        one, other = one[0].cpu().double().numpy(), other[0].cpu().double().numpy()
        edges = sobel(other) > steep
        if min(other.shape) < WINDOW or not edges.any():
            raise ValueError(
                f"an image of {other.shape[0]} × {other.shape[1]} pixels has {int(edges.sum())} with a gradient above {steep}: "
                f"expected sides of {WINDOW} or more, and one such pixel"
            )
        known = structural_similarity(
            one, other, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
        )[1]
        found.append(float(known[edges].mean()))
    return torch.tensor(found, dtype=torch.float64)


METRICS = {"mae": mean_absolute_error, "psnr": psnr, "ssim": ssim, "ssim_hg": ssim_high_gradient}
"""by their names in the table"""


def _shares(made: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Both from 0 to 1."""
    arguments.tensors(made=made, real=real)
    for name, image in (("made", made), ("real", real)):
        if image.ndim != 4 or image.shape[1] != 1 or image.shape != real.shape or not image.numel():
            raise ValueError(
                f"made has the shape {tuple(made.shape)}, real {tuple(real.shape)}: expected (batch, 1, height, width) of both"
            )
        arguments.finite(name, image)
        if image.abs().max() > 1:
            raise ValueError(f"{name} goes from {float(image.min()):.4g} to {float(image.max()):.4g}: expected −1 to 1")
    return (made + 1) / 2, (real + 1) / 2
