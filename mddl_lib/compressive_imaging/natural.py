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
from mddl_lib.compressive_imaging.rivals.tuning import TURNS, tuned
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
RIVAL_NETWORKS = {"Walsh-Hadamard": "ista_net9_hadamard_30", "coded diffraction": "ista_net9_diffraction_20"}
"""operator → the weights of ISTA-Net+, trained for its share of the table alone"""
SHORT = {"Walsh-Hadamard": "hadamard", "coded diffraction": "diffraction"}
"""operators by the words of the weights' names"""


def network_name(operator: str, percent: int) -> str:
    """The weights of our network for an operator and its share of measurements.

    :raises KeyError: for another operator.
    """
    arguments.counts(1, percent=percent)
    if operator not in SHORT:
        raise KeyError(f"operator is {operator!r}: expected one of {list(SHORT)}")
    return f"general_csnet_{SHORT[operator]}_{percent}"


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
        column = f"{place} ({words})"
        found += method_cells(column, operator, percent, network_cell, shipped, denoise, learned)
        if (rival := RIVAL_NETWORKS[operator]) in shipped:
            at = physics(operator, (SIDE, SIDE), percent)
            found.append(network_cell("ISTA-Net+ 9x32 (ours)", column, rival, at, slow=True))
    return found


def method_cells(
    column: str,
    operator: str,
    percent: int,
    network_cell: Callable[..., Cell],
    shipped: Collection[str],
    denoise: Denoise,
    learned: Denoise | None,
) -> list[Cell]:
    """What every method makes of one operator, and our network where its weights are at hand.

    :param operator: "Walsh-Hadamard" or "coded diffraction"; the other parameters are those of :func:`cells`.
    :raises KeyError: for another operator, or a share that TVAL3 and NLR-CS were not tuned for.
    """
    arguments.callables(network_cell=network_cell, denoise=denoise)
    _names(shipped=shipped)
    if learned is not None:
        arguments.callables(learned=learned)
    best, at = tuned(operator, percent), physics(operator, (SIDE, SIDE), percent)
    origin, low = {"seed of the operator": 0}, best["NLR-CS"] | {"turns": TURNS}
    tval3 = functools.partial(TVAL3, **best["TVAL3"])
    found = [
        Cell("Aᴴy", column, lambda: zero_filled, at, origin),
        Cell("TVAL3", column, tval3, at, origin | best["TVAL3"], slow=True),
        Cell("NLR-CS", column, functools.partial(_low_rank, tval3, low), at, origin | low, slow=True),
    ]
    for name, denoiser in {"BM3D-AMP": denoise, "LDAMP": learned}.items():
        if denoiser is not None:
            found += _passing_cells(name, denoiser, column, at, origin | {"turns": 10})
    if (ours := network_name(operator, percent)) in shipped:
        found.append(network_cell("ADMM-CSNet10x32 (ours)", column, ours, at, slow=True))
    return found


def block_cells(network_cell: Callable[..., Cell], shipped: Collection[str]) -> list[Cell]:
    """The column of the field's other protocol, scored by :func:`~.block_protocol.score_in_blocks`.

    :param network_cell: as in :func:`cells`.
    :param shipped: names of the weights at hand.
    """
    arguments.callables(network_cell=network_cell)
    _names(shipped=shipped)
    column, at = "Gaussian 25%, blocks (Set11)", physics("Gaussian", (SIDE_OF_BLOCKS, SIDE_OF_BLOCKS), 25, BLOCK_SEED)
    best = tuned("Walsh-Hadamard", 30)["TVAL3"]
    origin, tval3 = {"seed of the operator": BLOCK_SEED}, functools.partial(TVAL3, **best)
    found = [
        Cell("Aᴴy", column, lambda: zero_filled, at, origin),
        Cell("TVAL3", column, tval3, at, origin | best, slow=True),
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
    best = tuned(operator, 30)
    tval3, low = functools.partial(TVAL3, **best["TVAL3"]), best["NLR-CS"] | {"turns": TURNS}
    found = [
        Cell("Aᴴy", column, lambda: zero_filled, at, {}),
        Cell("TVAL3", column, tval3, at, best["TVAL3"], slow=True),
        Cell("TVAL3, without the mean", column, tval3, without, best["TVAL3"], slow=True),
        Cell("NLR-CS", column, functools.partial(_low_rank, tval3, low), at, low, slow=True),
    ]
    authors = "admm_csnet10_hadamard_30_authors"
    if authors in known:
        found.append(network_cell("ADMM-CSNet10 (authors' weights)", column, authors, without, slow=True))
    if (ours := network_name(operator, 30)) in known:
        found.append(network_cell("ADMM-CSNet10x32 (ours)", column, ours, at, slow=True))
    return found
