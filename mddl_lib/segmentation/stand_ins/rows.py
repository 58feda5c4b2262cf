"""The rows of the table whose hearts cannot be downloaded, on its stand-ins: scores, a subject a unit, and how each is made."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.environment import quiet
from mddl_lib.results.cells import Cell
from mddl_lib.results.metric import Unit
from mddl_lib.results.scores import Scores
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.fusion_rules.patch_based import patch_based
from mddl_lib.segmentation.methods import RULES, Method, by_network, by_rule
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.problems import as_fusion
from mddl_lib.segmentation.rivals.methods import by_pixels
from mddl_lib.segmentation.rivals.pixel_net import PixelNet
from mddl_lib.segmentation.stand_ins.subjects import Subjects

SUBJECT = Unit("subject", "subjects")
COUNT = 8
"""atlases that vote"""
FINE_RULES = RULES | {"PB": by_rule(functools.partial(patch_based, patch=3, radius=1, factor=1.0))}
"""the rules for hippocampi, an organ ten pixels wide: PB's patch, window and λ gave the best Dice on thirty of the training subjects"""


def score(
    method: Method, data: Subjects, count: int | None = COUNT, *, images: int | None = None, progress: bool = True
) -> Scores:
    """Segment a subject's slices and compare with their labels: the mean Dice over its slices, one value a subject.

    :param count: the method sees so many atlases, the most similar by mutual information; None: all that were registered.
    :param images: only the first so many subjects.
    :raises ValueError: for a count that is none.
    :raises TypeError: for a method that cannot be called.
    """
    arguments.callables(method=method)
    total = len(data) if images is None else min(images, len(data))
    scores = Scores(data.name, data.sha256, data.embedded, [], {"dice": []}, [], SUBJECT)
    for index in tqdm(range(total), desc="subjects", disable=quiet() or not progress, mininterval=1.0):
        subject, cases = data[index]
        found, start, spent = [], 0.0, 0.0
        for case in cases:
            seen = as_fusion(case, data.parts, count)
            start = time.perf_counter()
            votes = method(seen)
            spent += time.perf_counter() - start
            estimate, truth = (_mask(values[0].numpy() > 0.5) for values in (votes, seen.truth))
            found.append(dice(estimate, truth))
        scores.names.append(subject)
        scores.values["dice"].append(float(np.mean(found)))
        scores.seconds.append(spent)
    return scores


def cells(
    column: str,
    network: FusionNet,
    pixels: PixelNet | None,
    count: int = COUNT,
    all_of_them: int = COUNT,
    rules: Mapping[str, Method] = RULES,
) -> list[Cell]:
    """The rows of the table on one stand-in, for :func:`mddl_lib.results.cells.fill` with :func:`score`.

    :param network: the rows DFN, whose features choose ``count`` atlases, and DFN_NMI, where mutual information does.
    :param pixels: the row CNN; None: without this row.
    :param all_of_them: atlases that vote in the other rows.
    :param rules: the other rows.
    :raises TypeError: for other networks.
    """
    by_network(network)
    if pixels is not None:
        by_pixels(pixels)

    def made_by(given: FusionNet | PixelNet) -> dict[str, Any]:
        header = getattr(given, "header", {})
        return {key: header.get(key) for key in ("name", "seed", "tensors_sha256")}

    def cell(row: str, make: Callable[[], Method], seen: int | None, **origin: Any) -> Cell:
        return Cell(row, column, make, seen, origin, slow=True)

    def rule(row: str) -> Cell:
        return cell(row, lambda: rules[row], all_of_them, rule=row, atlases=all_of_them)

    return [
        *map(rule, ("MV", "PB", "MAPM", "SVMAF")),
        *([] if pixels is None else [cell("CNN", lambda: by_pixels(pixels), 1, **made_by(pixels))]),
        cell(
            "DFN_NMI",
            lambda: by_network(network, count, deep=False),
            None,
            atlases=count,
            chosen="mutual information",
            **made_by(network),
        ),
        cell("DFN", lambda: by_network(network, count), None, atlases=count, chosen="features", **made_by(network)),
    ]


def _mask(parts: np.ndarray) -> np.ndarray:
    """One mask of one, or the first without the second."""
    return parts[0] if len(parts) == 1 else parts[0] & ~parts[1]
