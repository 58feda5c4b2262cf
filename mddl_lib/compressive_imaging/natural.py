"""The table of natural images: photographs, two operators, and who fills which cell.

Taught in :doc:`/unrolling/general_operators`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any

from mddl_lib.compressive_imaging.block_protocol import SIDE as SIDE_OF_BLOCKS
from mddl_lib.compressive_imaging.measured_crops import physics
from mddl_lib.compressive_imaging.natural_images import SIDE
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.rivals.low_rank import LowRankGroups
from mddl_lib.compressive_imaging.rivals.mean_apart import MeanApart, around_zero
from mddl_lib.compressive_imaging.rivals.message_passing import Denoise, MessagePassing
from mddl_lib.compressive_imaging.rivals.tval3 import TVAL3
from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import zero_filled
from mddl_lib.results.cells import Cell

SETS = {"Set11": "set11", "Set12": "set12", "BSD68": "bsd68"}
"""data sets by the words of the columns"""
COLUMNS = {"Walsh-Hadamard 30%": ("Walsh-Hadamard", 30), "coded diffraction 20%": ("coded diffraction", 20)}
"""words → operator and percent"""
BLOCK_NETWORK, BLOCK_SEED = "general_csnet_gaussian_25", 1
"""the weights of our network for blocks, and the seed of the one matrix that it was trained for"""
RIVAL_NETWORK = "ista_net9_hadamard_30"
"""the weights of ISTA-Net+, trained for Walsh-Hadamard alone"""
NETWORKS = {"Walsh-Hadamard": "general_csnet_hadamard_30", "coded diffraction": "general_csnet_diffraction_20"}
"""operator → the weights of our network"""
TUNED = {"Walsh-Hadamard": (2.0**6, 2.0**3, 0.0005, 0.05), "coded diffraction": (2.0**8, 2.0**3, 0.0005, 0.05)}
"""operator → TVAL3's two penalties, NLR-CS's threshold and weight: the best of a small grid
(4 x 3 and 3 x 2) on corners of three photographs of bsd400; NLR-CS's best threshold is the least that was tried"""


def cells(
    words: str,
    network_cell: Callable[..., Cell],
    shipped: Collection[str],
    denoise: Denoise,
    operators: Collection[str],
    learned: Denoise | None = None,
) -> list[Cell]:
    """Every cell that one data set's columns have.

    :param words: "Set11", "Set12" or "BSD68".
    :param network_cell: :func:`mddl_lib.catalogue.network_cell`, which a field does not import.
    :param shipped: names of the weights at hand.
    :param denoise: of message passing; BM3D in the table.
    :param operators: the words of the columns that are wanted, keys of :data:`COLUMNS`.
    :param learned: the denoiser of LDAMP, a network for any level; None: no such rows.
    :raises KeyError: for other words.
    """
    arguments.callables(network_cell=network_cell, denoise=denoise)
    _names(shipped=shipped, operators=operators)
    if learned is not None:
        arguments.callables(learned=learned)
    if words not in SETS or not set(operators) <= set(COLUMNS):
        raise KeyError(
            f"words is {words!r}, operators {operators!r}: expected one of {list(SETS)}, some of {list(COLUMNS)}"
        )
    found = []
    for place in operators:
        operator, percent = COLUMNS[place]
        column, at = f"{place} ({words})", physics(operator, (SIDE, SIDE), percent)
        data, split, threshold, weight = TUNED[operator]
        tval3 = functools.partial(TVAL3, data, split)
        origin = {"seed of the operator": 0}
        found.append(Cell("Aᴴy", column, lambda: zero_filled, at, origin))
        found.append(Cell("TVAL3", column, tval3, at, origin | {"data": data, "split": split}, slow=True))
        low = {"threshold": threshold, "weight": weight, "turns": 12}
        found.append(Cell("NLR-CS", column, functools.partial(_low_rank, tval3, low), at, origin | low, slow=True))
        for name, denoiser in {"BM3D-AMP": denoise, "LDAMP": learned}.items():
            if denoiser is not None:
                found += _passing_cells(name, denoiser, column, at, origin | {"turns": 10})
        if NETWORKS[operator] in shipped:
            found.append(network_cell("ADMM-CSNet10x32 (ours)", column, NETWORKS[operator], at, slow=True))
        if operator == "Walsh-Hadamard" and RIVAL_NETWORK in shipped:
            found.append(network_cell("ISTA-Net+ 9x32 (ours)", column, RIVAL_NETWORK, at, slow=True))
    return found


