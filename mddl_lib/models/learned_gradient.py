"""Filters, piecewise-linear functions, filters again: the gradient of a learned energy, a few rows at a time.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mddl_lib.core import arguments
from mddl_lib.core.convolutions import gather, put_shifts, spread
from mddl_lib.core.shrinkage import PiecewiseLinear

ENTRIES = 2**17
"""how many filter responses are in work at a time: what a processor's cache holds"""


def learned_gradient(v: Tensor, first: Tensor, bias: Tensor, shrinkage: PiecewiseLinear, second: Tensor) -> Tensor:
    r"""The gradient of a learned energy at v, as the denoiser of ADMM-CSNet has it:

    .. math:: k_2 * S(k_1 * v + b)

    - :math:`k_1` (``first``): correlations from one channel to L, :math:`b` their biases; :math:`k_2` (``second``): back to
      one; zero outside the image;
    - :math:`S`: a piecewise-linear function a channel. With :math:`k_2 = k_1^T` and :math:`S = g'` this is
      :math:`\nabla_v \sum_l g(k_{1,l} * v)`.

    It is ``gather(shrinkage(spread(v, first, bias)), second)``. On a CPU the L responses of some rows are made, used and
    forgotten before the next rows' are, and made again in the backward pass: less than half the time, and L images less
    memory a call.

    :param v: (B, 1, H, W), real.
    :param first: (L, 1, s, s), s odd.
    :param bias: (L,).
    :param second: (1, L, s, s).
    :returns: (B, 1, H, W).
    :raises ValueError: for images, kernels, biases or functions of other shapes or another precision.
    """
    arguments.tensors(v=v, first=first, bias=bias, second=second)
    if not isinstance(shrinkage, PiecewiseLinear):
        raise TypeError(f"shrinkage is a {type(shrinkage).__name__}: expected a PiecewiseLinear")
    if v.ndim != 4 or v.shape[1] != 1 or v.dtype != first.dtype:
        raise ValueError(
            f"v has the shape {tuple(v.shape)} and the type {v.dtype}: expected (batch, 1, height, width) and the "
            f"filters' {first.dtype}"
        )
    channels, size = len(first), first.shape[-1]
    if first.shape != (channels, 1, size, size) or second.shape != (1, channels, size, size) or size % 2 == 0:
        raise ValueError(
            f"the kernels have the shapes {tuple(first.shape)} and {tuple(second.shape)}: expected (L, 1, s, s) and "
            "(1, L, s, s) with s odd"
        )
    if len(shrinkage.values) != channels:
        raise ValueError(
            f"there are {len(shrinkage.values)} piecewise-linear functions: expected {channels}, one a filter"
        )
    if bias.shape != first.shape[:1]:
        raise ValueError(f"the biases have the shape {tuple(bias.shape)}: expected ({len(first)},), one a filter")
    finite = all(bool(tensor.isfinite().all()) for tensor in (v, first, bias))  # NaN has no interval to be looked up in
    if v.device.type != "cpu" or not finite:
        return gather(shrinkage(spread(v, first, bias)), second)
    return _LearnedGradient.apply(v, first, bias, shrinkage.values, second, -shrinkage.reach, shrinkage.step)


