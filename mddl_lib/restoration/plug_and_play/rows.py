"""The rows of the table of learned proximal operators: which method fills which cell, and with which constants."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

import numpy as np
from torch import Tensor

from mddl_lib.core.unrolled import Unrolled
from mddl_lib.restoration.plug_and_play.colour import in_colour
from mddl_lib.restoration.plug_and_play.deblurring import SETTINGS, blurred
from mddl_lib.restoration.plug_and_play.demosaicking import COLOUR_TUNED, COLOUR_TURNS, restored
from mddl_lib.restoration.plug_and_play.mosaic import Mosaic, bilinear, malvar
from mddl_lib.restoration.plug_and_play.splittings import Denoise
from mddl_lib.restoration.plug_and_play.tuning import TURNS, make, tuned
from mddl_lib.results.cells import Cell

OF_ELEVEN = ("01", "02", "03", "08", "09", "10", "11", "12")
"""photographs of set12 that are among the release's eleven: cameraman, house, peppers, lena, barbara, boat, man, couple"""

DEBLURRING = {
    "Total variation": ("Total variation", "Total variation", None, "ADMM"),
    "Monotone frame, ADMM": ("Monotone frame", "fixed", "monotone_frame", "ADMM"),
    "DnCNN, half-quadratic splitting": ("DnCNN", "fixed", "denoiser", "half-quadratic splitting"),
    "DnCNN, primal-dual": ("DnCNN", "fixed", "denoiser", "primal-dual"),
    "DnCNN, ADMM": ("DnCNN", "fixed", "denoiser", "ADMM"),
    "DnCNN, annealed": ("DnCNN, annealed", "annealed", "denoiser", "ADMM"),
}
"""row → whose tuned constants it has, its method there, its denoiser, its algorithm"""


class EightOfEleven:
    """The eight photographs of set12 that the release tests on, too, whole.

    :param set12: the loaded set.
    """

    def __init__(self, set12: Any) -> None:
        self.name, self.sha256, self.embedded = set12.name, set12.sha256, set12.embedded
        self.samples = [sample for sample in set12 if sample.name in OF_ELEVEN]
        if len(self.samples) != len(OF_ELEVEN):
            raise ValueError(f"{set12.name} holds {[s.name for s in self.samples]}: expected {list(OF_ELEVEN)}")

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Any:
        return self.samples[index]


class ColourViews:
    """The left views of a stereo set as colour images, (3, H, W).

    :param views: a loaded set whose samples have a part ``left``, such as ``middlebury``.
    """

    def __init__(self, views: Any) -> None:
        self.name, self.sha256, self.embedded, self.views = views.name, views.sha256, views.embedded, views

    def __len__(self) -> int:
        return len(self.views)

    def __getitem__(self, index: int) -> SimpleNamespace:
        sample = self.views[index]
        array = np.ascontiguousarray(sample.parts["left"].transpose(2, 0, 1), dtype=np.float32)
        return SimpleNamespace(name=sample.name, array=array)


def column(letter: str) -> str:
    """A blur's column of ours."""
    return f"blur {letter}, 8 images"


MOSAIC = "mosaic, 8 scenes"


def blurred_image(y: Tensor, physics: Any) -> Tensor:
    """The measurement as it is."""
    return y


def deblurring(row: str, letter: str, denoise: Denoise | None) -> Unrolled:
    """A method of the table with its tuned constants.

    :raises KeyError: for another row or blur.
    """
    if row not in DEBLURRING:
        raise KeyError(f"row is {row!r}: expected one of {list(DEBLURRING)}")
    named, method, _, algorithm = DEBLURRING[row]
    constants = tuned(named, letter)
    return make(method, SETTINGS[letter].noise, denoise or (lambda image, sigma: image), algorithm, **constants)


def deblurring_cells(letter: str, denoisers: Callable[[str], Denoise], known: Collection[str]) -> list[Cell]:
    """The rows of one blur.

    :param denoisers: from a network's name to its denoiser, such as ``lambda name: mddl_lib.load(name).denoise``.
    :param known: the networks' names that can be loaded.
    :raises KeyError: for another blur.
    """
    physics, place = blurred(letter), column(letter)
    found = [Cell("Blurred", place, lambda: blurred_image, physics)]
    for row, (named, _, network, _) in DEBLURRING.items():
        if network is None or network in known:
            constants = tuned(named, letter) | ({} if network is None else {"weights": network, "turns": TURNS})
            if "annealed" in row:
                constants["turns"] = 8
            make_it = functools.partial(_made, row, letter, network, denoisers)
            found.append(Cell(row, place, make_it, physics, constants, slow=network is not None))
    return found


def _made(row: str, letter: str, network: str | None, denoisers: Callable[[str], Denoise]) -> Unrolled:
    return deblurring(row, letter, None if network is None else denoisers(network))


def mosaic_cells(denoisers: Callable[[str], Denoise], known: Collection[str]) -> list[Cell]:
    """The rows of the mosaic.

    :param denoisers: as for :func:`deblurring_cells`.
    """
    physics = Mosaic()
    found = [Cell("Bilinear", MOSAIC, lambda: bilinear, physics), Cell("Malvar", MOSAIC, lambda: malvar, physics)]
    for row, (network, constants) in COLOUR_TUNED.items():
        if network is None or network in known:
            origin = {**constants, "turns": COLOUR_TURNS}
            make_it = functools.partial(_coloured, network, constants, denoisers)
            found.append(Cell(row, MOSAIC, make_it, physics, origin, slow=True))
    return found


def _coloured(network: str | None, constants: dict[str, float], denoisers: Callable[[str], Denoise]) -> Unrolled:
    return restored(None if network is None else in_colour(denoisers(network), constants["chroma"]), constants)
