r"""Signals of one dimension with three regularisers, each solved exactly: squares, total variation, and the number of jumps.

Taught in :doc:`/models/energies`.
"""

from __future__ import annotations

import numpy as np

from mddl_lib.core import arguments


def quadratic(y: np.ndarray, weight: float) -> np.ndarray:
    r""":math:`\arg\min_x \tfrac12\|x - y\|^2 + \tfrac\lambda2 \sum_i (x_{i+1} - x_i)^2`, a tridiagonal system.

    :param y: (N,), two numbers or more.
    :raises ValueError: for another shape, NaN, or a weight below 0.
    """
    from scipy.linalg import solveh_banded

    y = _signal(y)
    arguments.not_negative(weight=weight)
    diagonal = 1 + weight * np.r_[1.0, np.full(len(y) - 2, 2.0), 1.0]
    return solveh_banded(np.stack([np.r_[0.0, np.full(len(y) - 1, -weight)], diagonal]), y)


def total_variation(y: np.ndarray, weight: float, turns: int = 4000) -> np.ndarray:
    r""":math:`\arg\min_x \tfrac12\|x - y\|^2 + \lambda \sum_i |x_{i+1} - x_i|` by projected gradient on the dual, accelerated.

    .. math:: x = y - D^T q, \qquad q = \arg\min_{\|q\|_\infty \le \lambda} \tfrac12\|y - D^T q\|^2

    :param y: (N,), two numbers or more.
    :raises ValueError: for another shape, NaN, a weight below 0, or a count that is none.

    Source: Chambolle 2004; Beck, Teboulle 2009.
    """
    y = _signal(y)
    arguments.not_negative(weight=weight)
    arguments.counts(1, turns=turns)

    def transposed(q: np.ndarray) -> np.ndarray:  # Dᵀ q of (Dx)_i = x_{i+1} − x_i
        return np.r_[-q[:1], q[:-1] - q[1:], q[-1:]]

    q = ahead = np.zeros(len(y) - 1)
    t = 1.0
    for _ in range(turns):
        step = np.clip(ahead + np.diff(y - transposed(ahead)) / 4, -weight, weight)  # ‖D‖² ≤ 4
        after = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead = step + (t - 1) / after * (step - q)
        q, t = step, after
    return y - transposed(q)


def fewest_jumps(y: np.ndarray, weight: float) -> np.ndarray:
    r""":math:`\arg\min_x \tfrac12\|x - y\|^2 + \lambda\, |\{i : x_{i+1} \ne x_i\}|`, exactly, by dynamic programming.

    .. math:: B_r = \min_{l \le r}\ B_{l-1} + \lambda + \tfrac12 \sum_{i=l}^{r} (y_i - \bar y_{l..r})^2, \qquad B_{-1} = -\lambda

    The one regulariser here that is not convex, and in one dimension the global minimum is found all the same.

    :param y: (N,), two numbers or more.
    :raises ValueError: for another shape, NaN, or a weight below 0.

    Source: Mumford, Shah 1989; Potts 1952.
    """
    y = _signal(y)
    arguments.not_negative(weight=weight)
    sums, squares = np.r_[0, np.cumsum(y)], np.r_[0, np.cumsum(y * y)]
    best, start = np.full(len(y) + 1, np.inf), np.zeros(len(y), int)
    best[0] = -weight
    for right in range(1, len(y) + 1):
        left = np.arange(right)
        inside = squares[right] - squares[left] - (sums[right] - sums[left]) ** 2 / (right - left)
        costs = best[:right] + weight + 0.5 * np.maximum(inside, 0)
        start[right - 1] = int(np.argmin(costs))
        best[right] = costs[start[right - 1]]
    x, right = np.empty(len(y)), len(y)
    while right:
        left = start[right - 1]
        x[left:right] = y[left:right].mean()
        right = left
    return x


REGULARISERS = {"squares": quadratic, "total variation": total_variation, "number of jumps": fewest_jumps}
"""by name; each called as ``(y, weight)``"""


def _signal(y: np.ndarray) -> np.ndarray:
    if not isinstance(y, np.ndarray):
        raise TypeError(f"y is a {type(y).__name__}: expected a numpy array (N,)")
    if y.ndim != 1 or len(y) < 2 or not np.isfinite(y).all():
        raise ValueError(f"y has the shape {y.shape}: expected (N,), two finite numbers or more")
    return y.astype(np.float64)
