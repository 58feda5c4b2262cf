"""Learned pursuit for structured sparsity: groups of atoms, and robust principal components.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.sparse_coding.dictionary import Dictionary, as_dictionary
from mddl_lib.sparse_coding.lista import Encoder, LISTAState, fitting


def hierarchical_soft(x: Tensor, threshold: float | Tensor, group_threshold: float | Tensor, size: int) -> Tensor:
    r"""The proximal operator of :math:`t \|x\|_1 + u \sum_g \|x_g\|_2`, groups of ``size`` neighbours along n.

    .. math:: z = \mathrm{soft}(x, t), \qquad x_g \leftarrow z_g \max(1 - u / \|z_g\|_2,\ 0)

    For nested groups the two shrinkages, the small group's first, are together the proximal operator of the sum.

    :param x: (batch, 1, n, w).
    :raises ValueError: unless ``size`` divides n.

    Source: Jenatton, Mairal, Obozinski, Bach, JMLR 2011; Sprechmann, Bronstein, Sapiro, PAMI 2015, Section 3.
    """
    arguments.tensors(x=x)
    arguments.counts(1, size=size)
    if not isinstance(group_threshold, Tensor):
        arguments.not_negative(group_threshold=group_threshold)
    if x.ndim != 4 or x.shape[2] % size:
        raise ValueError(
            f"x is {tuple(x.shape)}: expected (batch, 1, n, vectors), n a multiple of the group's size {size}"
        )
    z = soft(x, threshold)
    groups = z.reshape(*x.shape[:2], -1, size, x.shape[3])
    length = groups.square().sum(3, keepdim=True).clamp_min(torch.finfo(x.dtype).tiny).sqrt()
    return (groups * (1 - group_threshold / length).clamp_min(0)).reshape(x.shape)


class GroupLayer(nn.Module):
    r"""One layer: :math:`x \leftarrow \mathrm{prox}(W y + S x)`, entries shrink, then their groups."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.threshold = nn.Parameter(torch.zeros(()))
        self.group_threshold = nn.Parameter(torch.zeros(()))

    def forward(self, state: LISTAState, y: Tensor, physics: Any) -> LISTAState:
        inner = state.encoded + state.estimate.mT.matmul(state.recurrent.mT).mT
        shrunk = hierarchical_soft(inner, self.threshold, self.group_threshold, self.size)
        return LISTAState(shrunk, state.estimate, state.encoded, state.recurrent)


class GroupPursuit(Unrolled):
    r"""A fixed-complexity encoder of group-sparse codes: proximal descent on the hierarchical lasso, K turns, learned.

    .. math:: \min_x \tfrac12 \|D x - y\|^2 + \lambda \|x\|_1 + \mu \sum_g \|x_g\|_2

    It is that proximal descent at :math:`W = D^\top / L,\ S = I - D^\top D / L,\ t = \lambda / L,\ u = \mu / L`.

    :param size: of a group; groups are neighbours.
    :raises ValueError: for sizes below 1, or one that does not divide ``columns``.

    Source: Sprechmann, Bronstein, Sapiro, PAMI 2015.
    """

    family = "group_pursuit"

    def __init__(self, rows: int = 64, columns: int = 128, turns: int = 5, size: int = 4) -> None:
        arguments.counts(1, rows=rows, columns=columns, turns=turns, size=size)
        if columns % size:
            raise ValueError(f"size is {size}: expected a divisor of the {columns} atoms")
        super().__init__(Encoder(rows, columns), [GroupLayer(size) for _ in range(turns)])
        self.config = {"rows": rows, "columns": columns, "turns": turns, "size": size}

    @torch.no_grad()
    def from_algorithm(self, physics: Dictionary, penalty: float = 0.05, group_penalty: float = 0.1) -> GroupPursuit:
        """Set to proximal descent with the step 1/L.

        :raises ValueError: for a dictionary of another size, or penalties below 0.
        """
        d, length = fitting(physics, self.config), as_dictionary(physics).lipschitz()
        arguments.not_negative(penalty=penalty, group_penalty=group_penalty)
        self.start.weight.copy_(d.T / length)
        self.start.recurrent.copy_(torch.eye(d.shape[1], dtype=d.dtype) - d.T @ d / length)
        for layer in self.stages:
            layer.threshold.fill_(penalty / length)
            layer.group_threshold.fill_(group_penalty / length)
        return self


class RobustLayer(nn.Module):
    r"""One layer: :math:`(s, o) \leftarrow (b_s,\ \mathrm{soft}(b_o, \theta_k))` with :math:`b = W y + S (s, o)`."""

    def __init__(self, components: int) -> None:
        super().__init__()
        self.components = components
        self.threshold = nn.Parameter(torch.zeros(()))

    def forward(self, state: LISTAState, y: Tensor, physics: Any) -> LISTAState:
        inner = state.encoded + state.estimate.mT.matmul(state.recurrent.mT).mT
        smooth, outliers = inner.split([self.components, inner.shape[2] - self.components], 2)
        x = torch.cat([smooth, soft(outliers, self.threshold)], 2)
        return LISTAState(x, state.estimate, state.encoded, state.recurrent)


class RobustPursuit(Unrolled):
    r"""Robust principal components as an encoder: few components, and outliers anywhere.

    .. math:: \min_{s, o} \tfrac12 \|U s + o - y\|^2 + \tfrac{\kappa}{2} \|s\|^2 + \lambda \|o\|_1

    - :math:`U`: (m, q), the low-rank part's basis; :math:`s`: q numbers; :math:`o`: m outliers. The physics is the
      dictionary :math:`[U, I]`; the code is s above o.
    - :math:`\tfrac{\kappa}{2} (\|U\|_F^2 + \|S\|_F^2)` stands for the nuclear norm of :math:`U S`.

    It is proximal descent at :math:`W = [U, I]^\top / L`, :math:`S = I - ([U, I]^\top [U, I] + \mathrm{diag}(\kappa, 0)) / L`,
    :math:`\theta = \lambda / L`.

    Source: Sprechmann, Bronstein, Sapiro, PAMI 2015, Section 4.
    """

    family = "robust_pursuit"

    def __init__(self, rows: int = 64, components: int = 5, turns: int = 5) -> None:
        arguments.counts(1, rows=rows, components=components, turns=turns)
        columns = rows + components
        super().__init__(Encoder(rows, columns), [RobustLayer(components) for _ in range(turns)])
        self.components = components
        self.config = {"rows": rows, "components": components, "turns": turns}

    @torch.no_grad()
    def from_algorithm(self, physics: Dictionary, penalty: float = 0.1, ridge: float = 0.01) -> RobustPursuit:
        """Set to proximal descent; its L is that of both smooth terms.

        :raises ValueError: for a dictionary that is not [U, I], or penalties below 0.
        """
        rows, q = self.config["rows"], self.components
        d = fitting(physics, {"rows": rows, "columns": rows + q})
        if not torch.equal(d[:, q:], torch.eye(rows, dtype=d.dtype)):
            raise ValueError("the dictionary's last columns are no identity: expected [U, I]")
        arguments.not_negative(penalty=penalty, ridge=ridge)
        gram = d.T @ d + torch.diag(torch.cat([torch.full((q,), ridge), torch.zeros(rows)]).to(d))
        length = float(torch.linalg.matrix_norm(gram, 2))
        self.start.weight.copy_(d.T / length)
        self.start.recurrent.copy_(torch.eye(rows + q, dtype=d.dtype) - gram / length)
        for layer in self.stages:
            layer.threshold.fill_(penalty / length)
        return self
