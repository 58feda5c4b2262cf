"""The five layers of the label fusion sub-net, one module each, as the slide writes them. They hold all shifts at once: to read,
to test, and to look inside; :func:`~mddl_lib.segmentation.deep_fusion.fused_vote.fused_vote` computes the same without holding them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments


class Shift(nn.Module):
    r"""Shift layer: :math:`[S^\alpha(x)]_p = x_{p + \alpha}` for every :math:`\alpha` of the window, at most t rows and columns away.

    What comes from outside the picture is 0.

    :param radius: t.
    """

    def __init__(self, radius: int) -> None:
        super().__init__()
        arguments.counts(0, radius=radius)
        self.radius = radius

    def forward(self, x: Tensor) -> Tensor:
        """(B, K, C, H, W) to (B, K, (2t + 1)², C, H, W); shifts are numbered row by row."""
        t, (height, width) = self.radius, x.shape[-2:]
        wide = F.pad(x, (t, t, t, t))
        shifts = [
            wide[..., down : down + height, across : across + width]
            for down in range(2 * t + 1)
            for across in range(2 * t + 1)
        ]
        return torch.stack(shifts, 2)


class Distance(nn.Module):
    r"""Distance layer: :math:`D_p^\alpha(T, X_i) = \|F_p(T) - [S^\alpha F(X_i)]_p\|^2`."""

    def forward(self, target: Tensor, shifted: Tensor) -> Tensor:
        """(B, C, H, W) and (B, K, S, C, H, W) to (B, K, S, H, W)."""
        return (target[:, None, None] - shifted).square().sum(3)


class Weight(nn.Module):
    r"""Weight layer: the softmax of :math:`-D_p^\alpha(X_i)` over atlases *and* shifts; they sum to one at each pixel."""

    def forward(self, distance: Tensor, inside: Tensor) -> Tensor:
        """(B, K, S, H, W) each; ``inside`` is 0 where a shift comes from outside the picture: no weight there."""
        return torch.softmax(-distance.masked_fill(inside == 0, torch.inf).flatten(1, 2), 1).view_as(distance)


class Voting(nn.Module):
    r"""Voting layer: :math:`\hat L_p(T) = \sum_i \sum_\alpha w_p^\alpha(X_i) [S^\alpha(L(X_i))]_p`."""

    def forward(self, weights: Tensor, labels: Tensor) -> Tensor:
        """(B, K, S, H, W) and (B, K, S, P, H, W) to (B, P, H, W)."""
        return (weights[:, :, :, None] * labels).sum((1, 2))


class Loss(nn.Module):
    r"""Loss layer: :math:`\frac{1}{|T|} \|\hat L(T) - L(T)\|^2`, the mean over the pixels (and masks, and targets)."""

    def forward(self, votes: Tensor, truth: Tensor) -> Tensor:
        """Two tensors of one shape to one number."""
        return (votes - truth).square().mean()
