"""How well a ranking brings shapes of the query's class to its top: the five numbers of the SHREC contests, in percent."""

from __future__ import annotations

import numpy as np

CUT = 32
"""the length of the list that the E-measure looks at"""


def scores(distances: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    r"""Each shape is the query once, and ranks all others. Of n shapes, C in the query's class; :math:`r_i = 1` where rank i is of it:

    .. math:: \mathrm{NN} = r_1, \quad \mathrm{FT} = \frac{\sum_{i \le C-1} r_i}{C - 1}, \quad
              \mathrm{ST} = \frac{\sum_{i \le 2(C-1)} r_i}{C - 1}, \quad
              \mathrm{E} = \frac{2 P R}{P + R}, \quad
              \mathrm{DCG} = \frac{r_1 + \sum_{i \ge 2} r_i / \log_2 i}{1 + \sum_{i=2}^{C-1} 1 / \log_2 i}

    - P, R: precision and recall of the first 32 (of all, where there are fewer). Their harmonic mean is
      :math:`2 s / (32 + C - 1)` with s shapes found, so it cannot exceed :math:`2 (C - 1) / (32 + C - 1)`.
    - equal distances count against the method: the shape of another class comes first.

    :param distances: (n, n); the diagonal is not looked at.
    :param labels: of the classes, (n,).
    :returns: ``nn``, ``first_tier``, ``second_tier``, ``e_measure``, ``dcg``: (n,) each, in percent.
    :raises ValueError: for other shapes, NaN, or a class of one shape, which no ranking can serve.

    Source: Shilane, Min, Kazhdan, Funkhouser, The Princeton Shape Benchmark, Shape Modeling International 2004.
    """
    distances, labels = np.asarray(distances, np.float64), np.asarray(labels)
    if labels.ndim != 1 or distances.shape != (len(labels), len(labels)) or len(labels) < 2:
        raise ValueError(
            f"distances are {distances.shape}, labels {labels.shape}: expected (n, n) and (n,), n of 2 or more"
        )
    if np.isnan(distances).any():
        raise ValueError("distances hold NaN: expected numbers that can be ordered")
    relevant = ranked(distances, labels)
    others = relevant.sum(axis=1)
    if not others.all():
        raise ValueError(f"the class {labels[others.argmin()]} has one shape: expected two or more in each")
    ranks = np.arange(1, len(labels))
    found = relevant.cumsum(axis=1)
    gain = 1 / np.log2(np.maximum(ranks, 2))  # log₂ 2 = 1: the first two ranks count alike
    depth = min(CUT, len(ranks))

    def within(limits: np.ndarray) -> np.ndarray:
        return found[np.arange(len(labels)), np.minimum(limits, len(ranks)) - 1]

    values = {
        "nn": relevant[:, 0],
        "first_tier": within(others) / others,
        "second_tier": within(2 * others) / others,
        "e_measure": 2 * found[:, depth - 1] / (depth + others),
        "dcg": (relevant * gain).sum(axis=1) / gain.cumsum()[others - 1],
    }
    return {name: 100.0 * value for name, value in values.items()}


def ranked(distances: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """1 where the shape on a query's rank is of its class, (n, n − 1); the query itself is left out."""
    same = labels[:, None] == labels
    away = np.where(np.eye(len(labels), dtype=bool), np.inf, distances)
    order = np.lexsort((same, away), axis=1)  # the last key counts first; of equals, the wrong ones come first
    order = order[order != np.arange(len(labels))[:, None]].reshape(len(labels), -1)
    return np.take_along_axis(same, order, axis=1).astype(np.int64)
