r"""Mean field as a proximal step: the same step as an imaging algorithm's, with another distance.

Taught in :doc:`/statistical/one_view`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.statistics.random_fields.dense_crf import Filter, PairTerms, messages


def proximal_step(
    q: Tensor, unary: Tensor, filters: Sequence[Filter], terms: PairTerms, step: float = math.inf
) -> Tensor:
    r"""Beliefs that lower the linearised cost, stay uncertain, and stay near q.

    .. math::
        q^+ = \arg\min_p\ \langle \nabla g(q), p \rangle + \sum_i \sum_l p_i(l) \log p_i(l) + \tfrac1t \mathrm{KL}(p \| q)
            \propto q^{1/(1+t)} \exp\bigl(-\tfrac{t}{1+t} \nabla g(q)\bigr)

    - :math:`g(q) = \langle \psi, q \rangle + \tfrac12 \langle q, M q \rangle`: the mean energy, so
      :math:`\nabla g(q) = \psi + \text{messages}`; with the entropy it makes the free energy;
    - :math:`t`: the step. For :math:`t \to \infty` it is :func:`~mddl_lib.statistics.random_fields.dense_crf.parallel`.

    For :math:`t \le 1/` :func:`largest_slope` the free energy never rises.

    :param q: beliefs, (B, L, H, W), above 0.
    :param unary: ψ, of the same shape.
    :raises ValueError: for shapes that do not fit, or a step that is not positive.

    Source: Beck, Teboulle 2003, for the entropy's geometry; Krähenbühl, Koltun, ICML 2013, for mean field that converges.
    """
    arguments.tensors(q=q, unary=unary)
    if not isinstance(step, float | int) or not step > 0:
        raise ValueError(f"step is {step!r}: expected a number above 0, or infinity")
    if q.shape != unary.shape:
        raise ValueError(f"q has the shape {tuple(q.shape)}, unary {tuple(unary.shape)}: expected one")
    gradient = unary + messages(q, filters, terms)
    share = 1.0 if math.isinf(step) else step / (1 + step)
    kept = 0.0 if share == 1 else (1 - share) * q.log()
    return (kept - share * gradient).softmax(1)


def largest_slope(kernel: Tensor, terms: PairTerms) -> float:
    r"""A bound on how fast the gradient of g turns, in the geometry of KL: :math:`\max|\mu| \cdot \max_i \sum_j |K_{ij}|`.

    Then :math:`g(p) \le g(q) + \langle \nabla g(q), p - q \rangle + \Lambda\, \mathrm{KL}(p \| q)`, by Pinsker's inequality
    for each pixel.

    :param kernel: Σ w_m K_m, (H W, H W).
    :raises ValueError: for another shape, or NaN.
    """
    arguments.tensors(kernel=kernel)
    arguments.instances(PairTerms, terms=terms)
    if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1]:
        raise ValueError(f"the kernel has the shape {tuple(kernel.shape)}: expected (pixels, pixels)")
    arguments.finite("the kernel", kernel)
    return float(terms.compatibility.abs().max()) * float(torch.abs(kernel).sum(1).max())
