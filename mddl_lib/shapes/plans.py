"""Which network is trained on what, and how: one plan a row, collection and split.

The first split's files of FAUST and McGill are shipped, and the ChebNets; on the bodies the others learn in seconds.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from torch import nn

from mddl_lib.shapes.collections import Collection
from mddl_lib.shapes.learned.graph_convolution import ChebNet
from mddl_lib.shapes.learned.st_net import STNet, SurfMLNet
from mddl_lib.shapes.problems import Shapes
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.seeded import seeded

COLLECTIONS = {
    "faust": Collection("faust_5k"),
    "bodies": Collection("phantom_bodies_300"),
    "mcgill": Collection("mcgill"),
}
"""by the names in the weights files"""
ALL = 10_000
"""a batch of all taught shapes"""

METRIC = 8
"""numbers that ST-Net's metric keeps of its 1176, so that its files stay small: on the shapes that validate, 4 to 32 are level on
FAUST and on the bodies, and on McGill 32 are a point of first tier better at most (three splits)"""

KINDS: dict[str, tuple[Callable[[], nn.Module], str, Recipe]] = {
    "csdlmnn": (functools.partial(SurfMLNet, 100, 50), "large margin", Recipe(400, learning_rate=0.3, batch=ALL, clip=0.0)),
    "surf_ml_net": (SurfMLNet, "pair hinge", Recipe(400, learning_rate=1.0, batch=ALL, clip=0.0)),
    "st_net_plain": (functools.partial(STNet, powers=0, size=METRIC), "pair hinge",
                     Recipe(400, learning_rate=0.2, batch=ALL, clip=0.0)),
    "st_net": (functools.partial(STNet, size=METRIC), "pair hinge", Recipe(400, learning_rate=0.1, batch=ALL, clip=0.0)),
    "shape_chebnet": (ChebNet, "pair hinge", Recipe(300, learning_rate=3e-2, batch=20, clip=1.0)),
}  # fmt: skip
"""kind → network as made, loss, and recipe; chosen by the quarter of the first splits' taught shapes that validates"""


def plan(kind: str, collection: Collection, split: int = 1, validate: bool = False) -> Plan:
    """How a network is trained on the taught shapes of a split; the split is the seed.

    :param kind: a key of :data:`KINDS`.
    :raises KeyError: for another one.
    """
    make, loss, recipe = KINDS[kind]

    return Plan(seeded(make, split), Shapes(collection, split, loss, validate), dataclasses.replace(recipe, seed=split))


def weights_name(kind: str, collection: str, split: int) -> str:
    """``st_net_faust_split1``."""
    return f"{kind}_{collection}_split{split}"


PLANS: dict[str, Plan] = {
    weights_name(kind, name, split): plan(kind, collection, split)
    for kind in KINDS
    for name, collection in COLLECTIONS.items()
    for split in range(1, collection.splits + 1)
}
