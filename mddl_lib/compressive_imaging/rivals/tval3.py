"""TVAL3: total variation by augmented Lagrangians, with gradient steps where the operator has no inverse."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import zero_filled
from mddl_lib.core.shrinkage import group_soft


class TVAL3:
    r"""The image of least total variation among those that agree with the data.

    .. math:: \min_{x, w} \sum_p |w_p|_2 \quad \text{such that}\quad w = D x,\ A x = y

    .. math::
        L = \sum_p |w_p| - \langle \nu, Dx - w\rangle + \tfrac\beta2\|Dx - w\|^2
            - \langle \lambda, Ax - y\rangle + \tfrac\mu2\|Ax - y\|^2

    - :math:`D`: differences to the next pixel down and across, around the border; :math:`w_p`: two numbers a pixel;
    - :math:`\nu, \lambda`: multipliers; :math:`\beta, \mu`: penalties.

    One turn shrinks w, takes one gradient step in x whose length is Barzilai and Borwein's, and every ``inner`` turns moves the
    multipliers. The published solver stops the inner turns by a tolerance and guards the step by a line search; ours counts them,
    and halves a step that raises L.

    :param data: μ; the solver's own default is 2⁸.
    :param split: β; the solver's own default is 2⁵.
    :param turns: of x altogether; the solver's default is 300.
    :raises ValueError: for numbers that are not positive.

    Source: Li, Yin, Jiang, Zhang, "An efficient augmented Lagrangian method with applications to total variation minimization",
    2013.
    """

    def __init__(self, data: float = 2.0**8, split: float = 2.0**5, turns: int = 300, inner: int = 10) -> None:
        arguments.positive(data=data, split=split)
        arguments.counts(1, turns=turns, inner=inner)
        self.data, self.split, self.turns, self.inner = data, split, turns, inner

    @torch.no_grad()
    def __call__(self, y: Tensor, physics: Any) -> Tensor:
        """The reconstruction, (B, 1, H, W)."""
        x = zero_filled(y, physics)
        nu, lam = torch.zeros_like(differences(x)), torch.zeros_like(y)
        before: tuple[Tensor, Tensor] | None = None
        for turn in range(self.turns):
            w = self._shrunk(x, nu)
            slope = self._gradient(x, w, nu, lam, y, physics)
            x, before = self._step(x, slope, before, (w, nu, lam, y, physics)), (x, slope)
            if (turn + 1) % self.inner == 0:
                nu = nu - self.split * (differences(x) - self._shrunk(x, nu))
                lam = lam - self.data * (physics.A(x) - y)
                before = None
        return x

    def _shrunk(self, x: Tensor, nu: Tensor) -> Tensor:
        """argmin over w: the two differences of a pixel, shrunk together."""
        return group_soft(differences(x) - nu / self.split, 1 / self.split, dim=1)

    def _gradient(self, x: Tensor, w: Tensor, nu: Tensor, lam: Tensor, y: Tensor, physics: Any) -> Tensor:
        fit = physics.A_adjoint(self.data * (physics.A(x) - y) - lam)
        return fit + differences_adjoint(self.split * (differences(x) - w) - nu)

    def _value(self, x: Tensor, w: Tensor, nu: Tensor, lam: Tensor, y: Tensor, physics: Any) -> Tensor:
        gap, fit = differences(x) - w, physics.A(x) - y
        return _dot(gap, self.split / 2 * gap - nu) + _dot(fit, self.data / 2 * fit - lam)

    def _step(self, x: Tensor, slope: Tensor, before: tuple[Tensor, Tensor] | None, rest: tuple) -> Tensor:
        """x − α ∇L, an α an image."""
        # the largest curvature there can be: ‖D‖² = 8, ‖A‖² = 1
        step = safe = torch.full_like(_dot(x, x), 1 / (8 * self.split + self.data))
        if before is not None:
            moved, changed = x - before[0], slope - before[1]
            curvature = _dot(moved, changed)
            # none, or one below rounding, is measured where the image has settled: no reason for a long step
            step = torch.where(curvature > 0, _dot(moved, moved) / curvature, safe).clamp_max(1e4 * safe)
        here = self._value(x, *rest)
        for _ in range(8):
            there = x - step * slope
            worse = self._value(there, *rest) > here
            if not bool(worse.any()):
                break
            step = torch.where(worse, step / 2, step)
        return x - step * slope


def differences(x: Tensor) -> Tensor:
    """D x: to the next pixel down and across, around the border, (B, 1, H, W) to (B, 2, H, W).

    :raises ValueError: for another shape.
    """
    _of_channels(1, x=x)
    return torch.cat([x.roll(-1, -2) - x, x.roll(-1, -1) - x], 1)


def differences_adjoint(w: Tensor) -> Tensor:
    """Dᵀ w, (B, 2, H, W) to (B, 1, H, W).

    :raises ValueError: for another shape.
    """
    _of_channels(2, w=w)
    down, across = w.split(1, 1)
    return down.roll(1, -2) - down + across.roll(1, -1) - across


def _of_channels(channels: int, **images: Tensor) -> None:
    arguments.tensors(**images)
    for name, image in images.items():
        if image.ndim != 4 or image.shape[1] != channels:
            raise ValueError(f"{name} has the shape {tuple(image.shape)}: expected (batch, {channels}, height, width)")


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Re⟨a, b⟩ of each image, shaped to multiply images."""
    return (a.conj() * b).real.flatten(1).sum(1).view(-1, 1, 1, 1)
