"""The CRF by hand, tuned: its bandwidths and weights are the best on training images; written down with every trial.

``python -m mddl_lib.statistics --constants`` makes the file anew. Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.results.store import read_json, write_json
from mddl_lib.statistics.random_fields.crf_rnn import CRFRNN
from mddl_lib.statistics.random_fields.dense_crf import PairTerms
from mddl_lib.statistics.random_fields.filters import Bandwidths, kernels
from mddl_lib.statistics.random_fields.objective import FieldProblem
from mddl_lib.statistics.random_fields.scoring import overlaps
from mddl_lib.statistics.random_fields.tasks import Labelled

FILE = Path(__file__).parent / "tuned" / "dense_crf.json"
ALPHA, BETA, GAMMA = (2.0, 4.0, 8.0), (0.02, 0.05, 0.1, 0.2), 2.0
SPATIAL, BILATERAL = (0.0, 1.0, 3.0), (0.3, 1.0, 3.0, 10.0, 20.0)
TURNS, IMAGES = 5, 24


def tuned(kind: str) -> tuple[Bandwidths, tuple[float, float]]:
    """The bandwidths and the two weights (spatial, bilateral) for "hearts" or "stripes".

    :raises KeyError: for another word.
    """
    found = read_json(FILE)[kind]["best"]
    return Bandwidths(*found["bandwidths"]), tuple(found["weights"])


def trials(logits: Tensor, data: Labelled) -> list[dict[str, Any]]:
    """The mean intersection over union of every pair of constants, on images and the logits of a unary network.

    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(logits=logits)
    labels, found = logits.shape[1], []
    for alpha, beta in itertools.product(ALPHA, BETA):
        filters = kernels(data.images, Bandwidths(alpha, beta, GAMMA))
        for weights in itertools.product(SPATIAL, BILATERAL):
            network = CRFRNN(labels, TURNS).from_algorithm(PairTerms.potts(weights, labels))
            with torch.no_grad():
                _, union = overlaps(network(logits, filters).argmax(1), data.labels, labels)
            mean = sum(union) / len(union)
            found.append({"bandwidths": [alpha, beta, GAMMA], "weights": list(weights), "iou": round(mean, 4)})
    return found


def tune(load: Callable[[str], Any]) -> None:
    """Tune on both tasks, on some training images, with the first seed's unary networks, and write the file.

    :param load: from a weights file's name to the network.
    """
    record: dict[str, Any] = {}
    for kind in ("stripes", "hearts"):
        whole = FieldProblem(kind).load()
        step = max(len(whole.images) // IMAGES, 1)
        data = Labelled(whole.images[::step][:IMAGES], whole.labels[::step][:IMAGES])
        with torch.no_grad():
            logits = load(f"unary_{kind}")(data.images)
        every = trials(logits, data)
        record[kind] = {
            "best": max(every, key=lambda trial: trial["iou"]),
            "images": len(data.images),
            "trials": every,
        }
        print(kind, record[kind]["best"])
    FILE.parent.mkdir(exist_ok=True)
    write_json(FILE, record)
