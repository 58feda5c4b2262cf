"""A learned denoiser that is a proximal operator of a convex function, by construction.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import orthogonal

from mddl_lib.core import arguments
from mddl_lib.core.collaborative_filter import dct_matrix
from mddl_lib.restoration.physics import Denoising, noise_level

LEVEL = 25 / 255
"""the noise level at which the second half of the slopes' logits does not count"""


class MonotoneFrame(nn.Module):
    r"""Shrinkage of learned filters' responses, put back by the same filters.

    .. math:: D_\sigma(y) = \sum_l W_l^T s_l(W_l y; \sigma), \qquad \sum_l W_l^T W_l = I, \qquad 0 \le s_l' \le 1

    - :math:`W_l`: circular convolution with row l of an orthogonal matrix, s × s pixels, divided by s;
    - :math:`s_l`: odd, piecewise linear; its slopes stand on ``pieces`` equal pieces of ``step`` noise levels of the response
      (:math:`\sigma/s`) and beyond them; each is a sigmoid of :math:`a_{lj} + b_{lj} \log(\sigma/\sigma_0)`.

    **Why it is a proximal operator.** Its Jacobian is :math:`\sum_l W_l^T \mathrm{diag}(s_l') W_l`: symmetric, not below 0, not
    above :math:`\sum_l W_l^T W_l = I`. So it is a nonexpansive gradient of a convex function, and by Moreau's theorem the
    proximal operator of another one.

    :param size: s, odd.
    :param pieces: of each shrinkage.
    :param step: width of a piece, in noise levels of the response.
    :raises ValueError: for a size that is not odd, or numbers that are not positive.

    Source: Moreau 1965, corollary 10.c; Donoho 1995 for fixed filters and thresholds.
    """

    family = "monotone_frame"
    """its key in :data:`mddl_lib.restoration.networks.NETWORKS`"""

    def __init__(self, size: int = 7, pieces: int = 10, step: float = 0.6) -> None:
        super().__init__()
        arguments.counts(1, size=size, pieces=pieces)
        arguments.positive(step=step)
        if size % 2 == 0:
            raise ValueError(f"size is {size}: expected an odd number")
        self.config = {"size": size, "pieces": pieces, "step": step}
        self.size, self.pieces, self.step = size, pieces, step
        count = size * size
        self.turn = orthogonal(
            nn.Linear(count, count, bias=False), orthogonal_map="matrix_exp", use_trivialization=False
        )
        self.register_buffer("basis", torch.kron(dct_matrix(size), dct_matrix(size)), persistent=False)
        with torch.no_grad():
            self.turn.parametrizations.weight.original.zero_()  # the identity: as made, the filters are a cosine basis
        self.logits = nn.Parameter(torch.zeros(2, count, pieces + 1))
        self.from_algorithm(2.4)

    @torch.no_grad()
    def from_algorithm(self, threshold: float = 2.4, sharpness: float = 4.0) -> MonotoneFrame:
        """Nearly soft shrinkage of cosine filters: slopes sigmoid(± sharpness) below and above the threshold; itself.

        :param threshold: in noise levels of the response.
        :param sharpness: the larger, the nearer to soft shrinkage, where the threshold ends a piece.
        :raises ValueError: for a number that is not positive.
        """
        arguments.positive(threshold=threshold, sharpness=sharpness)
        self.turn.parametrizations.weight.original.zero_()
        above = self.step * torch.arange(self.pieces + 1) >= threshold - 1e-6
        self.logits[0] = torch.where(above, sharpness, -sharpness)
        self.logits[0, 0] = sharpness  # the mean passes
        self.logits[1] = 0
        return self

    def filters(self) -> Tensor:
        """The filters, (s², s, s): rows of an orthogonal matrix over s."""
        return (self.turn.weight @ self.basis.to(self.turn.weight)).view(-1, self.size, self.size) / self.size

    def slopes(self, sigma: Tensor) -> Tensor:
        """Each shrinkage's slopes at noise levels (B,), from 0 to 1: (B, s², pieces + 1)."""
        return torch.sigmoid(self.logits[0] + self.logits[1] * torch.log(sigma / LEVEL)[:, None, None])

    def shrink(self, response: Tensor, sigma: Tensor) -> Tensor:
        """s_l of responses (B, s², H, W) at noise levels (B,)."""
        width = (self.step * sigma / self.size).view(-1, 1, 1, 1)
        length, slopes, total = response.abs(), self.slopes(sigma), 0.0
        for piece in range(self.pieces + 1):  # the integral of the slope up to |t|
            part = (length - piece * width).clamp(min=0)
            if piece < self.pieces:
                part = torch.minimum(part, width)
            total = total + slopes[:, :, piece, None, None] * part
        return total * response.sign()

    def forward(self, y: Tensor, physics: Any) -> Tensor:
        """The denoised image; ``physics`` says the noise level.

        :param y: (B, 1, H, W), sides no smaller than the filters'.
        :raises ValueError: for another shape, NaN, or a level that is not positive.
        """
        arguments.tensors(y=y)
        if y.ndim != 4 or y.shape[1] != 1 or min(y.shape[-2:]) < self.size:
            raise ValueError(
                f"the image has the shape {tuple(y.shape)}: expected (batch, 1, height, width), sides of {self.size} or more"
            )
        arguments.finite("the image", y, "it cannot be denoised")
        sigma = torch.as_tensor(noise_level(physics), dtype=y.dtype, device=y.device).flatten().expand(len(y))
        if not bool((sigma > 0).all()):
            raise ValueError(f"the noise level is {float(sigma.min())}: expected more than 0")
        filters, margin = self.filters()[:, None], self.size // 2
        response = F.conv2d(F.pad(y, (margin,) * 4, mode="circular"), filters)
        # the adjoint of a circular correlation is one with the filters turned round
        shrunk = F.pad(self.shrink(response, sigma), (margin,) * 4, mode="circular")
        return F.conv2d(shrunk, filters.flip(-2, -1).transpose(0, 1))

    def denoise(self, image: Tensor, sigma: float) -> Tensor:
        """The image without noise of standard deviation ``sigma``, without gradients."""
        with torch.no_grad():
            return self(image, Denoising(sigma))

    def extra_repr(self) -> str:
        return f"size={self.size}, pieces={self.pieces}, up to {self.pieces * self.step:g} noise levels"


