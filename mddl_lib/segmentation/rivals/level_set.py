r"""A contour as the zero of a function, moved by gradient descent on an energy that keeps this function a signed distance.

.. math:: E(\varphi) = \mu R(\varphi) + \lambda L_g(\varphi) + \alpha A_g(\varphi) + \beta S(\varphi)

- :math:`\varphi`: negative inside the contour, positive outside, in pixels;
- :math:`R = \sum p(|\nabla\varphi|)`: distance regularisation; the double well p has its minima at slopes 1 and 0;
- :math:`L_g = \sum g\,|\nabla H_\varepsilon(\varphi)|`: length of the contour, each piece weighted by the edge indicator g there
  (Li writes :math:`\int g\,\delta_\varepsilon(\varphi)|\nabla\varphi|`, the same by the chain rule);
- :math:`A_g = \sum g\,H_\varepsilon(-\varphi)`: area inside, weighted by g: a balloon, which shrinks for α > 0 and swells for α < 0;
- :math:`S = \frac12 \sum (\varphi - \varphi_0)^2`: distance from a prior shape, the signed distance :math:`\varphi_0` of a mask.

Differences are forward ones, none across the border. The gradients below are those of these sums, to rounding.

Sources: Li, Xu, Gui, Fox, IEEE Transactions on Image Processing 2010 (R, L, A; the double well is their eq. 16); Avendi, Kheradvar,
Jafarkhani, Medical Image Analysis 2016, and Ngo, Lu, Carneiro, Medical Image Analysis 2017 (a network's shape as prior).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments

TINY = 1e-8
"""added to squared slopes below a root"""


@dataclass(frozen=True)
class LevelSet:
    """The constants of the energy and of its descent.

    :raises ValueError: for numbers out of range, or a step at which the distance regularisation is not stable.
    """

    distance: float = 0.04
    """μ"""
    length: float = 1.0
    """λ"""
    balloon: float = 0.0
    """α"""
    shape: float = 0.0
    """β"""
    width: float = 3.0
    """ε, half the width of the smoothed step and its delta, in pixels. Li's 1.5 slows the contour down: what moves drags the rest"""
    step: float = 5.0
    """τ"""
    turns: int = 60

    def __post_init__(self) -> None:
        arguments.not_negative(distance=self.distance, length=self.length, shape=self.shape)
        if not isinstance(self.balloon, int | float) or not math.isfinite(self.balloon):
            raise ValueError(
                f"balloon is {self.balloon!r}: expected a finite number, negative where the contour is to swell"
            )
        arguments.positive(width=self.width, step=self.step)
        arguments.counts(0, turns=self.turns)
        if self.step * (4 * self.distance + self.shape) > 1:
            raise ValueError(
                f"step is {self.step}, distance {self.distance}, shape {self.shape}: expected step · (4 · distance + shape) of at "
                "most 1, else the descent swings"
            )

    def energy(self, phi: Tensor, edges: Tensor, prior: Tensor) -> Tensor:
        """E, one number a picture: (…, H, W) to (…).

        :param phi: φ.
        :param edges: g.
        :param prior: φ₀.
        :raises ValueError: for shapes that do not fit.
        """
        check_level_set(phi, edges, prior)
        slope = _length(_difference(phi))
        parts = self.distance * double_well(slope) + self.shape * (phi - prior).square() / 2
        parts = parts + self.length * edges * _length(_difference(heaviside(phi, self.width)))
        parts = parts + self.balloon * edges * heaviside(-phi, self.width)
        return parts.sum((-2, -1))

    def gradient(self, phi: Tensor, edges: Tensor, prior: Tensor) -> Tensor:
        r"""The energy's derivative at each pixel: (…, H, W).

        .. math:: \nabla E = \mu\,\nabla^\top\Bigl(\tfrac{p'(|\nabla\varphi|)}{|\nabla\varphi|} \nabla\varphi\Bigr)
                  + \lambda\,\delta_\varepsilon(\varphi)\,\nabla^\top\Bigl(g \tfrac{\nabla H}{|\nabla H|}\Bigr)
                  - \alpha\,g\,\delta_\varepsilon(\varphi) + \beta\,(\varphi - \varphi_0)

        - :math:`\nabla^\top`: the adjoint of the differences, minus a divergence.

        :raises ValueError: for shapes that do not fit.
        """
        check_level_set(phi, edges, prior)
        differences, steps = _difference(phi), _difference(heaviside(phi, self.width))
        slope, delta = _length(differences), smooth_delta(phi, self.width)
        found = self.distance * _adjoint(double_well_slope(slope) / slope * differences)
        found = found + self.length * delta * _adjoint(edges / _length(steps) * steps)
        return found - self.balloon * edges * delta + self.shape * (phi - prior)

    def descend(self, phi: Tensor, edges: Tensor, prior: Tensor | None = None) -> Tensor:
        r"""The function after all turns :math:`\varphi \leftarrow \varphi - \tau \nabla E(\varphi)`.

        :param prior: φ₀; None: where the descent starts.
        :raises ValueError: for shapes that do not fit.
        """
        prior = phi if prior is None else prior
        for _ in range(self.turns):
            phi = phi - self.step * self.gradient(phi, edges, prior)
        return phi


