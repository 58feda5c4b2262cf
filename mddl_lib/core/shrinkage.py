"""Shrinkage functions: the proximal operators of sparsity, and the learnable piecewise-linear one."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def soft(x: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Soft shrinkage, the proximal operator of :math:`t\,|\cdot|`: :math:`\mathrm{sign}(x)\max(|x| - t, 0)`.

    For complex x the modulus shrinks and the phase stays. Taught in *Fast MRI as an energy*. Source: Donoho 1995.
    """
    if x.is_complex():
        modulus = x.abs()
        return x * ((modulus - threshold).clamp_min(0) / modulus.clamp_min(torch.finfo(modulus.dtype).tiny))
    return torch.sign(x) * (x.abs() - threshold).clamp_min(0)


def hard(x: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Hard shrinkage, the proximal operator of :math:`\tfrac{t^2}{2}\,\|\cdot\|_0`: x where :math:`|x| > t`, else 0."""
    return torch.where(x.abs() > threshold, x, torch.zeros_like(x))


def group_soft(x: Tensor, threshold: float | Tensor, dim: int = 1) -> Tensor:
    r"""Soft shrinkage of the length of the vectors along ``dim``: :math:`x\,\max(1 - t/\|x\|, 0)`.

    The proximal operator of :math:`t\,\|x\|_2`: isotropic total variation, with ``dim`` the two differences.
    """
    length = torch.linalg.vector_norm(x, dim=dim, keepdim=True)
    return x * (1 - threshold / length.clamp_min(torch.finfo(length.dtype).tiny)).clamp_min(0)


class _PiecewiseLinear(torch.autograd.Function):
    """S(x) per channel, and its exact derivatives; saves x alone, finds the intervals again in the backward pass."""

    @staticmethod
    def forward(ctx, x: Tensor, values: Tensor, low: float, step: float) -> Tensor:
        ctx.save_for_backward(x, values)
        ctx.low, ctx.step = low, step
        place, index, _ = _intervals(x, values.shape[1], low, step)
        left, slope = values.reshape(-1), _rises(values).reshape(-1)
        y = torch.addcmul(left[index], place, slope[index])
        # outside the grid the slope is 1: add what `place`, clamped to the grid, left over
        high = low + step * (values.shape[1] - 1)
        return y.add_(x).sub_(x.clamp(low, high))

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        x, values = ctx.saved_tensors
        place, index, outside = _intervals(x, values.shape[1], ctx.low, ctx.step)
        along_x = along_values = None
        if ctx.needs_input_grad[0]:
            slope = _rises(values).div_(ctx.step).reshape(-1)[index]
            along_x = gradient * slope.masked_fill_(outside, 1.0)
        if ctx.needs_input_grad[1]:
            # dS/dq_i is the hat function of knot i: 1 - place for the left knot of an interval, place for the right
            flat, weight = index.reshape(-1), (gradient * place).reshape(-1)
            right = torch.bincount(flat, weight, minlength=values.numel())
            both = torch.bincount(flat, gradient.reshape(-1), minlength=values.numel())
            along_values = (both - right).reshape(values.shape)
            along_values[:, 1:] += right.reshape(values.shape)[:, :-1]
            along_values = along_values.to(values.dtype)
        return along_x, along_values, None, None


def _intervals(x: Tensor, knots: int, low: float, step: float) -> tuple[Tensor, Tensor, Tensor]:
    """Place in the interval (0…1), index of its left knot in the flattened table of all channels, and "outside"."""
    position = (x - low) / step
    outside = (position < 0) | (position > knots - 1)
    position.clamp_(0, knots - 1)
    index = position.to(torch.int64).clamp_(max=knots - 2)
    place = position.sub_(index)
    channels = x.shape[1]
    offset = (knots * torch.arange(channels, device=x.device)).view(1, -1, *(1,) * (x.ndim - 2))
    return place, index.add_(offset), outside


def _rises(values: Tensor) -> Tensor:
    """q_{i+1} − q_i, one column a knot (the last is never used)."""
    return torch.diff(values, append=values[:, -1:])


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

    Taught in *Deep ADMM-Net* (the nonlinear transform layer). Source: NIPS 2016, equation (9).
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
    """The share of activations that fall where S decreases: there S is no proximal operator of any penalty."""
    _, index, outside = _intervals(activations, shrinkage.knots, -shrinkage.reach, shrinkage.step)
    falling = (_rises(shrinkage.values) < 0).reshape(-1)[index] & ~outside
    return float(falling.float().mean())
