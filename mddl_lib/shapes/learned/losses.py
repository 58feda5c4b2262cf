"""What metric learning minimises: shapes of one class near each other, others apart."""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments

NEAR, FAR = 0.1, 1.0
"""squared distances: within a class nothing is gained below the first, between classes nothing above the second"""


def squared_distances(embeddings: Tensor) -> Tensor:
    """Of each with each: (n, E) to (n, n)."""
    arguments.tensors(embeddings=embeddings)
    if embeddings.ndim != 2:
        raise ValueError(f"embeddings have the shape {tuple(embeddings.shape)}: expected (n, E)")
    squares = embeddings.square().sum(1)
    return (squares[:, None] + squares - 2 * embeddings @ embeddings.T).clamp(min=0)


def pair_hinge(embeddings: Tensor, labels: Tensor) -> Tensor:
    r"""The hinge on pairs:

    .. math:: \frac{1}{|S|} \sum_{(i,j) \in S} \max(0,\ d_{ij}^2 - 0.1) + \frac{1}{|D|} \sum_{(i,j) \in D} \max(0,\ 1 - d_{ij}^2)

    - S, D: pairs of the same class, and of different ones; d: the distance of two embeddings.

    :param embeddings: (n, E).
    :param labels: (n,).
    :raises ValueError: for shapes that do not fit, or labels that are all one or all different.
    """
    same, different = _pairs(embeddings, labels)
    distances = squared_distances(embeddings)
    return torch.relu(distances[same] - NEAR).mean() + torch.relu(FAR - distances[different]).mean()


def large_margin(embeddings: Tensor, labels: Tensor, neighbours: int = 3, push: float = 0.5) -> Tensor:
    r"""The large-margin nearest neighbour:

    .. math:: (1 - \mu) \sum_{i,\, j \in N_i} d_{ij}^2 + \mu \sum_{i,\, j \in N_i} \sum_{l:\, y_l \ne y_i}
              \max(0,\ 1 + d_{ij}^2 - d_{il}^2), \qquad \text{divided by the number of pairs } (i, j)

    - :math:`N_i`: the nearest of the same class (here as the embedding has them now); :math:`\mu`: ``push``.

    :param neighbours: of the same class, as many as there are at most.
    :raises ValueError: as :func:`pair_hinge`.

    Source: Weinberger, Saul, Journal of Machine Learning Research 2009.
    """
    arguments.counts(1, neighbours=neighbours)
    arguments.positive(push=push)
    same, different = _pairs(embeddings, labels)
    distances = squared_distances(embeddings)
    order = distances.detach().masked_fill(~same, torch.inf).argsort(dim=1)[:, :neighbours]
    real = same.gather(1, order)  # a small class has fewer
    pull = distances.gather(1, order)
    margin = torch.relu(1 + pull[:, :, None] - distances[:, None, :]) * different[:, None, :]
    return ((1 - push) * pull[real].sum() + push * margin[real].sum()) / real.sum()


def _pairs(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    arguments.tensors(embeddings=embeddings, labels=labels)
    if embeddings.ndim != 2 or labels.shape != embeddings.shape[:1]:
        raise ValueError(
            f"embeddings have the shape {tuple(embeddings.shape)}, labels {tuple(labels.shape)}: expected (n, E) and (n,)"
        )
    arguments.finite("embeddings", embeddings)
    equal = labels[:, None] == labels
    same = equal & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    if not bool(same.any()) or bool(equal.all()):
        raise ValueError(
            "the labels are all one or all different: expected two classes or more, one of two shapes or more"
        )
    return same, ~equal
