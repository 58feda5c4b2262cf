"""The live pursuit's HTML: what it says of a network, and what it refuses."""

from __future__ import annotations

import json
import re

import pytest
import torch

from mddl_lib.pages.live_pursuit import live_pursuit
from mddl_lib.sparse_coding.coupled import CoupledLISTA
from mddl_lib.sparse_coding.dictionary import gaussian_dictionary
from mddl_lib.sparse_coding.for_the_page import described
from mddl_lib.sparse_coding.lista import LISTA
from mddl_lib.sparse_coding.pursuit import fista

DICTIONARY = gaussian_dictionary(8, 16, 0)
ALT = "A code and what two methods make of its signal"


def networks() -> dict:
    return {
        "ISTA": CoupledLISTA(8, 16, 3).from_algorithm(DICTIONARY),
        "FISTA": fista(DICTIONARY, turns=3),
        "LFISTA": LISTA(8, 16, 3, momentum=True).from_algorithm(DICTIONARY),
    }


def panel(**changes) -> str:
    options = {"dictionary": DICTIONARY.matrix, "networks": networks(), "code": torch.zeros(16), "alt": ALT} | changes
    return live_pursuit(
        options.pop("dictionary"), {k: described(n, DICTIONARY) for k, n in options.pop("networks").items()}, **options
    ).data


def test_a_network_is_described_by_its_matrices_and_numbers_a_layer() -> None:
    held = json.loads(re.search(r'<script type="application/json">(.*?)</script>', panel(), re.S)[1])
    assert (held["rows"], held["columns"]) == (8, 16)
    ista, quick, fista = held["methods"]
    assert "weight" not in quick, "the dictionary stands there already"
    assert quick["momenta"][:2] == [0.0, 0.0]
    assert quick["momenta"][2] > 0.2
    assert (ista["name"], ista["kind"], ista["steps"], ista["kept"]) == ("ISTA", "coupled", [1.0] * 3, [0] * 3)
    assert (fista["kind"], len(fista["momenta"]), len(fista["thresholds"])) == ("recurrent", 3, 3)
    analytic = described(CoupledLISTA(8, 16, 3, selection=0.1, analytic=True).from_algorithm(DICTIONARY), DICTIONARY)
    assert analytic["kept"] == [1, 2, 2]
    assert panel() == panel()


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"dictionary": torch.ones(3)}, ValueError, r"dictionary has the shape \(3,\): expected \(m, n\)"),
        ({"networks": {}}, ValueError, r"methods have \[\] layers"),
        ({"networks": networks() | {"deep": CoupledLISTA(8, 16, 5)}}, ValueError, r"methods have \[3, 5\] layers"),
        ({"networks": {"large": LISTA(8, 32, 3)}}, ValueError, "expected the dictionary's"),
        ({"code": torch.zeros(8)}, ValueError, r"code has the shape \(8,\): expected \(16,\)"),
        ({"code": torch.full((16,), torch.nan)}, ValueError, "without NaN"),
        ({"alt": "short"}, ValueError, "has 5 characters"),
        ({"kilobytes": 0.5}, ValueError, r"weighs \d+ kB, the limit is 0 kB"),
        ({"share": 0}, ValueError, "share is 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(changes: dict, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        panel(**changes)


def test_another_network_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a LISTA or a CoupledLISTA"):
        described(torch.nn.Linear(1, 1), DICTIONARY)
