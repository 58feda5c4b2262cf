"""The rows of the table as cells: the hazy photographs, nine methods of others, the authors' networks, and ours."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Collection
from dataclasses import asdict

from torch import Tensor

from mddl_lib.dehazing.by_hand import TUNED
from mddl_lib.dehazing.evaluation import Method
from mddl_lib.results.cells import Cell

COLUMN = "SOTS indoor, 16 pairs"
CLASSICAL = {
    "DCP": ("dark_channel_prior", "dark_channel_prior"),
    "CAP": ("colour_attenuation", "colour_attenuation"),
    "BCCR": ("boundary_constraint", "boundary_constraint"),
    "NLD": ("haze_lines", "haze_lines"),
    "FVR": ("veil", "fast_visibility"),
    "GRM": ("gradient_residual", "gradient_residual"),
}
"""row → module and function in the room of the rivals"""
NETWORKS = {
    "DehazeNet": "dehaze_net",
    "MSCNN": "multi_scale_net",
    "AOD-Net": "aod_net",
    "Proximal Dehaze-Net (authors, own data)": "proximal_dehaze_net_ours",
    "Proximal Dehaze-Net (authors, RESIDE)": "proximal_dehaze_net_reside",
    "Proximal Dehaze-Net (authors, RESIDE, two stages)": "proximal_dehaze_net_reside2",
    "Proximal Dehaze-Net (ours)": "dehaze_1",
    "Proximal Dehaze-Net (ours, two stages)": "dehaze_2",
}
"""row → the network's name"""
SLOW = ("GRM", "NLD", "BCCR", "DehazeNet", "MSCNN")
"""a second a photograph, or more"""


def hazy(image: Tensor) -> tuple[Tensor, None]:
    """The method that does nothing."""
    return image, None


def classical(row: str) -> Method:
    """A method without a network by the name of its row.

    :raises KeyError: for another row.
    """
    if row not in CLASSICAL:
        raise KeyError(f"row is {row!r}: expected one of {list(CLASSICAL)}")
    module, function = CLASSICAL[row]
    return getattr(importlib.import_module(f"mddl_lib.dehazing.rivals.{module}"), function)


def cells(network_cell: Callable[..., Cell], known: Collection[str]) -> list[Cell]:
    """All rows that can be computed.

    :param network_cell: :func:`mddl_lib.catalogue.network_cell`.
    :param known: the networks' names that can be loaded.
    """
    found = [Cell("Hazy", COLUMN, lambda: hazy, None, {})]
    found += [Cell(row, COLUMN, functools.partial(classical, row), None, {}, row in SLOW) for row in CLASSICAL]
    constants = asdict(TUNED)
    found.append(Cell("Splitting by hand, tuned", COLUMN, lambda: TUNED, None, constants))
    found += [network_cell(row, COLUMN, name, None, row in SLOW) for row, name in NETWORKS.items() if name in known]
    return found
