"""The steps of classical inference, tuned: the best of several for each number of turns, on training digits, all written down.

``python -m mddl_lib.statistics --constants`` makes the file anew. Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from mddl_lib.results.store import read_json, write_json
from mddl_lib.statistics.iterative.encoders import GradientAscent, InferenceState, adam_ascent, iterative
from mddl_lib.statistics.iterative.measuring import drawn, measure
from mddl_lib.statistics.iterative.objective import binary, grey_digits

FILE = Path(__file__).parent / "tuned" / "steps.json"
STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
DIGITS = 100
TURNS = {"Gradient ascent": (5, 20, 100), "Adam": (5, 20, 100)}


def tuned(method: str, turns: int) -> float:
    """The step of "Gradient ascent" or "Adam" for so many turns; of a number that was not tuned for, that of the nearest.

    :raises KeyError: for another word.
    """
    known = read_json(FILE)[method]
    nearest = min(known, key=lambda count: abs(int(count) - turns))
    return float(known[nearest]["best"])


def tune(load: Callable[[str], Any]) -> None:
    """Tune on training digits, with the first seed's decoder, and write the file.

    :param load: from a weights file's name to the network.
    """
    model = load("one_step_digits").model
    x, record = binary(grey_digits()[:DIGITS], 7), {}
    bound = drawn(model, len(x))
    for method in ("Gradient ascent", "Adam"):
        record[method] = {}
        for turns in TURNS[method]:
            trials = {}
            for step in STEPS:
                with torch.no_grad():
                    if method == "Adam":
                        *_, last = adam_ascent(x, bound, step, turns)
                    else:
                        last = InferenceState(iterative(GradientAscent(step), turns)(x, bound))
                value = measure(model, x, last.belief, weighted=False)["bound"]
                trials[str(step)] = round(value, 3) if value < 1e6 else None
            best = min((step for step in trials if trials[step] is not None), key=lambda step: trials[step])
            record[method][str(turns)] = {"best": float(best), "bounds": trials, "digits": DIGITS}
            print(method, turns, record[method][str(turns)], flush=True)
    FILE.parent.mkdir(exist_ok=True)
    write_json(FILE, record)
