r"""A dictionary learned from the noisy image itself: sparse codes by orthogonal matching pursuit, atoms by K-SVD.

Taught in :doc:`/models/sparsity`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments

GAIN = 1.15
"""a patch of n pixels is coded until its error is GAIN · σ √n"""


def cosine_dictionary(size: int = 8, atoms: int = 16) -> Tensor:
    """Products of ``atoms`` cosines a direction, unit columns but the first without their mean: (size², atoms²), doubles.

    :raises ValueError: for counts that are none.
    """
    arguments.counts(1, size=size, atoms=atoms)
    places = torch.arange(size, dtype=torch.float64)
    line = torch.stack([torch.cos(places * k * torch.pi / atoms) for k in range(atoms)], 1)
    line[:, 1:] -= line[:, 1:].mean(0)
    line = line / line.norm(dim=0)
    return torch.kron(line, line)


def pursuit(signals: Tensor, dictionary: Tensor, error: float, most: int = 16) -> Tensor:
    r"""Orthogonal matching pursuit, all signals at once: sparse codes α with :math:`\|D\alpha - y\| \le` ``error``.

    In each turn a signal takes the atom most like what is left of it, and all its coefficients are fitted anew.

    :param signals: (N, n).
    :param dictionary: D, (n, K), columns of length 1.
    :param error: where a signal stops.
    :param most: atoms a signal has at most.
    :returns: α, (N, K).
    :raises ValueError: for shapes that do not fit, NaN, or numbers that are not positive.

    Source: Pati, Rezaiifar, Krishnaprasad 1993; Rubinstein, Zibulevsky, Elad 2008.
    """
    _check(signals, dictionary)
    arguments.positive(error=error)
    arguments.counts(1, most=most)
    most = min(most, *dictionary.shape)
    codes = signals.new_zeros(len(signals), dictionary.shape[1])
    gram, correlations = dictionary.T @ dictionary, signals @ dictionary
    energy = signals.square().sum(1)
    active = (energy > error**2).nonzero()[:, 0]
    chosen = torch.empty(len(signals), 0, dtype=torch.long)
    for _ in range(most):
        if not len(active):
            break
        left = correlations[active] - codes[active] @ gram
        held = chosen[active]
        if held.shape[1]:
            left.scatter_(1, held, 0.0)
        chosen_now = torch.cat([held, left.abs().argmax(1, keepdim=True)], dim=1)
        small = gram[chosen_now[:, :, None], chosen_now[:, None, :]]
        wanted = correlations[active].gather(1, chosen_now)
        fitted = torch.linalg.solve(small + 1e-10 * torch.eye(small.shape[1], dtype=small.dtype), wanted)
        codes[active] = torch.zeros_like(codes[active]).scatter(1, chosen_now, fitted)
        rest = energy[active] - (fitted * wanted).sum(1)  # ‖y − Dα‖² at the least squares fit
        if chosen.shape[1] < chosen_now.shape[1]:
            chosen = torch.cat([chosen, chosen.new_zeros(len(chosen), 1)], dim=1)
        chosen[active] = chosen_now
        active = active[rest > error**2]
    return codes


def k_svd(signals: Tensor, dictionary: Tensor, error: float, turns: int = 10) -> Tensor:
    r"""Learn the dictionary: :math:`\min_{D, \alpha} \sum_i \|\alpha_i\|_0` with :math:`\|D\alpha_i - y_i\| \le` ``error``.

    Each turn codes all signals, then replaces every atom d and its coefficients by a rank-one fit of what the others leave
    of the signals that use it, by one step of power iteration. An atom that nobody uses becomes the worst coded signal.

    :param signals: (N, n).
    :param dictionary: to start from, (n, K); it is copied.
    :raises ValueError: as :func:`pursuit` does.

    Source: Aharon, Elad, Bruckstein 2006; the approximate step: Rubinstein, Zibulevsky, Elad 2008.
    """
    arguments.counts(0, turns=turns)
    _check(signals, dictionary)
    dictionary = dictionary.clone()
    for _ in range(turns):
        codes = pursuit(signals, dictionary, error)
        rest = signals - codes @ dictionary.T
        for atom in range(dictionary.shape[1]):
            users = codes[:, atom].nonzero()[:, 0]
            if len(users) < 2:
                worst = int(rest.square().sum(1).argmax())
                dictionary[:, atom] = signals[worst] / signals[worst].norm().clamp_min(1e-12)
                rest[worst] = 0
                continue
            mine = rest[users] + codes[users, atom, None] * dictionary[:, atom]
            new = mine.T @ codes[users, atom]
            new = new / new.norm().clamp_min(1e-12)
            codes[users, atom] = mine @ new
            rest[users] = mine - codes[users, atom, None] * new
            dictionary[:, atom] = new
    return dictionary


def patches_of(image: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """All size × size patches of an image (H, W), less their means: (N, size²), and the means (N, 1).

    :raises ValueError: for another shape, NaN, or a size larger than the image.
    """
    arguments.tensors(image=image)
    arguments.counts(1, size=size)
    if image.ndim != 2 or min(image.shape) < size:
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected (height, width), {size} or more")
    arguments.finite("image", image)
    patches = image.unfold(0, size, 1).unfold(1, size, 1).reshape(-1, size * size)
    means = patches.mean(1, keepdim=True)
    return patches - means, means


def denoise(
    noisy: Tensor, sigma: float, dictionary: Tensor, keep: float = 0.5
) -> Tensor:  # fmt: skip
    r"""Every patch coded in the dictionary, all put back and averaged with a little of the noisy image.

    .. math:: \hat x = \Bigl(\kappa + \sum_p R_p^T R_p\Bigr)^{-1} \Bigl(\kappa y + \sum_p R_p^T D \alpha_p\Bigr)

    :param noisy: y, (H, W).
    :param sigma: the noise level, in the image's units.
    :param dictionary: D, (size², K).
    :param keep: κ.
    :raises ValueError: for shapes that do not fit, NaN, or numbers that are not positive.

    Source: Elad, Aharon 2006.
    """
    arguments.positive(sigma=sigma)
    arguments.not_negative(keep=keep)
    arguments.tensors(dictionary=dictionary)
    size = round(dictionary.shape[0] ** 0.5) if dictionary.ndim == 2 else 0
    if not size or size * size != dictionary.shape[0] or not dictionary.shape[1]:
        raise ValueError(f"the dictionary has the shape {tuple(dictionary.shape)}: expected (size², K)")
    patches, means = patches_of(noisy, size)
    found = [pursuit(part, dictionary, GAIN * sigma * size) @ dictionary.T for part in patches.split(20000)]
    whole = (torch.cat(found) + means).T[None]
    total = F.fold(whole, tuple(noisy.shape), size)[0, 0]
    count = F.fold(torch.ones_like(whole), tuple(noisy.shape), size)[0, 0]
    return (keep * noisy + total) / (keep + count)


def learned_from(
    noisy: Tensor, sigma: float, size: int = 8, atoms: int = 16, turns: int = 10, patches: int = 12000
) -> Tensor:
    """A dictionary learned from the noisy image's own patches, from cosines: (size², atoms²).

    :param patches: so many, evenly spread, are learned from.
    :raises ValueError: as :func:`k_svd` and :func:`patches_of` do.
    """
    arguments.positive(sigma=sigma)
    arguments.counts(1, patches=patches)
    every, _ = patches_of(noisy, size)
    chosen = every[torch.linspace(0, len(every) - 1, min(patches, len(every))).long()]
    return k_svd(chosen, cosine_dictionary(size, atoms).to(noisy), GAIN * sigma * size, turns)


def _check(signals: Tensor, dictionary: Tensor) -> None:
    arguments.tensors(signals=signals, dictionary=dictionary)
    if signals.ndim != 2 or dictionary.ndim != 2 or signals.shape[1] != dictionary.shape[0]:
        raise ValueError(
            f"signals have the shape {tuple(signals.shape)}, the dictionary {tuple(dictionary.shape)}: expected (N, n), (n, K)"
        )
    arguments.finite("the signals", signals)
    arguments.finite("the dictionary", dictionary)
