"""Shrinkage functions: the proximal operators of sparsity, and the learnable piecewise-linear one.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments


def soft(x: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Soft shrinkage, the proximal operator of :math:`t\,|\cdot|`: :math:`\mathrm{sign}(x)\max(|x| - t, 0)`.

    For complex x the modulus shrinks and the phase stays. A tensor as t is taken as it is: a network may learn any.

    :raises ValueError: for a negative number.

    Source: Donoho 1995.
    """
    _check(x, threshold)
    if x.is_complex():
        modulus = x.abs()
        return x * ((modulus - threshold).clamp_min(0) / modulus.clamp_min(torch.finfo(modulus.dtype).tiny))
    return x - x.clamp(-threshold, threshold)  # Moreau: two passes over memory instead of five


def hard(x: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Hard shrinkage, the proximal operator of :math:`\tfrac{t^2}{2}\,\|\cdot\|_0`: x where :math:`|x| > t`, else 0."""
    _check(x, threshold)
    return torch.where(x.abs() > threshold, x, torch.zeros_like(x))


def group_soft(x: Tensor, threshold: float | Tensor, dim: int = 1) -> Tensor:
    r"""Soft shrinkage of the length of the vectors along ``dim``: :math:`x\,\max(1 - t/\|x\|, 0)`.

    The proximal operator of :math:`t\,\|x\|_2`: isotropic total variation, with ``dim`` the two differences.
    """
    _check(x, threshold)
    # torch's vector_norm over two channels takes fifty times as long; the floor keeps the gradient at 0 finite
    square = torch.abs(x).square().sum(dim, keepdim=True)
    length = square.clamp_min(torch.finfo(square.dtype).tiny).sqrt()
    return x * (1 - threshold / length).clamp_min(0)


def _check(x: Tensor, threshold: float | Tensor) -> None:
    arguments.tensors(x=x)
    if not isinstance(threshold, Tensor):
        arguments.not_negative(threshold=threshold)


class _PiecewiseLinear(torch.autograd.Function):
    r"""S(x) per channel, written as :math:`S(x) = a_j + b_j x` on interval j, and its exact derivatives.

    Interval 0 lies left of the first knot, interval N_c right of the last: there b = 1. Two table look-ups and one
    multiplication make S; the index of the interval is kept for the backward pass in two bytes an entry. Channels are
    done in groups that a processor's cache holds: the passes over memory are what this function costs.
    """

    @staticmethod
    def forward(ctx, x: Tensor, values: Tensor, low: float, step: float) -> Tensor:
        intercept, slope = _lines(values, low, step)
        result = torch.empty_like(x)
        kept = torch.empty_like(x, dtype=torch.int16 if values.shape[1] < 2**15 else torch.int32)
        keep = any(ctx.needs_input_grad)
        for group in _groups(x):
            part = x[:, group]
            index = _interval(part, values.shape[1], low, step)
            if keep:
                kept[:, group] = index
            index = _in_table(index, values.shape[1])
            torch.addcmul(_look_up(intercept[group], index), _look_up(slope[group], index), part, out=result[:, group])
        if keep:
            ctx.save_for_backward(x, values, kept)
            ctx.low, ctx.step = low, step
        return result

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, values, kept = ctx.saved_tensors
        channels, knots = values.shape
        slope = _lines(values, ctx.low, ctx.step)[1]
        along_x = torch.empty_like(x) if ctx.needs_input_grad[0] else None
        total, moment = (torch.empty(channels, knots + 1, dtype=torch.float64, device=x.device) for _ in range(2))
        for group in _groups(x):
            index, part = _in_table(kept[:, group].to(torch.int64), knots), gradient[:, group]
            if along_x is not None:
                torch.mul(_look_up(slope[group], index), part, out=along_x[:, group])
            if ctx.needs_input_grad[1]:
                flat, size = index.reshape(-1), len(values[group]) * (knots + 1)
                total[group] = torch.bincount(flat, part.reshape(-1), size).view(-1, knots + 1)
                moment[group] = torch.bincount(flat, (part * x[:, group]).reshape(-1), size).view(-1, knots + 1)
        return along_x, _hats(total, moment, ctx) if ctx.needs_input_grad[1] else None, None, None


def _hats(total: Tensor, moment: Tensor, ctx: Any) -> Tensor:
    """dE/dq from Σ g and Σ g x of every interval: on interval j, dS/dq_{j+1} = (x − p_j)/step and dS/dq_j = 1 − that."""
    left = ctx.low + ctx.step * torch.arange(total.shape[1] - 2, dtype=total.dtype, device=total.device)
    to_right = (moment[:, 1:-1] - left * total[:, 1:-1]) / ctx.step
    along_values = torch.zeros_like(total[:, 1:])
    along_values[:, 1:] += to_right
    along_values[:, :-1] += total[:, 1:-1] - to_right
    along_values[:, 0] += total[:, 0]  # outside, S = x + q − p
    along_values[:, -1] += total[:, -1]
    return along_values.to(ctx.saved_tensors[1].dtype)


def _groups(x: Tensor) -> list[slice]:
    """Channels to do together: as many as hold 2¹⁶ entries on a CPU, all of them elsewhere."""
    channels = x.shape[1]
    size = max(1, 2**16 * channels // max(1, x.numel())) if x.device.type == "cpu" else max(1, channels)
    return [slice(first, min(first + size, channels)) for first in range(0, channels, size)]


def _interval(x: Tensor, knots: int, low: float, step: float) -> Tensor:
    """The interval's index 0 … knots of every entry; NaN counts to interval 0, and S of it is NaN again."""
    return (x * (1 / step)).add_(1 - low / step).clamp_(0, knots).to(torch.int32).clamp_(0, knots)


def _in_table(index: Tensor, knots: int) -> Tensor:
    """The index in the flattened table of all channels: each has knots + 1 intervals."""
    if index.shape[1] == 1:
        return index
    offset = (knots + 1) * torch.arange(index.shape[1], dtype=index.dtype, device=index.device)
    return index.add_(offset.view(1, -1, *(1,) * (index.ndim - 2)))


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

    :param channels: L.
    :param knots: N_c, 101 in the paper.
    :param reach: 1 in the paper.
    :param threshold: of the soft shrinkage that it is at first.
    :raises ValueError: for sizes that are none; when called, for an input whose channel count is not L.

    Source: NIPS 2016, equation (9), the nonlinear transform layer.
    """

    def __init__(self, channels: int, knots: int = 101, reach: float = 1.0, threshold: float = 0.05) -> None:
        super().__init__()
        arguments.counts(1, channels=channels)
        arguments.counts(2, knots=knots)
        arguments.positive(reach=reach)
        self.reach, self.knots, self.step = float(reach), int(knots), 2 * float(reach) / (int(knots) - 1)
        self.values = nn.Parameter(soft(self.positions(), threshold).repeat(channels, 1))

    def positions(self) -> Tensor:
        """The knots' positions p, (knots,)."""
        return torch.linspace(-self.reach, self.reach, self.knots, dtype=torch.float64).to(torch.get_default_dtype())

    def forward(self, x: Tensor, channels: slice = slice(None)) -> Tensor:
        """S of every entry of x, (B, channels, …), or of a part of the channels: x then holds only those."""
        arguments.tensors(input=x)
        values = self.values[channels]
        if x.ndim < 2 or x.shape[1] != len(values):
            raise ValueError(f"input has the shape {tuple(x.shape)}: expected {len(values)} channels at place 1")
        return _PiecewiseLinear.apply(x, values, -self.reach, self.step)

    def extra_repr(self) -> str:
        return f"channels={self.values.shape[0]}, knots={self.knots}, reach={self.reach}"


def decreasing_share(shrinkage: PiecewiseLinear, activations: Tensor) -> float:
    """The share of activations (B, channels, …) that fall where S decreases: there S is no proximal operator of any penalty."""
    if not isinstance(shrinkage, PiecewiseLinear):
        raise TypeError(f"shrinkage is a {type(shrinkage).__name__}: expected a PiecewiseLinear")
    with torch.no_grad():
        shrinkage(activations)  # names activations that do not fit
        index = _interval(activations, shrinkage.knots, -shrinkage.reach, shrinkage.step)
        index = _in_table(index, shrinkage.knots)
        slope = _lines(shrinkage.values, -shrinkage.reach, shrinkage.step)[1]
        return float((_look_up(slope, index) < 0).float().mean())
