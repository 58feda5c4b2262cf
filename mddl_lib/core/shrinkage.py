"""Shrinkage functions: the proximal operators of sparsity, and the learnable piecewise-linear one."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def soft(x: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Soft shrinkage, the proximal operator of :math:`t\,|\cdot|`: :math:`\mathrm{sign}(x)\max(|x| - t, 0)`.

    For complex x the modulus shrinks and the phase stays. Taught in :doc:`/models/fast_mri`. Source: Donoho 1995.
    """
    if x.is_complex():
        modulus = x.abs()
        return x * ((modulus - threshold).clamp_min(0) / modulus.clamp_min(torch.finfo(modulus.dtype).tiny))
    return torch.sign(x) * (x.abs() - threshold).clamp_min(0)


def hard(x: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Hard shrinkage, the proximal operator of :math:`\tfrac{t^2}{2}\,\|\cdot\|_0`: x where :math:`|x| > t`, else 0.

    Taught in :doc:`/models/fast_mri`.
    """
    return torch.where(x.abs() > threshold, x, torch.zeros_like(x))


def group_soft(x: Tensor, threshold: float | Tensor, dim: int = 1) -> Tensor:
    r"""Soft shrinkage of the length of the vectors along ``dim``: :math:`x\,\max(1 - t/\|x\|, 0)`.

    The proximal operator of :math:`t\,\|x\|_2`: isotropic total variation, with ``dim`` the two differences.

    Taught in :doc:`/models/fast_mri`.
    """
    length = torch.linalg.vector_norm(x, dim=dim, keepdim=True)
    return x * (1 - threshold / length.clamp_min(torch.finfo(length.dtype).tiny)).clamp_min(0)


class _PiecewiseLinear(torch.autograd.Function):
    r"""S(x) per channel, written as :math:`S(x) = a_j + b_j x` on interval j, and its exact derivatives.

    Interval 0 lies left of the first knot, interval N_c right of the last: there b = 1. Two table look-ups and one
    multiplication make S; the index of the interval is kept for the backward pass in two bytes an entry.
    """

    @staticmethod
    def forward(ctx, x: Tensor, values: Tensor, low: float, step: float) -> Tensor:
        index = _interval(x, values.shape[1], low, step)
        intercept, slope = _lines(values, low, step)
        ctx.save_for_backward(x, values, index.to(torch.int16) if values.numel() < 2**15 else index)
        ctx.low, ctx.step = low, step
        return torch.addcmul(_look_up(intercept, index), _look_up(slope, index), x)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, values, index = ctx.saved_tensors
        index, gradient = index.to(torch.int64), gradient.contiguous()
        along_x = along_values = None
        if ctx.needs_input_grad[0]:
            along_x = _look_up(_lines(values, ctx.low, ctx.step)[1], index).mul_(gradient)
        if ctx.needs_input_grad[1]:
            # On interval j, dS/dq_{j+1} = (x − p_j)/step and dS/dq_j = 1 − that: two sums an interval are enough.
            channels, knots = values.shape
            flat, size = index.reshape(-1), channels * (knots + 1)
            total = torch.bincount(flat, gradient.reshape(-1), minlength=size).view(channels, knots + 1)
            moment = torch.bincount(flat, (gradient * x).reshape(-1), minlength=size).view(channels, knots + 1)
            left = ctx.low + ctx.step * torch.arange(knots - 1, dtype=total.dtype, device=total.device)
            to_right = (moment[:, 1:-1] - left * total[:, 1:-1]) / ctx.step
            along_values = torch.zeros_like(total[:, 1:])
            along_values[:, 1:] += to_right
            along_values[:, :-1] += total[:, 1:-1] - to_right
            along_values[:, 0] += total[:, 0]  # outside, S = x + q − p
            along_values[:, -1] += total[:, -1]
            along_values = along_values.to(values.dtype)
        return along_x, along_values, None, None


def _interval(x: Tensor, knots: int, low: float, step: float) -> Tensor:
    """The interval's index 0 … knots, plus the channel's offset into the flattened table of all channels."""
    index = (x * (1 / step)).add_(1 - low / step).clamp_(0, knots).to(torch.int64)
    offset = (knots + 1) * torch.arange(x.shape[1], device=x.device)
    return index.add_(offset.view(1, -1, *(1,) * (x.ndim - 2)))


def _lines(values: Tensor, low: float, step: float) -> tuple[Tensor, Tensor]:
    """Intercepts and slopes of the knots + 1 lines of every channel: two tables (channels, knots + 1)."""
    knots = values.shape[1]
    one = torch.ones_like(values[:, :1])
    slope = torch.cat([one, torch.diff(values) / step, one], dim=1)
    anchor = torch.cat([values[:, :1], values], dim=1)  # each line passes through (p_i, q_i)
    position = low + step * torch.arange(knots, dtype=values.dtype, device=values.device)
    return anchor - slope * torch.cat([position[:1], position]), slope


def _look_up(table: Tensor, index: Tensor) -> Tensor:
    return table.reshape(-1).index_select(0, index.reshape(-1)).view(index.shape)


class PiecewiseLinear(nn.Module):
    r"""A learnable shrinkage: straight lines between knots, one function a channel.

    .. math:: S(a) = q_i + \frac{(a - p_i)(q_{i+1} - q_i)}{p_{i+1} - p_i} \ \text{for } p_i \le a \le p_{i+1}, \qquad
              S(a) = a + q_1 - p_1 \ (a < p_1), \quad S(a) = a + q_{N_c} - p_{N_c} \ (a > p_{N_c})

    - :math:`p_i`: positions of the knots, equally spaced on [−reach, reach], fixed;
    - :math:`q_{l,i}`: values at the knots, one row a channel l, learned (``values``, (channels, knots)).

    It is what the classical soft shrinkage becomes when its shape is learned. It need not be a proximal operator: a
    scalar proximal operator never decreases (see :func:`decreasing_share`).

    :param channels: L. :param knots: N_c, 101 in the paper. :param reach: 1 in the paper.
    :raises ValueError: for an input whose channel count is not L.

    Taught in :doc:`/unrolling/deep_admm_net` (the nonlinear transform layer). Source: NIPS 2016, equation (9).
    """

    def __init__(self, channels: int, knots: int = 101, reach: float = 1.0, threshold: float = 0.05) -> None:
        super().__init__()
        if knots < 2 or channels < 1 or reach <= 0:
            raise ValueError(f"channels={channels}, knots={knots}, reach={reach}: expected ≥ 1, ≥ 2 and > 0")
        self.reach, self.knots = float(reach), int(knots)
        self.step = 2 * self.reach / (self.knots - 1)
        self.values = nn.Parameter(soft(self.positions(), threshold).repeat(channels, 1))

    def positions(self) -> Tensor:
        """The knots' positions p, (knots,)."""
        return torch.linspace(-self.reach, self.reach, self.knots, dtype=torch.float64).to(torch.get_default_dtype())

    def forward(self, x: Tensor) -> Tensor:
        """S of every entry of x, (B, channels, …)."""
        if x.ndim < 2 or x.shape[1] != self.values.shape[0]:
            raise ValueError(
                f"input has the shape {tuple(x.shape)}: expected {self.values.shape[0]} channels at place 1"
            )
        return _PiecewiseLinear.apply(x, self.values, -self.reach, self.step)

    def extra_repr(self) -> str:
        return f"channels={self.values.shape[0]}, knots={self.knots}, reach={self.reach}"


def decreasing_share(shrinkage: PiecewiseLinear, activations: Tensor) -> float:
    """The share of activations that fall where S decreases: there S is no proximal operator of any penalty.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    with torch.no_grad():
        index = _interval(activations, shrinkage.knots, -shrinkage.reach, shrinkage.step)
        slope = _lines(shrinkage.values, -shrinkage.reach, shrinkage.step)[1]
        return float((_look_up(slope, index) < 0).float().mean())
