"""Parameters of the classical methods, tuned on training images only; what was tried is stored beside what was chosen.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import torch
from tqdm import tqdm

from mddl_lib.core.metrics import psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.environment import quiet
from mddl_lib.mri.competition.methods import METHODS, Model
from mddl_lib.mri.images import training_images
from mddl_lib.mri.masks import paper_radial
from mddl_lib.mri.plans import PUBLIC
from mddl_lib.results.provenance import write_json

STORE = Path(__file__).with_name("tuned")


def tune(name: str, percent: int, store: Path = STORE) -> dict:
    """Try every combination in the method's grid on some public training images; store all scores and the best.

    Resumable: a combination that is stored is not tried again. A grid that changed adds its new values.

    :param name: a method of ``mddl_lib.mri.competition.methods.METHODS``, "TV" for example.
    :param percent: the paper's pseudo-radial mask, in percent.
    :raises KeyError: for a name that is no method.
    :raises ValueError: for a percentage that the paper has no mask for.
    """
    method = _method(name)
    mask = paper_radial(percent)  # before the images are read: a wrong percentage is named at once
    path = store / f"{name}.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    truths = training_images(PUBLIC)[:: method.every]
    data = f"every {method.every}th image of {' and '.join(PUBLIC)}: {len(truths)} images"
    cell = stored.get(f"{percent} %")
    if cell is None or cell["data"] != data:
        cell = {"data": data, "tried": []}
    stored[f"{percent} %"] = cell
    physics = MaskedFourier(mask)
    known = [{key: trial[key] for key in method.grid if key in trial} for trial in cell["tried"]]
    combinations = [dict(zip(method.grid, values, strict=True)) for values in itertools.product(*method.grid.values())]
    for parameters in tqdm(combinations, desc=f"tuning {name}, {percent} %", disable=quiet()):
        if parameters in known:
            continue
        model = method.make(**parameters)
        with torch.no_grad():
            scores = torch.cat([psnr(model(physics.A(x[None]), physics), x[None]) for x in truths])
        cell["tried"].append({**parameters, "psnr": round(float(scores.mean()), 4)})
        cell["best"] = max(cell["tried"], key=lambda trial: trial["psnr"])
        write_json(path, stored)
    return cell["best"]


def best_parameters(name: str, percent: int, store: Path = STORE) -> dict[str, float]:
    """The tuned parameters of a method for one of the paper's masks.

    :raises KeyError: for a method or percentage that was not tuned; ``python -m mddl_lib.mri tune`` does it.
    """
    _method(name)
    path = store / f"{name}.json"
    stored = json.loads(path.read_text()) if path.exists() else {}
    if f"{percent} %" not in stored:
        raise KeyError(
            f"{name} is not tuned for {percent} %: expected one of {sorted(stored)}; "
            f"run python -m mddl_lib.mri tune {name} {percent}"
        )
    return {key: value for key, value in stored[f"{percent} %"]["best"].items() if key != "psnr"}


def tuned(name: str, percent: int = 20) -> Model:
    """A classical method with its tuned parameters: ``tuned("TV", 20)(y, physics)``.

    :raises KeyError: for a method or percentage that was not tuned.
    """
    return _method(name).make(**best_parameters(name, percent))


def _method(name: str):
    if name not in METHODS:
        raise KeyError(f"there is no method {name!r}: expected one of {', '.join(METHODS)}")
    return METHODS[name]
