"""ADMM for compressive-sensing MRI, by hand: the algorithm that Deep ADMM-Net unrolls.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import analyse, check_filters, dct_basis, finite_differences, power_spectrum, synthesise
from mddl_lib.core.normal_equations import solve_normal, zero_filled
from mddl_lib.core.shrinkage import group_soft, soft
from mddl_lib.core.unrolled import Unrolled

Shrinkage = Callable[[Tensor, float], Tensor]


class ADMMState(NamedTuple):
    """What ADMM remembers between two turns; z and β are as in the talk, scaled multipliers."""

    estimate: Tensor
    """x, (B, 1, H, W)"""
    split: Tensor | None
    """z_l, the filter responses after shrinkage, (B, L, H, W); None at the start, where it is zero"""
    multiplier: Tensor | None
    """β_l, (B, L, H, W); None at the start, where it is zero"""
    zero_filled: Tensor
    """Aᴴy, computed once, (B, 1, H, W)"""


class ZeroFilled(nn.Module):
    """Start from Aᴴy: the image with zeros where k-space was not sampled.

    :param state: the kind of state that the algorithm has, a NamedTuple with an ``estimate``. What it has besides is None
        at the start, but for ``zero_filled``.
    :raises TypeError: for a state of another kind.
    """

    def __init__(self, state: type[tuple] = ADMMState) -> None:
        super().__init__()
        self.names = getattr(state, "_fields", ())
        if "estimate" not in self.names:
            raise TypeError(f"state is {state!r}: expected a NamedTuple with a field `estimate`")
        self.state = state

    def forward(self, y: Tensor, physics: Any) -> Any:
        image = zero_filled(y, physics)
        return self.state(*(image if name in ("estimate", "zero_filled") else None for name in self.names))


class Regularised(nn.Module):
    r"""Start from the X step with z = β = 0: :math:`(A^H A + \rho \sum_l D_l^T D_l)^{-1} A^H y`."""

    def __init__(self, filters: Tensor, penalty: float) -> None:
        super().__init__()
        check_filters(filters)
        arguments.positive(penalty=penalty)
        self.register_buffer("filters", filters, persistent=False)
        self.penalty = penalty
        self.spectrum = FixedSpectrum()

    def forward(self, y: Tensor, physics: Any) -> ADMMState:
        image = zero_filled(y, physics)
        estimate = solve_normal(physics, image, self.spectrum(self.filters, self.penalty, image))
        return ADMMState(estimate, None, None, image)


class ADMMTurn(nn.Module):
    r"""One turn of ADMM on :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_l g(D_l x)`, in the order Z, M, X.

    .. math::
        z_l &= S(D_l x + \beta_l;\ \lambda/\rho) \\
        \beta_l &\leftarrow \beta_l + \eta\,(D_l x - z_l) \\
        x &\leftarrow \Bigl(A^H A + \rho \sum_l D_l^T D_l\Bigr)^{-1} \Bigl[A^H y + \rho \sum_l D_l^T (z_l - \beta_l)\Bigr]

    - :math:`D_l`: fixed filters, circular convolution; :math:`S`: the proximal operator of :math:`g`;
    - :math:`\lambda`: weight of the prior, :math:`\rho`: penalty, :math:`\eta`: update rate, below
      :math:`(1+\sqrt5)/2 \approx 1.618` for the convergence proof.

    Source: the talk, "ADMM iterations"; Boyd et al. 2011, section 3.
    """

    def __init__(self, filters: Tensor, shrinkage: Shrinkage, weight: float, penalty: float, rate: float = 1.0) -> None:
        super().__init__()
        check_filters(filters)
        arguments.callables(shrinkage=shrinkage)
        arguments.positive(weight=weight, penalty=penalty, rate=rate)
        self.register_buffer("filters", filters, persistent=False)
        self.shrinkage, self.weight, self.penalty, self.rate = shrinkage, weight, penalty, rate
        self.spectrum = FixedSpectrum()

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        filters = self.filters.to(state.estimate.real.dtype)
        response = analyse(state.estimate, filters)
        multiplier = torch.zeros_like(response) if state.multiplier is None else state.multiplier
        split = self.shrinkage(response + multiplier, self.weight / self.penalty)
        multiplier = multiplier + self.rate * (response - split)
        right = state.zero_filled + self.penalty * synthesise(split - multiplier, filters)
        estimate = solve_normal(physics, right, self.spectrum(self.filters, self.penalty, right))
        return ADMMState(estimate, split, multiplier, state.zero_filled)

    def extra_repr(self) -> str:
        return f"weight={self.weight}, penalty={self.penalty}, rate={self.rate}"


def total_variation(weight: float, penalty: float | None = None, turns: int = 80) -> Unrolled:
    r"""Isotropic total variation by ADMM: :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_p \|\nabla x(p)\|_2`.

    :param weight: λ for images in [0, 1] and the unitary transform.
    :param penalty: ρ, 20 λ when not given.
    :raises ValueError: for constants that are not positive, or a count below 0.

    Source: Rudin, Osher, Fatemi 1992; Lustig, Donoho, Pauly 2007.
    """
    arguments.positive(weight=weight)
    penalty = 20 * weight if penalty is None else penalty
    return Unrolled.tied(ZeroFilled(), ADMMTurn(finite_differences(), group_soft, weight, penalty), turns)


def dct_sparsity(weight: float, penalty: float = 0.2, rate: float = 1.6, turns: int = 17) -> Unrolled:
    r"""ADMM with the eight DCT filters and the ℓ1 norm: the algorithm that an untrained ADMM-Net is.

    With :math:`\lambda/\rho` on a knot of the network's shrinkage, ``ADMMNet(turns - 2).from_algorithm(penalty, rate,
    weight / penalty)`` gives the same images (tested).

    :raises ValueError: for constants that are not positive, or a count below 0.
    """
    filters = dct_basis()
    return Unrolled.tied(Regularised(filters, penalty), ADMMTurn(filters, soft, weight, penalty, rate), turns)


def energy(x: Tensor, y: Tensor, physics: Any, filters: Tensor, weight: float, isotropic: bool = False) -> Tensor:
    r"""The energy :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_l \|D_l x\|_1`, one number an image.

    - :math:`D_l`: ``filters``; :math:`\lambda`: ``weight``, 0 or more.

    ``isotropic`` takes the length of the responses at each pixel instead of the sum of their moduli (total variation).

    :raises ValueError: for a measurement of another shape than A x, or a weight below 0.
    """
    arguments.not_negative(weight=weight)
    data = data_misfit(x, y, physics)
    response = analyse(x, filters)
    size = torch.linalg.vector_norm(response, dim=1) if isotropic else response.abs()
    return data + weight * size.flatten(1).sum(1)


def data_misfit(x: Tensor, y: Tensor, physics: Any) -> Tensor:
    r""":math:`\tfrac12\|Ax-y\|^2`, one number an image.

    :raises ValueError: for a measurement of another shape than A x.
    """
    arguments.operator(physics)
    arguments.tensors(x=x, y=y)
    measured = physics.A(x)
    if measured.shape != y.shape:
        raise ValueError(
            f"the measurement has the shape {tuple(y.shape)}: expected that of A x, {tuple(measured.shape)}"
        )
    return (measured - y).abs().pow(2).flatten(1).sum(1) / 2


class FixedSpectrum:
    r"""The spectrum of ρ Σ DᵀD on the half grid, (H, W//2 + 1): computed at the first turn, kept while filters, ρ and size stay."""

    def __init__(self) -> None:
        self._filters, self._key, self._value = None, None, None

    def __call__(self, filters: Tensor, penalty: float, image: Tensor) -> Tensor:
        shape = (image.shape[-2], image.shape[-1])
        key = (filters._version, penalty, shape, image.real.dtype)
        if filters is not self._filters or key != self._key:
            own = filters.to(image.real.dtype)
            weights = torch.full((len(own),), penalty, dtype=own.dtype, device=own.device)
            self._filters, self._key, self._value = filters, key, power_spectrum(own, weights, shape)
        return self._value
