"""Parameters of the classical methods, tuned on training images only; what was tried is stored beside what was chosen.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import torch
from tqdm import tqdm

from mddl_lib.core.metrics import psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.environment import quiet, require_writable
from mddl_lib.mri.competition.methods import METHODS, Method, Model
from mddl_lib.mri.competition.twins import TWINS
from mddl_lib.mri.images import training_images
from mddl_lib.mri.masks import paper_radial
from mddl_lib.mri.plans import PUBLIC
from mddl_lib.results.store import damaged, locked, read_json, write_json

STORE = Path(__file__).with_name("tuned")
RESERVED = ("psnr", "reason")
"""of a trial; the rest are parameters"""


def tune(name: str, percent: int, store: Path = STORE) -> dict:
    """Try every combination in the method's grid on some public training images; store all scores and the best.

    Resumable: a combination that is stored is not tried again. A grid that changed adds its new values. Several processes may
    tune one method.

    :param name: a method of ``mddl_lib.mri.competition.methods.METHODS``, "TV" for example, or one of the networks' ``TWINS``.
    :param percent: the paper's pseudo-radial mask, in percent.
    :raises KeyError: for a name that is no method.
    :raises ValueError: for a percentage that the paper has no mask for, or when no combination gives a finite PSNR.
    :raises mddl_lib.results.store.DamagedResultError: for a stored file that is cut; it says how to get it back.
    :raises PermissionError: when the folder cannot be written, before anything is computed.
    """
    method = _method(name)
    mask = paper_radial(percent)  # before the images are read: a wrong percentage is named at once
    require_writable(store, "what was tuned")
    stored = _stored(name, store)  # a damaged file is named before anything is computed
    truths = training_images(PUBLIC)[:: method.every]
    data = f"every {method.every}th image of {' and '.join(PUBLIC)}: {len(truths)} images"
    physics = MaskedFourier(mask)
    best = _merge(name, percent, store, data, [])
    combinations = [dict(zip(method.grid, values, strict=True)) for values in itertools.product(*method.grid.values())]
    for parameters in tqdm(combinations, desc=f"tuning {name}, {percent} %", disable=quiet()):
        if _is_tried(parameters, stored.get(f"{percent} %"), data):
            continue
        model = method.make(**parameters)
        with torch.no_grad():
            scores = torch.cat([psnr(model(physics.A(x[None]), physics), x[None]) for x in truths])
        value = float(scores.mean())
        # what diverged is remembered as tried: null, with the reason
        trial = (
            {"psnr": round(value, 4)} if math.isfinite(value) else {"psnr": None, "reason": f"the mean PSNR is {value}"}
        )
        best = _merge(name, percent, store, data, [{**parameters, **trial}])
        stored = _stored(name, store)  # with what another process tried meanwhile
    if best is None:
        raise ValueError(f"{name} at {percent} %: no combination of its grid gave a finite PSNR; expected one or more")
    return best


def _is_tried(parameters: dict, cell: dict | None, data: str) -> bool:
    tried = cell["tried"] if cell and cell["data"] == data else []
    return any(all(key in trial and trial[key] == value for key, value in parameters.items()) for trial in tried)


def _merge(name: str, percent: int, store: Path, data: str, new: list[dict]) -> dict | None:
    """Add trials to what is stored now, under the folder's lock: two processes that tune one method lose none.

    :returns: the best of all of this data.
    """
    with locked(store):
        stored = _stored(name, store)
        cell = stored.get(f"{percent} %")
        if cell is None or cell["data"] != data:
            cell = {"data": data, "tried": []}
        for trial in new:
            parameters = {key: value for key, value in trial.items() if key not in RESERVED}
            if not _is_tried(parameters, cell, data):
                cell["tried"].append(trial)
        finite = [trial for trial in cell["tried"] if trial["psnr"] is not None]
        if finite:
            cell["best"] = max(finite, key=lambda trial: trial["psnr"])
        if new:
            stored[f"{percent} %"] = cell
            write_json(store / f"{name}.json", stored)
        return cell.get("best")


def _stored(name: str, store: Path) -> dict[str, dict]:
    """What was tuned of a method.

    :raises mddl_lib.results.store.DamagedResultError: for a file that is cut or holds no trials; it says how to get it back.
    """
    path = store / f"{name}.json"
    if not path.exists():
        return {}
    stored = read_json(path)
    for percent, cell in stored.items():
        tried = cell.get("tried") if isinstance(cell, dict) and "data" in cell else None
        if not isinstance(tried, list) or not all(isinstance(trial, dict) and "psnr" in trial for trial in tried):
            raise damaged(path, f"{percent!r} has no list of trials with their PSNR")
    return stored


def best_parameters(name: str, percent: int, store: Path = STORE) -> dict[str, float]:
    """The tuned parameters of a method for one of the paper's masks.

    :raises KeyError: for a method or percentage that was not tuned; ``python -m mddl_lib.mri tune`` does it.
    """
    _method(name)
    stored = _stored(name, store)
    if "best" not in stored.get(f"{percent} %", {}):
        raise KeyError(
            f"{name} is not tuned for {percent} %: expected one of {sorted(stored)}; "
            f"run python -m mddl_lib.mri tune {name} {percent}"
        )
    return {key: value for key, value in stored[f"{percent} %"]["best"].items() if key not in RESERVED}


def tuned(name: str, percent: int = 20) -> Model:
    """A classical method with its tuned parameters: ``tuned("TV", 20)(y, physics)``.

    :raises KeyError: for a method or percentage that was not tuned.
    """
    return _method(name).make(**best_parameters(name, percent))


def _method(name: str) -> Method:
    known = METHODS | TWINS
    if name not in known:
        raise KeyError(f"there is no method {name!r}: expected one of {'; '.join(known)}")
    return known[name]
