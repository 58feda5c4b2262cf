r"""The dense conditional random field: an energy of labellings, and the free energy of independent beliefs.

.. math:: E(x) = \sum_i \psi_i(x_i) + \sum_{i < j} \mu(x_i, x_j) \sum_m w_m \hat k^m_{ij}, \qquad P(x) = e^{-E(x)} / Z

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments

Filter = Callable[[Tensor], Tensor]


class PairTerms(NamedTuple):
    """The constants of the pairs."""

    weights: Tensor
    """w, (M,): one a kernel"""
    compatibility: Tensor
    """μ, (L, L), symmetric: what two labels side by side cost; Potts: 0 on the diagonal, 1 elsewhere"""

    @classmethod
    def potts(cls, weights: Sequence[float], labels: int) -> PairTerms:
        """Unlike labels cost 1, like ones nothing.

        :raises ValueError: for fewer than two labels, or no weight.
        """
        arguments.counts(2, labels=labels)
        if not len(weights):
            raise ValueError("weights is empty: expected one number for each kernel")
        return cls(torch.tensor([float(weight) for weight in weights]), 1 - torch.eye(labels))


def messages(q: Tensor, filters: Sequence[Filter], terms: PairTerms) -> Tensor:
    r"""What the others say against each label of a pixel: :math:`\sum_l \mu(x, l) \sum_m w_m (K_m q_l)_i`, (B, L, H, W).

    :raises ValueError: for another number of filters or labels than the terms have.
    """
    arguments.tensors(q=q)
    arguments.instances(PairTerms, terms=terms)
    arguments.instances(Sequence, filters=filters)
    if len(filters) != len(terms.weights) or q.ndim != 4 or q.shape[1] != len(terms.compatibility):
        raise ValueError(
            f"q has the shape {tuple(q.shape)}, with {len(filters)} filters: expected {len(terms.compatibility)} labels and "
            f"{len(terms.weights)} filters"
        )
    weighted = sum(weight * each(q) for weight, each in zip(terms.weights.to(q), filters, strict=True))
    return torch.einsum("ab,nbhw->nahw", terms.compatibility.to(q), weighted)


def energy(labels: Tensor, unary: Tensor, filters: Sequence[Filter], terms: PairTerms) -> Tensor:
    """E(x) of whole labellings, (B,).

    :param labels: (B, H, W), whole numbers below L.
    :param unary: ψ, (B, L, H, W).
    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(labels=labels, unary=unary)
    if unary.ndim != 4 or labels.shape != (len(unary), *unary.shape[2:]):
        raise ValueError(
            f"labels have the shape {tuple(labels.shape)}, unary {tuple(unary.shape)}: expected (B, H, W), (B, L, H, W)"
        )
    one = torch.nn.functional.one_hot(labels, unary.shape[1]).movedim(-1, 1).to(unary)
    return (one * unary).sum((1, 2, 3)) + 0.5 * (one * messages(one, filters, terms)).sum((1, 2, 3))


def free_energy(q: Tensor, unary: Tensor, filters: Sequence[Filter], terms: PairTerms) -> Tensor:
    r"""What mean field lowers, (B,) in nats.

    .. math:: F(q) = \mathbb E_q E(x) + \sum_i \sum_l q_i(l) \log q_i(l) = \mathrm{KL}(q \| P) - \log Z

    :param q: beliefs, (B, L, H, W); over the labels their sum is 1.
    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(q=q, unary=unary)
    if q.shape != unary.shape:
        raise ValueError(f"q has the shape {tuple(q.shape)}, unary {tuple(unary.shape)}: expected one")
    pairs = 0.5 * (q * messages(q, filters, terms)).sum((1, 2, 3))
    return (q * unary).sum((1, 2, 3)) + pairs + torch.xlogy(q, q).sum((1, 2, 3))


def parallel(q: Tensor, unary: Tensor, filters: Sequence[Filter], terms: PairTerms) -> Tensor:
    r"""One turn of mean field, all pixels at once: :math:`q_i(l) \propto \exp(-\psi_i(l) - \text{messages}_i(l))`.

    The free energy may rise: every pixel answers to what the others believed before.

    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(q=q, unary=unary)
    if q.shape != unary.shape:
        raise ValueError(f"q has the shape {tuple(q.shape)}, unary {tuple(unary.shape)}: expected one")
    return (-unary - messages(q, filters, terms)).softmax(1)


def sequential(q: Tensor, unary: Tensor, kernel: Tensor, terms: PairTerms) -> Iterator[Tensor]:
    """Sweeps of mean field, one pixel after the other; the free energy never rises. Every sweep's beliefs, without end.

    :param q: (1, L, H, W).
    :param kernel: Σ w_m K_m, whole, (H W, H W), symmetric, with a zero diagonal.
    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(q=q, unary=unary, kernel=kernel)
    pixels = q[0, 0].numel() if q.ndim == 4 else 0
    if q.ndim != 4 or len(q) != 1 or q.shape != unary.shape or kernel.shape != (pixels, pixels):
        shapes = tuple(q.shape), tuple(unary.shape), tuple(kernel.shape)
        raise ValueError(f"q, unary and kernel have the shapes {shapes}: expected (1, L, H, W) twice, and (H W, H W)")
    beliefs, costs, mu = q[0].flatten(1).clone(), unary[0].flatten(1), terms.compatibility.to(q)
    while True:
        for i in range(pixels):
            beliefs[:, i] = (-costs[:, i] - mu @ (beliefs @ kernel[i])).softmax(0)
        yield beliefs.reshape(q.shape).clone()


def exact(unary: Tensor, kernel: Tensor, terms: PairTerms) -> tuple[Tensor, float]:
    """The marginals of P, (1, L, H, W), and log Z, from every labelling there is: for a few pixels.

    :raises ValueError: for more than a million labellings.
    """
    arguments.tensors(unary=unary, kernel=kernel)
    arguments.instances(PairTerms, terms=terms)
    pixels = unary[0, 0].numel() if unary.ndim == 4 and len(unary) == 1 else 0
    if not pixels or kernel.shape != (pixels, pixels):
        raise ValueError(
            f"unary and kernel have the shapes {tuple(unary.shape)}, {tuple(kernel.shape)}: expected (1, L, H, W), (H W, H W)"
        )
    _, labels, *grid = unary.shape
    if labels**pixels > 1_000_000:
        raise ValueError(
            f"{labels} labels on {pixels} pixels make {labels**pixels} labellings: expected at most a million"
        )
    every = torch.tensor(list(itertools.product(range(labels), repeat=pixels)))
    costs = unary[0].flatten(1)[every, torch.arange(pixels)].sum(1)
    pairs = terms.compatibility.to(unary)[every[:, :, None], every[:, None, :]]
    costs = costs + 0.5 * (pairs * kernel).sum((1, 2))
    log_z = (-costs).logsumexp(0)
    probability = (-costs - log_z).exp()
    one = torch.nn.functional.one_hot(every, labels).to(unary)
    return (probability[:, None, None] * one).sum(0).T.reshape(1, labels, *grid), float(log_z)
