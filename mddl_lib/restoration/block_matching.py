"""BM3D: groups of similar patches, thresholded, then shrunk by a Wiener filter with the first result as pilot."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.collaborative_filter import GroupTransform, dct_matrix, hard_threshold, wiener
from mddl_lib.core.patches import match
from mddl_lib.restoration.physics import noise_level

SIZE = 8
"""side of a patch"""


class BlockMatching:
    r"""BM3D for white noise of standard deviation σ.

    .. math::
        p &= \mathrm{hard}(y;\ t\,\sigma) & &\text{groups of } k_1 \text{ patches, alike in } y \\
        \hat x &= \mathrm{wiener}(y, p;\ \sigma) & &\text{groups of } k_2 \text{ patches, alike in } p

    - :math:`\mathrm{hard}`, :math:`\mathrm{wiener}`: :func:`~mddl_lib.core.collaborative_filter.hard_threshold` and
      :func:`~mddl_lib.core.collaborative_filter.wiener`, on 8 × 8 patches in a DCT, Haar's transform along the stack.

    Ours differs from the published filter: it has a DCT in the first step too (there a biorthogonal wavelet), no Kaiser
    window, no bound on the distance of a match, and references ``step`` pixels apart. The image is mirrored at its border
    as far as the windows reach.

    :param threshold: t.
    :param step: between references, a divisor of 8.
    :param radius: of the search window, in pixels.
    :param groups: :math:`k_1` and :math:`k_2`, powers of two.
    :raises ValueError: for a threshold that is not positive, a step that does not divide 8,
        or groups that are no powers of two.

    Source: Dabov, Foi, Katkovnik, Egiazarian 2007.
    """

    def __init__(
        self, threshold: float = 2.7, step: int = 4, radius: int = 16, groups: tuple[int, int] = (16, 32)
    ) -> None:
        arguments.positive(threshold=threshold)
        arguments.counts(1, step=step, radius=radius)
        pair = groups if isinstance(groups, tuple | list) else ()
        if len(pair) != 2 or any(type(n) is not int or n < 1 or n & (n - 1) for n in pair):
            raise ValueError(f"groups are {groups!r}: expected two powers of two, as the Haar transform halves")
        if SIZE % step:
            raise ValueError(f"step is {step}: expected a divisor of {SIZE}, the side of a patch")
        self.threshold, self.step, self.radius, self.groups = threshold, step, radius, groups

    def __call__(self, y: Tensor, physics: Any) -> Tensor:
        """The denoised images, (B, 1, H, W).

        :param y: noisy images in [0, 1].
        :param physics: says the noise level, σ.
        """
        arguments.tensors(y=y)
        if y.ndim != 4 or y.shape[1] != 1:
            raise ValueError(f"the measurement has the shape {tuple(y.shape)}: expected (batch, 1, height, width)")
        if not y.is_floating_point():
            raise ValueError(f"the measurement is {y.dtype}: expected floats in [0, 1]")
        arguments.finite("the measurement", y, "no patch can be compared")
        sigma = float(noise_level(physics))
        return torch.cat([self._one(image, sigma) for image in y.split(1)])

    def _one(self, y: Tensor, sigma: float) -> Tensor:
        height, width = y.shape[-2:]
        wide = self._mirrored(y)
        pilot = hard_threshold(wide, self._transform(wide, self.groups[0]), self.threshold * sigma)
        found = wiener(wide, pilot, self._transform(pilot, self.groups[1]), sigma)
        return found[..., SIZE : SIZE + height, SIZE : SIZE + width]

    def _transform(self, guide: Tensor, count: int) -> GroupTransform:
        """Groups of patches that are alike in the guide."""
        radius = min(self.radius, (min(guide.shape[-2:]) - 1) // 2)  # a window no larger than the image
        matches = match(guide, SIZE, self.step, radius, count)
        return GroupTransform(matches, dct_matrix(SIZE), (guide.shape[-2], guide.shape[-1]))

    def _mirrored(self, y: Tensor) -> Tensor:
        """The image with a margin of a patch, and more below and to the right until the step divides its sides."""
        height, width = y.shape[-2:]
        if min(height, width) < 2 * SIZE:
            raise ValueError(f"the image is {height} x {width}: expected sides of {2 * SIZE} pixels or more")
        below, right = (SIZE + -(n + 2 * SIZE) % self.step for n in (height, width))
        return F.pad(y, (SIZE, right, SIZE, below), mode="reflect")
