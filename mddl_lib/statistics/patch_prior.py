r"""A mixture of Gaussians as a prior of patches, and an image whose patches are all probable: expected patch log-likelihood.

Taught in :doc:`/models/statistical_models`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.statistics.gaussian_mixture import Mixture, expectation_maximisation, log_densities, start

SCHEDULE = (1, 4, 8, 16, 32)
"""β σ², turn by turn"""


def patch_vectors(image: Tensor, size: int = 8) -> tuple[Tensor, Tensor]:
    """All size × size patches of an image (H, W) less their means, (N, size²), and the means, (N, 1).

    :raises ValueError: for another shape, NaN, or a size larger than the image.
    """
    arguments.tensors(image=image)
    arguments.counts(1, size=size)
    if image.ndim != 2 or min(image.shape) < size:
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected (height, width), {size} or more")
    arguments.finite("image", image)
    patches = F.unfold(image[None, None], size)[0].T
    means = patches.mean(1, keepdim=True)
    return patches - means, means


def learn(patches: Tensor, count: int = 50, turns: int = 15, seed: int = 0, floor: float = 1e-5) -> Mixture:
    """A mixture of ``count`` Gaussians without means, by EM on clean patches: what :func:`denoise` takes.

    :param patches: (N, d), each less its mean.
    :raises ValueError: as the steps of EM do.
    """
    arguments.counts(1, turns=turns)
    arguments.tensors(patches=patches)
    patches = patches.double()
    mixture = start(patches, count, seed)
    for step in expectation_maximisation(patches, mixture, turns, floor):
        mixture = step.mixture
    centred = mixture.covariances + mixture.means[:, :, None] * mixture.means[:, None, :]
    return Mixture(mixture.weights, torch.zeros_like(mixture.means), centred)


def denoise(noisy: Tensor, sigma: float, mixture: Mixture, schedule: tuple[float, ...] = SCHEDULE) -> Tensor:
    r"""Half-quadratic splitting on the expected patch log-likelihood, turn by turn.

    .. math:: E(x) = \tfrac{n}{2\sigma^2}\|x - y\|^2 - \sum_p \log p(R_p x)

    Each turn: every patch becomes the most probable one near it, of the likeliest component (a Wiener filter); then the image
    is a weighted mean of the noisy one and of the patches put back.

    .. math:: z_p = \Sigma_k (\Sigma_k + \tfrac1\beta I)^{-1} R_p x, \qquad
              x = \frac{n\, y / \sigma^2 + \beta \sum_p R_p^T z_p}{n / \sigma^2 + \beta \sum_p R_p^T R_p}

    :param noisy: y, (H, W).
    :param mixture: of patches without their means, of size² dimensions.
    :param schedule: β σ², turn by turn, growing.
    :raises ValueError: for shapes that do not fit, NaN, or numbers that are not positive.

    Source: Zoran, Weiss, ICCV 2011.
    """
    arguments.positive(sigma=sigma)
    arguments.tensors(noisy=noisy)
    arguments.instances(Mixture, mixture=mixture)
    for product in schedule if isinstance(schedule, tuple) else (schedule,):
        arguments.positive(schedule=product)
    if not isinstance(schedule, tuple) or not schedule:
        raise ValueError(f"schedule is {schedule!r}: expected a tuple of numbers, one a turn")
    size = round(mixture.means.shape[1] ** 0.5)
    y = noisy.double()
    x, eye = y, torch.eye(size * size, dtype=torch.float64)
    for product in schedule:
        beta = product / sigma**2
        patches, means = patch_vectors(x, size)
        blurred = Mixture(mixture.weights, mixture.means, mixture.covariances + eye / beta)
        likeliest = torch.cat([log_densities(part, blurred).argmax(1) for part in patches.split(20000)])
        restored = torch.empty_like(patches)
        for k in range(len(mixture.weights)):
            mine = likeliest == k
            if bool(mine.any()):
                wiener = torch.linalg.solve(blurred.covariances[k], mixture.covariances[k])
                restored[mine] = patches[mine] @ wiener
        whole = (restored + means).T[None]
        total = F.fold(whole, tuple(y.shape), size)[0, 0]
        count = F.fold(torch.ones_like(whole), tuple(y.shape), size)[0, 0]
        data = size * size / sigma**2
        x = (data * y + beta * total) / (data + beta * count)
    return x.to(noisy.dtype)