def block_cells(network_cell: Callable[..., Cell], shipped: Collection[str]) -> list[Cell]:
    """The column of the field's other protocol, scored by :func:`~.block_protocol.score_in_blocks`.

    :param network_cell: as in :func:`cells`.
    :param shipped: names of the weights at hand.
    """
    arguments.callables(network_cell=network_cell)
    _names(shipped=shipped)
    column, at = "Gaussian 25%, blocks (Set11)", physics("Gaussian", (SIDE_OF_BLOCKS, SIDE_OF_BLOCKS), 25, BLOCK_SEED)
    data, split, *_ = TUNED["Walsh-Hadamard"]
    origin, tval3 = {"seed of the operator": BLOCK_SEED}, functools.partial(TVAL3, data, split)
    found = [
        Cell("Aᴴy", column, lambda: zero_filled, at, origin),
        Cell("TVAL3", column, tval3, at, origin | {"data": data, "split": split}, slow=True),
    ]
    if BLOCK_NETWORK in shipped:
        found.append(network_cell("ADMM-CSNet10x32 (ours)", column, BLOCK_NETWORK, at, slow=True))
    return found


def _passing_cells(name: str, denoise: Denoise, column: str, at: Any, origin: dict[str, Any]) -> list[Cell]:
    """Message passing as it is and, where the mean can be taken apart, with the mean apart."""
    found = [Cell(name, column, functools.partial(_passing, denoise), at, origin, slow=True)]
    if isinstance(at, ScrambledHadamard):
        apart = functools.partial(_passing_apart, denoise)
        found.append(Cell(f"{name}, mean apart", column, apart, at, origin, slow=True))
    return found


def _names(**given: Collection[str]) -> None:
    for name, value in given.items():
        if isinstance(value, str) or not isinstance(value, Collection):
            raise TypeError(f"{name} is {value!r}: expected a collection of names")


def _low_rank(start: Callable[[], TVAL3], options: dict[str, Any]) -> LowRankGroups:
    return LowRankGroups(start(), **options)


def _passing(denoise: Denoise) -> MessagePassing:
    return MessagePassing(denoise, 10)


def _passing_apart(denoise: Denoise) -> MeanApart:
    return MeanApart(MessagePassing(around_zero(denoise), 10))


def zebra_cells(network_cell: Callable[..., Cell], known: Collection[str], side: int = 128) -> list[Cell]:
    """The column of the talk's zebra.

    :param network_cell: as in :func:`cells`.
    :param known: names of the weights at hand, the authors' among them.
    """
    arguments.callables(network_cell=network_cell)
    arguments.counts(1, side=side)
    _names(known=known)
    column, operator = "Walsh-Hadamard 30% (Zebra)", "Walsh-Hadamard"
    number = int(0.3 * side * side)
    at = ScrambledHadamard((side, side), number)
    without = ScrambledHadamard((side, side), number, keep_mean=False)
    data, split, threshold, weight = TUNED[operator]
    tval3, low = functools.partial(TVAL3, data, split), {"threshold": threshold, "weight": weight, "turns": 12}
    found = [
        Cell("Aᴴy", column, lambda: zero_filled, at, {}),
        Cell("TVAL3", column, tval3, at, {"data": data, "split": split}, slow=True),
        Cell("TVAL3, without the mean", column, tval3, without, {"data": data, "split": split}, slow=True),
        Cell("NLR-CS", column, functools.partial(_low_rank, tval3, low), at, low, slow=True),
    ]
    authors = "admm_csnet10_hadamard_30_authors"
    if authors in known:
        found.append(network_cell("ADMM-CSNet10 (authors' weights)", column, authors, without, slow=True))
    if NETWORKS[operator] in known:
        found.append(network_cell("ADMM-CSNet10x32 (ours)", column, NETWORKS[operator], at, slow=True))
    return found
