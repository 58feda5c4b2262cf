"""The rows of the table as cells: without learning, and by networks, one a split."""

from __future__ import annotations

import functools
from pathlib import Path

from torch import nn

from mddl_lib.results.cells import Cell
from mddl_lib.shapes import networks
from mddl_lib.shapes.evaluation import Method, by_network, tuned_power
from mddl_lib.shapes.learned.st_net import STNet, SurfMLNet
from mddl_lib.shapes.plans import COLLECTIONS, PLANS, weights_name
from mddl_lib.training import weights
from mddl_lib.training.plan import RUNS, carry_out

FIELD = Path(__file__).parent
SHIPPED = FIELD / "weights"
COLUMNS = {"faust": "FAUST", "bodies": "generated bodies", "mcgill": "McGill"}
"""collection → its column"""
UNLEARNED = {
    "Mean descriptor": lambda: by_network(lambda split: SurfMLNet(size=0)),
    "Second-order descriptor": lambda: by_network(lambda split: STNet.from_algorithm()),
    "One power, tuned": lambda: tuned_power(STNet.from_algorithm()),
}
"""row → its method, without a learned metric"""
LEARNED = {
    "CSDLMNN": "csdlmnn",
    "Surf-ML-Net": "surf_ml_net",
    "ChebNet": "shape_chebnet",
    "ST-Net (w/o SPDM-T)": "st_net_plain",
    "ST-Net": "st_net",
}
"""row → kind of network"""


def trained(kind: str, collection: str, split: int) -> nn.Module:
    """The network of one split: shipped, or trained before, or trained now, which takes seconds (a ChebNet: a minute).

    :raises KeyError: for a kind, collection or split without a plan.
    """
    name = weights_name(kind, collection, split)
    if name not in PLANS:
        raise KeyError(f"there is no plan {name!r}: expected a kind, a collection and a split of PLANS")
    path = SHIPPED / f"{name}.safetensors"
    if not path.exists():
        path = RUNS / "weights" / f"{name}.safetensors"
        if not path.exists():
            carry_out(name, PLANS, path.parent, sources=[FIELD], device="cpu")
    tensors, header = weights.read(path)
    network = networks.NETWORKS[header["network"]](header["config"])
    weights.fill(network, tensors, str(path))
    return network.eval()


def learned(kind: str, collection: str) -> Method:
    """A kind of network as a method, each split with the network that its taught shapes taught."""
    return by_network(functools.partial(trained, kind, collection))


def cells(collection: str) -> list[Cell]:
    """All rows of one column.

    :param collection: a key of :data:`COLUMNS`.
    :raises KeyError: for another one.
    """
    if collection not in COLUMNS:
        raise KeyError(f"collection is {collection!r}: expected one of {list(COLUMNS)}")
    column, splits = COLUMNS[collection], COLLECTIONS[collection].splits
    origin = {"splits": splits, "taught": "40 % of each class"}
    found = [Cell(row, column, make, None, {**origin, "learned": "nothing"}, True) for row, make in UNLEARNED.items()]
    for row, kind in LEARNED.items():
        make = functools.partial(learned, kind, collection)
        found.append(Cell(row, column, make, None, {**origin, "kind": kind, "seeds": "the splits' numbers"}, True))
    return found
