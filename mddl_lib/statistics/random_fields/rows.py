"""The cells of the table ``crf_rnn``: a unary network alone, with the CRF by hand, as a CRF-RNN, with plain convolutions.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from tqdm import tqdm

from mddl_lib.environment import quiet
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
        if ROWS[row] == "convolutions" or row == "Unary alone":
            network = load(named(f"{ROWS[row]}_{kind}", seed))
            with torch.no_grad():
                found = torch.cat([network(images).argmax(1) for images in data.images.split(16)])
        else:
            found = _through_the_field(kind, seed, data, load, named)[row]
        dice, union = overlaps(found, data.labels, LABELS[kind])
        values = {"iou": union, "dice": dice, "boundary": boundary_score(found, data.labels)}
        return {metric: 100 * sum(each) / len(each) for metric, each in values.items()}

    return of


@functools.lru_cache(maxsize=3)
def _through_the_field(
    kind: str, seed: int, data: Labelled, load: Callable[[str], Any], named: Callable[[str, int], str]
) -> dict[str, torch.Tensor]:
    """The labels of the rows with a field: the filters, which are the slow part, are made once an image for all of them."""
    unary, trained = load(named(f"unary_{kind}", seed)), load(named(f"crf_rnn_{kind}", seed))
    bandwidths, weights = tuned(kind)
    hand = CRFRNN(LABELS[kind], 5).from_algorithm(PairTerms.potts(weights, LABELS[kind]))
    found: dict[str, list[torch.Tensor]] = {"Unary, CRF by hand": [], "CRF-RNN": [], "CRF-RNN, 10 turns": []}
    with torch.no_grad():
        for images in tqdm(data.images.split(2), desc=f"{kind}, seed {seed}", disable=quiet()):
            filters = kernels(images, bandwidths)
            found["Unary, CRF by hand"].append(hand(unary(images), filters).argmax(1))
            *_, five, _, _, _, _, ten = trained.iterates(images, 10, filters)
            found["CRF-RNN"].append(five.estimate.argmax(1))
            found["CRF-RNN, 10 turns"].append(ten.estimate.argmax(1))
    return {row: torch.cat(parts) for row, parts in found.items()}


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
