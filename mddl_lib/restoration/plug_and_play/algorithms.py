"""A denoiser plugged into an algorithm: with fixed constants, or growing weaker from turn to turn.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.restoration.plug_and_play.splittings import (
    ADMMPlugTurn,
    Denoise,
    FromAdjoint,
    HalfQuadraticPlugTurn,
    PlugTurn,
    PrimalDualPlugTurn,
    REDTurn,
)

Guess = Callable[[Tensor, Any], Tensor]

TURNS: dict[str, type[PlugTurn]] = {
    "ADMM": ADMMPlugTurn,
    "primal-dual": PrimalDualPlugTurn,
    "half-quadratic splitting": HalfQuadraticPlugTurn,
    "RED": REDTurn,
}
"""the four, by name"""


def plugged(
    algorithm: str, denoise: Denoise, strength: float, penalty: float, turns: int = 30, guess: Guess | None = None
) -> Unrolled:
    """One of the four with fixed constants, called as ``plugged(…)(y, physics)``.

    :param algorithm: a key of :data:`TURNS`.
    :param guess: a function from (y, physics) to the first image; None: Aᵀy.
    :raises KeyError: for another algorithm.
    :raises ValueError: for a number that is not positive, or a count that is none.
    """
    if algorithm not in TURNS:
        raise KeyError(f"algorithm is {algorithm!r}: expected one of {list(TURNS)}")
    arguments.counts(1, turns=turns)
    return Unrolled.tied(FromAdjoint(guess), TURNS[algorithm](denoise, strength, penalty), turns)


def annealed(
    denoise: Denoise, noise: float, weight: float, turns: int = 8, first: float = 49 / 255, last: float | None = None,
    guess: Guess | None = None,
) -> Unrolled:  # fmt: skip
    r"""Half-quadratic splitting whose denoiser grows weaker from turn to turn.

    .. math:: \sigma_k = \sigma_1^{1-t} \sigma_K^{t}, \quad t = \tfrac{k-1}{K-1}, \qquad \rho_k = w\, \sigma^2 / \sigma_k^2

    - :math:`\sigma`: ``noise``, the measurement's; :math:`w`: ``weight``; :math:`\sigma_1, \sigma_K`: ``first`` and ``last``
      (the noise's, but no less than 2/255, when not given).

    It ends where its count ends; it does not look for a fixed point.

    :raises ValueError: for a number that is not positive, or fewer than two turns.

    Source: Zhang, Zuo, Gu, Zhang, CVPR 2017; Zhang et al., PAMI 2021.
    """  # fmt: skip
    arguments.positive(noise=noise, weight=weight, first=first)
    arguments.counts(2, turns=turns)
    arguments.callables(denoise=denoise)
    last = max(noise, 2 / 255) if last is None else last
    arguments.positive(last=last)

    def turn(k: int) -> HalfQuadraticPlugTurn:
        share = (k - 1) / (turns - 1)
        strength = first ** (1 - share) * last**share
        return HalfQuadraticPlugTurn(denoise, strength, weight * noise**2 / strength**2)

    return Unrolled.untied(FromAdjoint(guess), turn, turns)
