"""Half-quadratic splitting with priors made by hand, and the best of them: the classical twin of Proximal Dehaze-Net, tuned."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.metrics import psnr
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.guided_filter import guided_filter
from mddl_lib.dehazing.model.haze import LEAST, air_light, check, hazy, transmission_of
from mddl_lib.dehazing.model.splitting import STAGES, clear_step, dark_step, transmission_step
from mddl_lib.dehazing.problems import LIGHT, SCATTERING, Scene

Prox = Callable[[Tensor, Tensor], Tensor]
"""from an estimate (B, 1, H, W) and P (B, 3, H, W) to one that a prior likes better"""

PULLS, RADII, SMOOTHNESSES = (0.0, 0.1, 0.2, 0.3, 0.4), (10, 20, 40), (1e-4, 1e-3, 1e-2)
"""what is tried; the number of turns, one to three, is tried with each"""


@dataclass(frozen=True)
class ByHand:
    """Two priors made by hand, called on a hazy image: the dark channel is pulled to zero, the transmission follows edges.

    :raises ValueError: for a pull below 0, a radius or a number of turns that is none, or a smoothness that is not positive.
    """

    pull: float
    """what is taken from the dark channel: the proximal operator of pull · U, U ≥ 0"""
    radius: int
    """of the guided filter in pixels, cut to what the image allows"""
    smoothness: float
    """its ε"""
    turns: int

    def __post_init__(self) -> None:
        arguments.not_negative(pull=self.pull)
        arguments.counts(1, radius=self.radius, turns=self.turns)
        arguments.positive(smoothness=self.smoothness)
        if self.turns > len(STAGES):
            raise ValueError(f"turns is {self.turns}: expected one to {len(STAGES)}")

    def dark_prior(self, estimate: Tensor, p: Tensor) -> Tensor:
        """max(U − pull, 0)."""
        return (estimate - self.pull).clamp(min=0)

    def transmission_prior(self, estimate: Tensor, p: Tensor) -> Tensor:
        """The guided filter, the mean of P its guide."""
        window = 2 * min(self.radius, min(p.shape[-2:]) // 2) + 1
        return guided_filter(estimate, p.mean(1, keepdim=True), window, self.smoothness)

    def __call__(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The clear image from 0 to 1 and its transmission, of (B, 3, H, W).

        :raises ValueError: for another shape, or NaN.
        """
        q, t, _ = splitting_turns(image, self.dark_prior, self.transmission_prior, self.turns)[-1]
        return q.clamp(0, 1), t.clamp(0, 1)


TUNED = ByHand(0.3, 20, 1e-3, 2)
"""the best of the grid on the scenes that teach our networks: what :func:`tune` gives"""


def splitting_turns(
    image: Tensor, dark_prior: Prox, transmission_prior: Prox, turns: int = 3
) -> list[tuple[Tensor, ...]]:
    """Half-quadratic splitting with supplied proximal operators: the clear image, not clipped, T and U after each turn.

    :param image: (B, 3, H, W), from 0 to 1.
    :param turns: one to three; the constants are the authors' stages'.
    :raises ValueError: for another shape, or NaN.
    """
    check("image", image)
    light = air_light(image)[:, :, None, None]
    p = image / light
    q, t, found = p, torch.ones_like(p[:, :1]), []
    for constants in STAGES[:turns]:
        dark_p = dark_channel(p, constants.window)
        u = dark_prior(dark_step(dark_channel(q, constants.window), t, dark_p, constants), p)
        t = transmission_prior(transmission_step(q, u, p, dark_p, constants).clamp(LEAST, 1), p)
        q = clear_step(p, t)
        found.append((q * light, t, u))
    return found


def tune(scenes: Sequence[Scene], seed: int = 0) -> tuple[ByHand, dict[ByHand, float]]:
    """The best of all trials by the mean PSNR over scenes under haze as our networks are taught it, and every trial's.

    :param seed: draws each scene's haze.
    :raises ValueError: for no scene.
    """
    if not scenes:
        raise ValueError("there are no scenes: expected one or more")
    random = np.random.default_rng(seed)
    pairs = []
    for scene in scenes:
        t = transmission_of(scene.depth, float(random.uniform(*SCATTERING)))
        pairs.append((hazy(scene.clear, t, torch.full((3,), float(random.uniform(*LIGHT)))), scene.clear))
    trials: dict[ByHand, float] = {}
    for pull, radius, smoothness in itertools.product(PULLS, RADII, SMOOTHNESSES):
        whole = ByHand(pull, radius, smoothness, len(STAGES))
        turns = [splitting_turns(image, whole.dark_prior, whole.transmission_prior) for image, _ in pairs]
        for count in range(1, len(STAGES) + 1):
            values = [
                float(psnr(t[count - 1][0].clamp(0, 1), clear)) for t, (_, clear) in zip(turns, pairs, strict=True)
            ]
            trials[ByHand(pull, radius, smoothness, count)] = float(np.mean(values))
    return max(trials, key=trials.get), trials
