"""The smoothest path through a stack of maps, by dynamic programming."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mddl_lib.core import arguments


def smoothest(maps: Sequence[np.ndarray], step: float) -> list[tuple[int, int]]:
    r"""One place a map, so that what they say and how little the place moves are largest together (Viterbi).

    .. math:: \max_{c_1 \ldots c_Z} \sum_z S_z(c_z) - \sum_{z > 1} \frac{|c_z - c_{z-1}|^2}{2 \sigma^2}

    A squared distance is a sum over rows and columns, so the best way to a place is found along one axis, then the other.

    :param maps: :math:`S_z`, (H, W) each.
    :param step: σ, in pixels.
    :raises ValueError: for no map, or maps of different sizes.
    """
    arguments.positive(step=step)
    if not len(maps) or {np.shape(one) for one in maps} != {np.shape(maps[0])} or np.ndim(maps[0]) != 2:
        raise ValueError(f"maps have the shapes {[np.shape(one) for one in maps]}: expected one or more, of one size")
    rows, columns = (_price(n, step) for n in maps[0].shape)
    value, ways = np.asarray(maps[0], float), []
    for one in maps[1:]:
        along = value[:, None, :] - rows[:, :, None]  # (from row, to row, from column)
        row, along = along.argmax(0), along.max(0)
        across = along[:, :, None] - columns  # (to row, from column, to column)
        column, value = across.argmax(1), across.max(1) + one
        ways.append((row, column))
    place = np.unravel_index(value.argmax(), value.shape)
    path = [place]
    for row, column in ways[::-1]:
        before = column[place]
        place = (row[place[0], before], before)
        path.append(place)
    return [(int(r), int(c)) for r, c in path[::-1]]


def _price(count: int, step: float) -> np.ndarray:
    return (np.arange(count)[:, None] - np.arange(count)) ** 2 / (2 * step**2)
