"""The rows of the table as cells: nothing, two classical methods, and four games, each by one network a fold."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from mddl_lib.results.cells import Cell
from mddl_lib.synthesis import networks
from mddl_lib.synthesis.atlas import FUSIONS, FromAtlases
from mddl_lib.synthesis.heads import Heads, unchanged
from mddl_lib.synthesis.own_images import make_ct
from mddl_lib.synthesis.plans import FOLDS, ROWS, taught
from mddl_lib.training import weights
from mddl_lib.training.plan import RUNS

COLUMN = "heads of the brain atlas"
NAMES = {
    "cyclegan_unpaired": "CycleGAN (unpaired)",
    "cyclegan_paired": "CycleGAN (paired)",
    "cyclegan_selected": "CycleGAN + slice selection",
    "structure_cyclegan": "Proposed",
}
"""plans' row → the table's"""
CLASSICAL = {"mean": "Atlases, registered", "patches": "Atlases, patch regression"}
"""fusion → its row"""
FOLDERS = (Path(__file__).parent / "weights", RUNS / "weights")
"""where networks lie: shipped, and trained here"""


def fold_of(case: int) -> int:
    """The fold that scores a case, counted from 1.

    :raises ValueError: for a case that none does.
    """
    for number, fold in enumerate(FOLDS, start=1):
        if case in fold:
            return number
    raise ValueError(f"case is {case!r}: expected one of {[one for fold in FOLDS for one in fold]}")


def file_of(row: str, fold: int) -> Path | None:
    """The weights of one fold's network: shipped or trained here; None where there are none."""
    paths = (folder / f"{row}_fold{fold}.safetensors" for folder in FOLDERS)
    return next((path for path in paths if path.is_file()), None)


@functools.cache
def trained(row: str, fold: int) -> nn.Module:
    """The network of one fold.

    :raises FileNotFoundError: where it is neither shipped nor trained, with the command that trains it.
    """
    path = file_of(row, fold)
    if path is None:
        name = f"{row}_fold{fold}"
        raise FileNotFoundError(
            f"{name} is not shipped: expected its weights in {FOLDERS[-1]}; "
            f"`MDDL_WEIGHTS={FOLDERS[-1]} python -m mddl_lib train {name}` makes them"
        )
    tensors, header = weights.read(path)
    network = networks.NETWORKS[header["network"]](header["config"])
    weights.fill(network, tensors, str(path))
    return network.eval()


def by_networks(row: str, fold: Callable[[int], int] = fold_of) -> Callable[[Tensor, int], Tensor]:
    """A row's networks as a method: each head by the network of the fold that it did not teach.

    :param row: a key of :data:`NAMES`.
    :param fold: from a case to the fold whose network makes its CTs.
    :raises KeyError: for another row.
    """
    if row not in ROWS:
        raise KeyError(f"row is {row!r}: expected one of {list(ROWS)}")

    def method(mr: Tensor, case: int) -> Tensor:
        network = trained(row, fold(case))
        return torch.cat([make_ct(network, one[None]) for one in mr])  # slice by slice: it takes less memory

    return method


def cells(heads: Heads) -> list[Cell]:
    """Every row that can be computed here: those whose first fold's networks are here, for a check; all folds', for a whole run."""
    origin = {"folds": [list(fold) for fold in FOLDS]}
    found = [Cell("MR, unchanged", COLUMN, lambda: unchanged, None, {})]
    for fusion, row in CLASSICAL.items():
        make = functools.partial(FromAtlases, heads.slices, lambda case: taught(fold_of(case)), FUSIONS[fusion])
        found.append(Cell(row, COLUMN, make, None, {**origin, "fusion": fusion}, True))
    for row, name in NAMES.items():
        if file_of(row, 1):
            make = functools.partial(by_networks, row)
            found.append(Cell(name, COLUMN, make, None, {**origin, "plan": row, "seeds": "the folds' numbers"}, True))
    return found