def soft_frame(image: Tensor, sigma: float, threshold: float = 2.4, size: int = 7) -> Tensor:
    """The same by hand: soft shrinkage of every s × s block's cosine coefficients, all shifts averaged.

    :param image: (B, 1, H, W).
    :param threshold: in noise levels of a coefficient; the block's mean is kept.
    :raises ValueError: for another shape, or numbers that are not positive.
    """
    arguments.tensors(image=image)
    arguments.positive(sigma=sigma, threshold=threshold)
    arguments.counts(1, size=size)
    if image.ndim != 4 or image.shape[1] != 1 or min(image.shape[-2:]) < size:
        raise ValueError(
            f"image has the shape {tuple(image.shape)}: expected (batch, 1, height, width), sides of {size} or more"
        )
    basis = torch.kron(dct_matrix(size), dct_matrix(size)).to(image)
    steps = [(down, across) for down in range(size) for across in range(size)]
    blocks = torch.cat([torch.roll(image, (-down, -across), (-2, -1)) for down, across in steps], dim=1)
    kept = torch.einsum("kn,bnhw->bkhw", basis, blocks)
    shrunk = kept.sign() * (kept.abs() - threshold * sigma).clamp(min=0)
    shrunk[:, 0] = kept[:, 0]
    back = torch.einsum("kn,bkhw->bnhw", basis, shrunk)
    moved = [torch.roll(back[:, n], steps[n], (-2, -1)) for n in range(len(steps))]
    return torch.stack(moved).mean(0)[:, None]
