"""Colours put back into a mosaic: half-quadratic splitting from Malvar's guess, with a denoiser of grey images.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

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
COLOUR_GRID = {
    "first": (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0), "weight": (0.003, 0.01, 0.03, 0.1), "chroma": (1.0, 2.0, 4.0),
    "last": (0.1, 0.25, 0.5, 1.0, 2.0, 4.0),
}  # fmt: skip
"""what is tried: the first strength in grey levels, the data's weight, how much louder the noise in colours is called, the last
strength in grey levels"""
COLOUR_START = {"first": 8.0, "weight": 0.01, "chroma": 1.0, "last": 2.0}
"""where the search begins"""

COLOUR_TUNED: dict[str, tuple[str | None, dict[str, float]]] = {
    "Total variation": (None, {"first": 1.0, "weight": 0.003, "chroma": 2.0, "last": 0.5}),
    "Monotone frame, annealed": ("monotone_frame", {"first": 8.0, "weight": 0.003, "chroma": 2.0, "last": 0.5}),
    "DnCNN, annealed": ("denoiser", {"first": 8.0, "weight": 0.003, "chroma": 1.0, "last": 1.0}),
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

    :param constants: ``first``, ``last`` and ``weight`` as in :data:`COLOUR_GRID`; ``chroma`` where the denoiser is total variation.
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


def tune(denoise: Denoise, data: Any = None, rounds: int = 3) -> list[dict[str, float]]:
    """Every trial with a denoiser of grey images, the best first.

    One constant after the other takes its best value of :data:`COLOUR_GRID` while the others are held, until a round changes none.

    :param data: colour images to choose on; None: :class:`ColourCrops`.
    :param rounds: at most.
    :raises ValueError: for a count below 1.
    """
    arguments.callables(denoise=denoise)
    arguments.counts(1, rounds=rounds)
    data, trials = ColourCrops() if data is None else data, {}

    def reached(constants: dict[str, float]) -> float:
        key = tuple(constants.values())
        if key not in trials:
            model = restored(in_colour(denoise, constants["chroma"]), constants)
            trials[key] = round(score(model, data, Mosaic(), crop=CROP, progress=False).mean("psnr"), 4)
        return trials[key]

    best = dict(COLOUR_START)
    for _ in range(rounds):
        before = dict(best)
        for name, values in tqdm(COLOUR_GRID.items(), desc="mosaic", disable=quiet()):
            best[name] = max(values, key=lambda value, name=name: reached({**best, name: value}))
        if best == before:
            break
    found = [{"psnr": psnr, **dict(zip(COLOUR_START, key, strict=True))} for key, psnr in trials.items()]
    return sorted(found, key=lambda one: -one["psnr"])
