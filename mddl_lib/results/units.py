"""Score what is no ``model(y, physics)``: unit by unit, the method's time alone, each unit's values by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.environment import quiet
from mddl_lib.results.metric import Unit
from mddl_lib.results.scores import Scores

Task = tuple[str, Callable[[], Any], Callable[[Any], dict[str, float]]]
"""a unit's name; what makes its estimate; from that to {metric: value}"""


def score_units(
    data: Any,
    unit: Unit,
    metrics: Iterable[str],
    task: Callable[[int], Task],
    *,
    images: int | None = None,
    progress: bool = True,
) -> Scores:
    """What a field's own scorer does: read each unit, make its estimate, which is timed, and compare it.

    :param data: anything with a length, ``name``, ``sha256`` and ``embedded``.
    :param unit: what one of it is called.
    :param metrics: the names of the values.
    :param task: from a unit's place to what is to be done.
    :param images: only the first so many units.
    :raises ValueError: for a count that is none; what the comparison refuses, with the unit's name.
    """
    if images is not None:
        arguments.counts(1, images=images)
    count = len(data) if images is None else min(images, len(data))
    scores = Scores(data.name, data.sha256, data.embedded, [], {name: [] for name in metrics}, [], unit)
    for index in tqdm(range(count), desc=unit.many, disable=quiet() or not progress):
        name, make, compare = task(index)
        start = time.perf_counter()
        made = make()
        scores.seconds.append(time.perf_counter() - start)
        scores.names.append(name)
        try:
            values = compare(made)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        for metric, value in values.items():
            scores.values[metric].append(value)
    return scores
