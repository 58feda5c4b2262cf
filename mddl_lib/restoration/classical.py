"""Denoisers without training, each with one constant that was tuned on training photographs: what a network is measured against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.block_matching import BlockMatching
from mddl_lib.restoration.evaluation import score
from mddl_lib.restoration.physics import noise_level
from mddl_lib.restoration.range_field.descent import LearnedDescent

Model = Callable[[Tensor, Any], Tensor]


def noisy_image(y: Tensor, physics: Any) -> Tensor:
    """The measurement as it is: what any method must beat."""
    arguments.tensors(y=y)
    arguments.operator(physics)
    if y.ndim != 4:
        raise ValueError(f"y has the shape {tuple(y.shape)}: expected (batch, channel, height, width)")
    return physics.A_adjoint(y)


def total_variation(factor: float) -> Model:
    r"""Chambolle's minimiser of :math:`\tfrac12\|x-y\|^2 + c\,\sigma\,\mathrm{TV}(x)`; ``factor`` is c. scikit-image computes it."""
    from skimage.restoration import denoise_tv_chambolle

    arguments.positive(factor=factor)

    return lambda y, physics: _by_image(lambda a, s: denoise_tv_chambolle(a, factor * s, max_num_iter=100), y, physics)


def wavelet(factor: float) -> Model:
    """Soft thresholds in a wavelet transform, BayesShrink's for a noise of ``factor`` · σ. scikit-image computes it."""
    from skimage.restoration import denoise_wavelet

    arguments.positive(factor=factor)

    return lambda y, physics: _by_image(
        lambda a, s: denoise_wavelet(a, sigma=factor * s, wavelet="db4", method="BayesShrink", rescale_sigma=False),
        y, physics,
    )  # fmt: skip


def non_local_means(factor: float) -> Model:
    """Means of pixels weighted by the likeness of their patches; ``factor`` · σ is the bandwidth. scikit-image computes it."""
    from skimage.restoration import denoise_nl_means

    arguments.positive(factor=factor)

    return lambda y, physics: _by_image(
        lambda a, s: denoise_nl_means(
            a, patch_size=5, patch_distance=7, h=factor * s, sigma=s, fast_mode=True
        ), y, physics,
    )  # fmt: skip


def experts_by_hand(weight: float, strength: float, turns: int = 15, sigma: float = 25) -> LearnedDescent:
    """A Field of Experts with cosine filters and one Student-t potential: gradient descent with a step below 2 / L."""
    arguments.positive(weight=weight, strength=strength)
    arguments.counts(1, turns=turns)
    return LearnedDescent(turns, sigma=sigma, tied=True, potential="student_t").from_algorithm(weight, strength)


METHODS: dict[str, Callable[[float], Model]] = {
    "Total variation": total_variation,
    "Wavelet shrinkage": wavelet,
    "Non-local means": non_local_means,
    "BM3D (ours)": BlockMatching,
}

TRIED: dict[str, tuple[float, ...]] = {
    "Total variation": (0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.4, 1.6),
    "Wavelet shrinkage": (0.8, 0.9, 1.0, 1.15, 1.3),
    "Non-local means": (0.5, 0.6, 0.7, 0.8, 0.95),
    "BM3D (ours)": (2.3, 2.5, 2.7, 2.9),
}

TUNED: dict[tuple[str, int], float] = {
    ("Total variation", 15): 0.6, ("Total variation", 25): 0.7, ("Total variation", 50): 1.0,
    ("Wavelet shrinkage", 15): 1.0, ("Wavelet shrinkage", 25): 1.0, ("Wavelet shrinkage", 50): 1.0,
    ("Non-local means", 15): 0.6, ("Non-local means", 25): 0.6, ("Non-local means", 50): 0.6,
    ("BM3D (ours)", 15): 2.5, ("BM3D (ours)", 25): 2.5, ("BM3D (ours)", 50): 2.7,
}  # fmt: skip
"""{(method, σ): the constant of those tried that was best on the training photographs}, as :func:`tune` finds it"""


BY_HAND: dict[str, tuple[dict[str, float], tuple[str, ...]]] = {
    "Experts by hand, 15 turns": ({"weight": 0.2, "strength": 0.0125, "turns": 15}, ("BSD68, σ = 25", "Set12, σ = 25")),
    "Experts by hand, run long": ({"weight": 0.6, "strength": 0.0125, "turns": 60}, ("BSD68, σ = 25", "Set12, σ = 25")),
}
"""row → the constants that were best on training photographs at σ = 25, and the columns of the table that it has"""


def tune(method: str, sigma: int, images: int = 8) -> float:
    """The best of the constants tried, on evenly spread photographs of ``bsd400``.

    :raises KeyError: for a method that has none.
    """
    from data_fetch import load

    if method not in TRIED:
        raise KeyError(f"{method!r} has no constants to try: expected one of {list(TRIED)}")
    arguments.counts(1, images=images, sigma=sigma)
    data = load("bsd400")
    chosen = [tuple(data[int(i)]) for i in np.linspace(0, len(data) - 1, images)]
    return max(TRIED[method], key=lambda c: score(METHODS[method](c), chosen, sigma, seed=1).mean("psnr"))


def tuned(method: str, sigma: int) -> Model:
    """A method with its tuned constant.

    :raises KeyError: for a method or noise level that was not tuned.
    """
    if (method, sigma) not in TUNED:
        raise KeyError(f"{method} at noise {sigma!r} was not tuned: expected one of {sorted(TUNED)}")
    return METHODS[method](TUNED[method, sigma])


def _by_image(denoise: Callable[[np.ndarray, float], np.ndarray], y: Tensor, physics: Any) -> Tensor:
    """A function of arrays (H, W) and σ, applied to each image of a batch."""
    level = float(noise_level(physics))
    arrays = [denoise(image[0].cpu().numpy(), level) for image in y]
    return torch.from_numpy(np.stack(arrays))[:, None].to(y)
