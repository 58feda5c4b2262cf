"""Colours put back into a mosaic: half-quadratic splitting from Malvar's guess, with a denoiser of grey images.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.environment import quiet
from mddl_lib.restoration.plug_and_play.algorithms import annealed
from mddl_lib.restoration.plug_and_play.colour import in_colour
from mddl_lib.restoration.plug_and_play.deblurring import score
from mddl_lib.restoration.plug_and_play.mosaic import Mosaic, malvar
from mddl_lib.restoration.plug_and_play.splittings import Denoise

CROP = 5
"""pixels at each border that the release's PSNR of mosaics leaves out"""
COLOUR_TURNS = 8
PRETENDED = 2 / 255
"""a noise level for the schedule: the mosaic itself has none"""
COLOUR_GRID = {"first": (2.0, 4.0, 8.0), "weight": (0.01, 0.03, 0.1), "chroma": (1.0, 2.0, 4.0)}
"""what is tried: the first strength in grey levels, the data's weight, how much louder the noise in colours is called"""
COLOUR_LAST = (0.5, 1.0, 2.0, 4.0, 8.0)
"""last strengths in grey levels, tried with the best of the others, which were chosen at 2"""

COLOUR_TUNED: dict[str, tuple[str | None, dict[str, float]]] = {
    "Total variation": (None, {"first": 2.0, "weight": 0.01, "chroma": 1.0}),
    "Monotone frame, annealed": ("monotone_frame", {"first": 4.0, "weight": 0.01, "chroma": 2.0}),
    "DnCNN, annealed": ("denoiser", {"first": 8.0, "weight": 0.01, "chroma": 1.0}),
}
"""row → its denoiser's weights and the constants that were best on the crops of :class:`ColourCrops`, as :func:`tune` finds them"""


def total_variation_denoiser(factor: float = 0.7) -> Denoise:
    r"""Chambolle's minimiser of :math:`\tfrac12\|x-y\|^2 + c\,\sigma\,\mathrm{TV}(x)`, image by image; scikit-image computes it.

    :param factor: c; .7 is the best for a noise of 25 grey levels.
    :raises ValueError: for a factor that is not positive.
    """
    from skimage.restoration import denoise_tv_chambolle

    arguments.positive(factor=factor)

    def denoised(image: Tensor, sigma: float) -> Tensor:
        planes = image.flatten(0, 1).numpy()
        found = [denoise_tv_chambolle(plane, factor * sigma, max_num_iter=100) for plane in planes]
        return torch.from_numpy(np.stack(found)).to(image).view_as(image)

    return denoised


def restored(denoise: Denoise | None, constants: dict[str, float]) -> Unrolled:
    """The algorithm with a denoiser of colour images; None: total variation, colour by colour as ``chroma`` says.

    :param constants: ``first`` and ``weight`` as in :data:`COLOUR_GRID`, ``last`` as in :data:`COLOUR_LAST`; ``chroma`` where
        the denoiser is total variation.
    :raises KeyError: for constants that are missing.
    """
    if denoise is None:
        denoise = in_colour(total_variation_denoiser(), constants["chroma"])
    first, last, weight = constants["first"] / 255, constants["last"] / 255, constants["weight"]
    return annealed(denoise, PRETENDED, weight, COLOUR_TURNS, first, last=last, guess=malvar)


class ColourCrops(list):
    """Squares of the motorcycle scene, which scikit-image ships: what the mosaic's constants are chosen on."""

    name, sha256, embedded = "squares of the motorcycle scene", "", True

    def __init__(self, side: int = 128) -> None:
        from data_fetch import load

        arguments.counts(8, side=side)
        picture = load("motorcycle")[0].parts["left"].transpose(2, 0, 1)
        for top, left in ((20, 40), (150, 300), (300, 120), (320, 560)):
            square = picture[:, top : top + side, left : left + side]
            self.append(SimpleNamespace(name=f"{top}, {left}", array=np.ascontiguousarray(square, dtype=np.float32)))


def tune(denoise: Denoise, data: Any = None) -> list[dict[str, float]]:
    """Every trial with a denoiser of grey images, the best first: the grid, then the last strength for the grid's best.

    :param data: colour images to choose on; None: :class:`ColourCrops`.
    """
    arguments.callables(denoise=denoise)
    data = ColourCrops() if data is None else data

    def trial(constants: dict[str, float]) -> dict[str, float]:
        model = restored(in_colour(denoise, constants["chroma"]), constants)
        return {"psnr": round(score(model, data, Mosaic(), crop=CROP, progress=False).mean("psnr"), 4), **constants}

    grid = [
        {**dict(zip(COLOUR_GRID, values, strict=True)), "last": 2.0}
        for values in itertools.product(*COLOUR_GRID.values())
    ]
    trials = [trial(constants) for constants in tqdm(grid, desc="mosaic", disable=quiet())]
    best = max(trials, key=lambda one: one["psnr"])
    others = [{**{name: best[name] for name in COLOUR_GRID}, "last": last} for last in COLOUR_LAST if last != 2.0]
    trials += [trial(constants) for constants in tqdm(others, desc="last strength", disable=quiet())]
    return sorted(trials, key=lambda one: -one["psnr"])