def double_well(slope: Tensor) -> Tensor:
    r"""p: :math:`(1 - \cos 2\pi s) / (2\pi)^2` up to s = 1, :math:`(s - 1)^2 / 2` beyond. Flat regions may stay flat.

    :param slope: s, not negative.
    :raises TypeError: for what is no tensor.
    """
    arguments.tensors(slope=slope)
    return torch.where(slope < 1, (1 - torch.cos(2 * math.pi * slope)) / (2 * math.pi) ** 2, (slope - 1).square() / 2)


def double_well_slope(slope: Tensor) -> Tensor:
    r"""p′: :math:`\sin(2\pi s) / (2\pi)` up to s = 1, :math:`s - 1` beyond.

    :raises TypeError: for what is no tensor.
    """
    arguments.tensors(slope=slope)
    return torch.where(slope < 1, torch.sin(2 * math.pi * slope) / (2 * math.pi), slope - 1)


def heaviside(phi: Tensor, width: float = 3.0) -> Tensor:
    r"""H: :math:`\frac12 (1 + \frac{\varphi}{\varepsilon} + \frac1\pi \sin\frac{\pi\varphi}{\varepsilon})`, 0 below −ε and 1 above ε.

    :raises ValueError: for a width that is not positive.
    """
    arguments.tensors(phi=phi)
    arguments.positive(width=width)
    inside = (phi / width).clamp(-1, 1)
    return (1 + inside + torch.sin(math.pi * inside) / math.pi) / 2


def smooth_delta(phi: Tensor, width: float = 3.0) -> Tensor:
    r"""δ, the derivative of H: :math:`\frac{1}{2\varepsilon} (1 + \cos\frac{\pi\varphi}{\varepsilon})` up to ε from zero, 0 beyond.

    :raises ValueError: for a width that is not positive.
    """
    arguments.tensors(phi=phi)
    arguments.positive(width=width)
    return (1 + torch.cos(math.pi * (phi / width).clamp(-1, 1))) / (2 * width)


def check_level_set(phi: Tensor, edges: Tensor, prior: Tensor) -> None:
    """A function, edges and a prior on one grid, finite.

    :raises ValueError: naming what does not fit.
    :raises TypeError: for what is no tensor.
    """
    arguments.tensors(phi=phi, edges=edges, prior=prior)
    if phi.ndim < 2 or min(phi.shape[-2:]) < 2:
        raise ValueError(f"phi has the shape {tuple(phi.shape)}: expected (…, height, width), 2 pixels or more a side")
    for what, values in {"edges": edges, "prior": prior}.items():
        if values.shape != phi.shape:
            raise ValueError(f"{what} has the shape {tuple(values.shape)}, phi {tuple(phi.shape)}: expected one shape")
    for what, values in {"phi": phi, "edges": edges, "prior": prior}.items():
        if not values.is_floating_point() or not bool(values.isfinite().all()):
            raise ValueError(f"{what} holds {values.dtype}, NaN or infinity: expected finite real numbers")


def _difference(values: Tensor) -> Tensor:
    """Down and across to the next pixel, 0 at the border: (…, H, W) to (2, …, H, W)."""
    down = F.pad(values.diff(dim=-2), (0, 0, 0, 1))
    return torch.stack([down, F.pad(values.diff(dim=-1), (0, 1))])


def _adjoint(vectors: Tensor) -> Tensor:
    """The adjoint of :func:`_difference`: (2, …, H, W) to (…, H, W)."""
    down, across = F.pad(vectors[0, ..., :-1, :], (0, 0, 1, 1)), F.pad(vectors[1, ..., :-1], (1, 1))
    return -down.diff(dim=-2) - across.diff(dim=-1)


def _length(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(0) + TINY).sqrt()
