"""The live descent's HTML: what it says of a network, and what it refuses."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from mddl_lib.pages.live_descent import live_descent
from mddl_lib.restoration.range_field.descent import LearnedDescent
from mddl_lib.restoration.range_field.for_the_page import described

IMAGE = np.linspace(0, 1, 256 * 256).reshape(256, 256)
ALT = "A picture with noise, what is left of it, and the error"


def network(**changes) -> LearnedDescent:
    return LearnedDescent(**({"turns": 2, "sigma": 25, "channels": 3} | changes))


def panel(**changes) -> str:
    options = {"images": {"a ramp": IMAGE}, "networks": {25: network(), 50: network(sigma=50)}, "alt": ALT} | changes
    return live_descent(
        options.pop("images"), {k: described(n) for k, n in options.pop("networks").items()}, **options
    ).data


def test_a_network_is_described_turn_by_turn() -> None:
    held = json.loads(re.search(r'<script type="application/json">(.*?)</script>', panel(), re.S)[1])
    assert list(held["networks"]) == ["25", "50"]
    told = held["networks"]["25"]
    assert told["sigma"] == pytest.approx(25 / 255)
    assert told["reach"] == 6.0
    assert [turn["step"] for turn in told["turns"]] == [pytest.approx(0.2)] * 2
    assert len(told["turns"][0]["filters"]) == len("A" * (4 * -(-3 * 25 * 2 // 3)))
    assert panel() == panel()


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"images": {}}, ValueError, "images or networks is empty"),
        ({"networks": {}}, ValueError, "images or networks is empty"),
        ({"images": {"small": IMAGE[:9]}}, ValueError, r"image 'small' has the shape \(9, 256\)"),
        ({"networks": {25: torch.nn.Linear(1, 1)}}, TypeError, "network is a Linear"),
        ({"networks": {25: network(size=3)}}, ValueError, "expected radial_basis, filters of 5 x 5"),
        ({"networks": {25: network(potential="student_t")}}, ValueError, "expected radial_basis"),
        ({"networks": {25: network(tied=True)}}, ValueError, "turns of their own"),
        ({"alt": "short"}, ValueError, "has 5 characters"),
        ({"kilobytes": 1}, ValueError, r"weighs \d+ kB, the limit is 1 kB"),
        ({"error_scale": -1}, ValueError, "error_scale is -1"),
    ],
)
def test_what_cannot_be_shown_is_refused(changes: dict, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        panel(**changes)
