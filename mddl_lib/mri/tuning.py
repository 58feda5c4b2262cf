"""Parameters of the classical methods, tuned on training images only; what was tried is stored beside what was chosen."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import torch
from tqdm import tqdm

from mddl_lib.core.display import quiet
from mddl_lib.core.masks import paper_radial
from mddl_lib.core.metrics import psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.provenance import write_json
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.admm import total_variation
from mddl_lib.mri.images import training_images
from mddl_lib.mri.plans import PUBLIC

STORE = Path(__file__).with_name("tuned.json")
WEIGHTS = (3e-4, 5e-4, 7e-4, 1e-3, 1.4e-3, 2e-3)
RATIOS = (10.0, 20.0, 40.0)
TURNS = 80
EVERY = 15
"""one training image in so many is used"""


def tune_total_variation(percent: int) -> dict:
    """Try every λ and ρ/λ on a tenth of the public training images, store all scores and the best pair.

    :param percent: the paper's pseudo-radial mask, in percent.

    Taught in :doc:`/models/fast_mri`.
    """
    truths = training_images(PUBLIC)[::EVERY]
    physics = MaskedFourier(paper_radial(percent))
    tried = []
    pairs = list(itertools.product(WEIGHTS, RATIOS))
    for weight, ratio in tqdm(pairs, desc="tuning TV", disable=quiet()):
        method = total_variation(weight, ratio * weight, TURNS)
        with torch.no_grad():
            scores = torch.cat([psnr(method(physics.A(x[None]), physics), x[None]) for x in truths])
        tried.append({"weight": weight, "ratio": ratio, "psnr": round(float(scores.mean()), 4)})
    best = max(tried, key=lambda trial: trial["psnr"])
    stored = json.loads(STORE.read_text()) if STORE.exists() else {}
    stored[f"total_variation {percent} %"] = {
        "data": f"every {EVERY}th image of {' and '.join(PUBLIC)}: {len(truths)} images",
        "turns": TURNS,
        "tried": tried,
        "best": best,
    }
    write_json(STORE, stored)
    return best


def tuned_total_variation(percent: int = 20) -> Unrolled:
    """Total variation with the tuned parameters for one of the paper's masks.

    :raises KeyError: for a percentage that was not tuned; ``python -m mddl_lib.mri tune PERCENT`` does it.

    Taught in :doc:`/models/fast_mri`.
    """
    stored = json.loads(STORE.read_text())
    key = f"total_variation {percent} %"
    if key not in stored:
        raise KeyError(
            f"TV is not tuned for {percent} %: known are {sorted(stored)}; run python -m mddl_lib.mri tune {percent}"
        )
    best = stored[key]["best"]
    return total_variation(best["weight"], best["ratio"] * best["weight"], stored[key]["turns"])
