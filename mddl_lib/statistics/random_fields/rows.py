"""The cells of the table ``crf_rnn``: a unary network alone, with the CRF by hand, as a CRF-RNN, with plain convolutions.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from mddl_lib.results.cells import Cell
from mddl_lib.statistics.random_fields.crf_rnn import CRFRNN
from mddl_lib.statistics.random_fields.dense_crf import PairTerms
from mddl_lib.statistics.random_fields.filters import kernels
from mddl_lib.statistics.random_fields.scoring import boundary_score, overlaps
from mddl_lib.statistics.random_fields.tasks import LABELS, Labelled
from mddl_lib.statistics.random_fields.tuning import tuned

ROWS = {
    "Unary alone": "unary", "Unary, CRF by hand": "unary", "Plain convolutions": "convolutions", "CRF-RNN": "crf_rnn",
    "CRF-RNN, 10 turns": "crf_rnn",
}  # fmt: skip
"""row → the first word of its weights"""


def by_hand(network: Any, images: torch.Tensor, kind: str, turns: int = 5) -> torch.Tensor:
    """Logits after mean field of the tuned CRF on a unary network's logits."""
    bandwidths, weights = tuned(kind)
    field = CRFRNN(LABELS[kind], turns).from_algorithm(PairTerms.potts(weights, LABELS[kind]))
    return field(network(images), kernels(images, bandwidths))


def measured(row: str, kind: str, load: Callable[[str], Any], named: Callable[[str, int], str]) -> Callable[..., dict]:
    """What a cell computes of a seed and test images."""

    def of(seed: int, data: Labelled) -> dict[str, float]:
        network = load(named(f"{ROWS[row]}_{kind}", seed))
        parts = []
        with torch.no_grad():
            for images in data.images.split(16):
                if row == "Unary, CRF by hand":
                    logits = by_hand(network, images, kind)
                else:
                    logits = network(images, 10) if row.endswith("10 turns") else network(images)
                parts.append(logits.argmax(1))
        found = torch.cat(parts)
        dice, union = overlaps(found, data.labels, LABELS[kind])
        values = {"iou": union, "dice": dice, "boundary": boundary_score(found, data.labels)}
        return {metric: 100 * sum(each) / len(each) for metric, each in values.items()}

    return of


def cells(kind: str, data: Labelled, load: Callable[[str], Any], named: Callable[[str, int], str]) -> list[Cell]:
    """Every row of one column, "hearts" or "stripes".

    :param load: from a weights file's name to the network.
    :param named: from a plan and a seed to that name.
    """
    return [
        Cell(
            row,
            kind,
            functools.partial(measured, row, kind, load, named),
            data,
            {"weights": f"{name}_{kind}"},
            slow=True,
        )
        for row, name in ROWS.items()
    ]