class _LearnedGradient(torch.autograd.Function):
    """Per rows: t = K₁ U(v) + b in units of the knots' distance, S = a_j + b_j t on interval j = ⌊t⌋, then K₂ᵀ S."""

    @staticmethod
    def forward(
        ctx, v: Tensor, first: Tensor, bias: Tensor, values: Tensor, second: Tensor, low: float, step: float
    ) -> Tensor:
        ctx.save_for_backward(v, first, bias, values, second)
        ctx.low, ctx.step = low, step
        lines = _Lines(first, bias, values, low, step)
        mix = second[0].flatten(1).T.contiguous()
        taps = v.new_empty(len(v), len(mix), v[0].numel())
        for image, place, shifts in _bands(v, *second.shape[1:3]):
            taps[image, :, place] = mix @ lines.evaluate(shifts)[0]
        return put_shifts(taps, second.shape[-1], v.shape[-2:], forward=True)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor):
        v, first, bias, values, second = ctx.saved_tensors
        lines = _Lines(first, bias, values, ctx.low, ctx.step)
        mix, back = second[0].flip(-2, -1).flatten(1), lines.weight[:, :-1].T.contiguous()
        taps = v.new_empty(len(v), len(back), v[0].numel())
        along_weight, along_second = torch.zeros_like(lines.weight), torch.zeros_like(mix)
        sums = v.new_zeros(2, *lines.shape)
        bands = zip(_bands(v, *second.shape[1:3]), _bands(gradient, *second.shape[1:3]), strict=True)
        for (image, place, shifts), (_, _, incoming) in bands:
            response, t, interval, slope = lines.evaluate(shifts)
            along_second.addmm_(response, incoming[:-1].T)  # dE/dK₂ = S U(dE/dx)ᵀ
            along_response = mix @ incoming[:-1]
            # dE/dq of the two knots around t: the share t − j of dE/dS for the right one, the rest for the left one
            index = interval.to(torch.int64)
            sums[0].scatter_add_(1, index, along_response)
            sums[1].scatter_add_(1, index, t.sub_(interval).mul_(along_response))
            along_t = along_response.mul_(slope)
            along_weight.addmm_(along_t, shifts.T)
            taps[image, :, place] = back @ along_t
        return (
            put_shifts(taps, second.shape[-1], v.shape[-2:], forward=False),
            (along_weight[:, :-1] / ctx.step).view_as(first),
            along_weight[:, -1] / ctx.step,
            _along_values(*sums.double()).to(values.dtype),
            along_second.view(first.shape).transpose(0, 1).flip(-2, -1),
            None,
            None,
        )


class _Lines:
    """K₁ and S with one coordinate for both: t = 1 + (k₁ * v + b − p₁) / step, so that knot i lies at t = i."""

    def __init__(self, first: Tensor, bias: Tensor, values: Tensor, low: float, step: float) -> None:
        self.weight = torch.cat([first.flatten(1), (bias - low + step)[:, None]], dim=1) / step
        outer = torch.full_like(values[:, :1], step)  # left and right of the knots S has slope 1
        slope = torch.cat([outer, values.diff(dim=1), outer], dim=1)
        anchor = torch.cat([values[:, :1], values], dim=1)  # line j passes through knot j, line 0 through knot 1
        knot = torch.arange(slope.shape[1], dtype=values.dtype).clamp_min_(1)
        self.shape = slope.shape
        self.intercept, self.slope = (anchor - slope * knot).flatten(), slope.flatten()
        self.offset = slope.shape[1] * torch.arange(len(slope), dtype=torch.int32)[:, None]

    def evaluate(self, shifts: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """S, t, the interval's number and the slope there, of every channel and pixel of a band."""
        t = self.weight @ shifts
        interval = t.clamp(0, self.shape[1] - 1).to(torch.int32)
        index = (interval + self.offset).flatten()
        slope = self.slope.index_select(0, index).view_as(t)
        return self.intercept.index_select(0, index).view_as(t).addcmul_(slope, t), t, interval, slope


def _along_values(total: Tensor, right: Tensor) -> Tensor:
    """dE/dq from Σ dE/dS and Σ (t − j) dE/dS of every interval j."""
    along_values = torch.zeros_like(total[:, 1:])
    along_values[:, 1:] += right[:, 1:-1]
    along_values[:, :-1] += (total - right)[:, 1:-1]
    along_values[:, 0] += total[:, 0]  # outside, S = x + q − p
    along_values[:, -1] += total[:, -1]
    return along_values


def _bands(x: Tensor, channels: int, size: int) -> Iterator[tuple[int, slice, Tensor]]:
    """Some rows at a time: the image's number, the pixels' places, and U: row a is x(p + a), the last row ones."""
    height, width = x.shape[-2:]
    windows = F.pad(x, (size // 2,) * 4).unfold(2, size, 1).unfold(3, size, 1)  # (B, 1, H, W, s, s), a view
    rows = max(1, ENTRIES // (channels * width))
    for image in range(len(x)):
        for top in range(0, height, rows):
            band = windows[image, 0, top : top + rows].permute(2, 3, 0, 1)
            shifts = x.new_ones(size * size + 1, band.shape[2] * width)
            shifts[:-1].view(band.shape).copy_(band)
            yield image, slice(top * width, top * width + shifts.shape[1]), shifts
