"""What a shape network is trained on: the taught shapes of one split, all pairs of them or of a few classes at a time."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.shapes.collections import Collection
from mddl_lib.shapes.learned.losses import large_margin, pair_hinge
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe

LOSSES = {"pair hinge": pair_hinge, "large margin": large_margin}


class MetricObjective:
    """The loss of a batch of shapes: all of them, or as many as the recipe's batch from some classes, two of each.

    :param prepared: what the network sees of each shape, as its ``prepare`` gives it.
    :param labels: classes as whole numbers, (n,).
    :param loss: a key of :data:`LOSSES`.
    """

    def __init__(self, prepared: Sequence[Any], labels: np.ndarray, loss: str, recipe: Recipe) -> None:
        if loss not in LOSSES:
            raise ValueError(f"loss is {loss!r}: expected one of {list(LOSSES)}")
        if len(prepared) != len(labels) or not len(labels):
            raise ValueError(f"{len(prepared)} shapes and {len(labels)} labels: expected as many, one or more")
        self.prepared, self.loss, self.recipe = list(prepared), loss, recipe
        self.labels = torch.from_numpy(np.unique(labels, return_inverse=True)[1])

    def description(self) -> dict[str, Any]:
        """Hashes of what the network sees and of the classes, and the loss."""
        seen = [part for one in self.prepared for part in (one if isinstance(one, tuple) else (one,))]
        dense = torch.cat([(part.values() if part.is_sparse else part).flatten().double() for part in seen])
        return {"shapes": tensor_hash(dense)[:16], "classes": tensor_hash(self.labels)[:16], "loss": self.loss}

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        chosen = self._draw(iteration)
        embeddings = network([self.prepared[i] for i in chosen])
        return LOSSES[self.loss](embeddings, self.labels[chosen])

    def _draw(self, iteration: int) -> list[int]:
        if self.recipe.batch >= len(self.labels):
            return list(range(len(self.labels)))
        random, found = np.random.default_rng([self.recipe.seed, iteration, 3]), []
        for kind in random.permutation(int(self.labels.max()) + 1)[: max(2, self.recipe.batch // 2)]:
            members = np.flatnonzero(self.labels.numpy() == kind)
            found += [int(i) for i in random.permutation(members)[:2]]
        return found


@dataclass(frozen=True)
class Shapes:
    """The taught shapes of a split of a collection."""

    collection: Collection
    split: int = 1
    loss: str = "pair hinge"
    validate: bool = False
    """teach three quarters of them only, so that settings can be chosen by the rest"""

    @property
    def data(self) -> tuple[str, ...]:
        return (self.collection.name,)

    @functools.cached_property
    def taught(self) -> np.ndarray:
        """The numbers of its shapes."""
        return (self.collection.validation if self.validate else self.collection.split)(self.split)[0]

    def objective(self, network: nn.Module, recipe: Recipe) -> MetricObjective:
        """The loss on these shapes; their spectra are computed at the first call, which takes seconds to a minute."""
        seen = [prepared(self.collection, int(index), network) for index in self.taught]
        return MetricObjective(seen, self.collection.labels[self.taught], self.loss, recipe)

    def record(self) -> dict[str, Any]:
        """The data with their hash, the split, the number of shapes."""
        return {"data": {self.collection.name: self.collection.sha256}, "images": len(self.taught), "split": self.split}

    def __str__(self) -> str:
        return f"{len(self.taught)} shapes of {self.collection.name}, split {self.split}, {self.loss}"


def prepared(collection: Collection, index: int, network: nn.Module) -> Any:
    """What a network sees of a shape; remembered for networks that see the same.

    :raises ValueError: for what is no network of shapes.
    """
    if not callable(getattr(network, "prepare", None)):
        raise ValueError(f"network is a {type(network).__name__}: expected one with prepare(surface), such as STNet")
    arguments.counts(0, index=index)
    return _prepared(collection, index, _View(type(network), network.waves, network.heats, network))


class _View:
    """A network as a key: those of one class with the same descriptors see the same."""

    def __init__(self, kind: type, waves: int, heats: int, network: nn.Module) -> None:
        self.key, self.network = (kind, waves, heats), network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _View) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)


@functools.lru_cache(maxsize=1500)
def _prepared(collection: Collection, index: int, view: _View) -> Any:
    return view.network.prepare(collection.surface(index))
