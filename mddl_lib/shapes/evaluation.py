"""Score a method of retrieval on a collection: five splits, one value each, the mean over the split's searches."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import nn

from mddl_lib.core import arguments
from mddl_lib.results.metric import Unit
from mddl_lib.results.scores import Scores
from mddl_lib.results.units import Task, score_units
from mddl_lib.shapes import retrieval
from mddl_lib.shapes.collections import Collection
from mddl_lib.shapes.learned.losses import squared_distances
from mddl_lib.shapes.problems import prepared
from mddl_lib.shapes.second_order.pooling import upper_triangle

METRICS = ("nn", "first_tier", "second_tier", "e_measure", "dcg")
"""by their names in the table"""
SPLIT = Unit("split", "splits")
POWERS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

Method = Callable[[Collection, int], np.ndarray]
"""from a collection and the number of a split to the distances of its searched shapes, (n, n)"""


def by_network(network: Callable[[int], nn.Module]) -> Method:
    """A network as a method.

    :param network: from the number of a split to the network that its taught shapes taught.
    :raises TypeError: for what cannot be called.
    """
    arguments.callables(network=network)

    @torch.no_grad()
    def method(collection: Collection, split: int) -> np.ndarray:
        searched = collection.split(split)[1]
        return distances(network(split), collection, searched)

    return method


@torch.no_grad()
def distances(network: nn.Module, collection: Collection, places: np.ndarray) -> np.ndarray:
    """Squared distances of the embeddings of some shapes, (n, n)."""
    seen = [prepared(collection, int(place), network) for place in places]
    return squared_distances(network(seen)).numpy()


def tuned_power(network: nn.Module) -> Method:
    """The classical twin of the transform, tuned: one power of the second-order descriptor, no learned metric.

    The power is the one of :data:`POWERS` with the best first tier among the taught shapes.

    :param network: whose ``prepare`` gives the second-order descriptor.
    """

    def method(collection: Collection, split: int) -> np.ndarray:
        def apart(places: np.ndarray, power: float) -> np.ndarray:
            parts = [prepared(collection, int(place), network) for place in places]
            values, vectors = (torch.stack(part) for part in zip(*parts, strict=True))
            powered = (vectors * (values.clamp(min=0) ** power).unsqueeze(-2)) @ vectors.mT
            return squared_distances(upper_triangle(powered)).numpy()

        taught, searched = collection.split(split)
        tiers = {
            power: retrieval.scores(apart(taught, power), collection.labels[taught])["first_tier"].mean()
            for power in POWERS
        }
        return apart(searched, max(tiers, key=tiers.get))

    return method


def score(
    method: Method, data: Collection, mask: None = None, *, images: int | None = None, progress: bool = True
) -> Scores:
    """Search each split's shapes by each of them; a value a split and metric, the mean over its searches, in percent.

    :param mask: not looked at; a table's filler hands it on.
    :param images: only the first so many splits.
    :raises TypeError: for a method that cannot be called.
    :raises ValueError: for a count that is none; as :func:`mddl_lib.shapes.retrieval.scores`.
    """
    arguments.callables(method=method)

    def task(index: int) -> Task:
        split = index + 1
        labels = data.labels[data.split(split)[1]]
        return f"split {split}", lambda: method(data, split), lambda found: means(retrieval.scores(found, labels))

    return score_units(data, SPLIT, METRICS, task, images=images, progress=progress)


def means(scores: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The mean of each metric over the searches.

    :param scores: as :func:`mddl_lib.shapes.retrieval.scores` gives them.
    """
    return {name: float(np.mean(values)) for name, values in scores.items()}
