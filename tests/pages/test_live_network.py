"""The live network's HTML: what it holds, what it weighs, that it is the same every time, and what it refuses."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import torch

import mddl_lib
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.pages.live_network import live_network
from mddl_lib.pages.live_network.numbers import PERCENTS, files, packed, rounded, shipped

ALT = "A mask, the zero-filled image, and the network's image"
IMAGE = np.linspace(0, 1, 256 * 256, dtype=np.float32).reshape(256, 256)


def panel(**changes):
    options = {"images": {"a ramp": IMAGE}, "alt": ALT, "networks": {20: ADMMNet(-1), 40: ADMMNet(0)}} | changes
    return live_network(options.pop("images"), options.pop("networks"), **options).data


def held(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.S)[1])


def test_the_first_network_stands_in_the_page_and_the_others_are_files_of_the_book() -> None:
    data = held(panel())
    assert data["networks"]["20"] == {"inline": packed(ADMMNet(-1))}
    assert data["networks"]["40"] == {"file": "_static/live/admm_net_40.js"}
    assert data["images"][0].startswith("data:image/webp;base64,")


def test_numbers_are_half_precision_in_torchs_order() -> None:
    network = ADMMNet(0)
    numbers = np.frombuffer(base64.b64decode(packed(network)), "<f2")
    expected = np.concatenate([value.numpy().ravel() for value in network.state_dict().values()])
    np.testing.assert_array_equal(numbers, expected.astype(np.float16))
    assert [key for key in network.state_dict()][:3] == [
        "start.reconstruction.penalty",
        "start.reconstruction.filters.coefficients",
        "stages.0.rate",
    ]
    again = torch.cat([value.flatten() for value in rounded(ADMMNet(0)).state_dict().values()])
    np.testing.assert_array_equal(again.numpy(), numbers.astype(np.float64))


def test_a_ratio_weighs_less_than_60_kilobytes() -> None:
    networks = shipped(mddl_lib.load)
    assert tuple(networks) == PERCENTS
    for path, text in files(networks).items():
        assert len(text) <= 60_000, path
        assert re.fullmatch(r'mddlLive\.numbers\("_static/live/admm_net_\d+\.js","[A-Za-z0-9+/=]+"\);\n', text)


def test_the_same_input_gives_the_same_text_and_ids_follow_the_name() -> None:
    assert panel(name="one") == panel(name="one")
    small = panel(name="two", small=True)
    assert 'id="two--share"' in small
    assert 'data-part="turn"' not in small
    assert set(re.findall(r'data-part="(\w+)"', panel())) == {
        "mask", "zero", "estimate", "error", "text", "image", "share", "kind", "turn", "noise", "erase", "clear", "file",
    }  # fmt: skip


def test_its_scripts_make_one_global_name_and_cannot_end_their_elements() -> None:
    text = panel(images={"</script><b>": IMAGE})
    scripts = re.findall(r"<script(?: type=\"[^\"]*\")?(?: class=\"[^\"]*\")?>(.*?)</script>", text, re.S)
    assert len(scripts) == 3
    assert scripts[2].startswith("// The live network")
    assert re.findall(r"window\.(\w+) =", scripts[2]) == ["mddlLive"]
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"images": {}}, "images or networks is empty"),
        ({"networks": {}}, "images or networks is empty"),
        ({"images": {"small": IMAGE[:128]}}, r"image 'small' has the shape \(128, 256\)"),
        ({"images": {"bad": IMAGE * np.nan}}, "image 'bad'"),
        ({"alt": "short"}, "alt text 'short' has 5 characters"),
        ({"kilobytes": 1}, r"figure 'live-network' weighs \d+ kB, the limit is 1 kB"),
        ({"error_scale": 0}, "error_scale is 0"),
        ({"name": "two words"}, "two words"),
    ],
)
def test_what_cannot_be_shown_is_refused(changes: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        panel(**changes)


def test_numbers_that_half_precision_cannot_keep_are_refused() -> None:
    network = ADMMNet(-1)
    with torch.no_grad():
        network.start.reconstruction.penalty[0] = 1e6
    with pytest.raises(ValueError, match="beyond 65 504"):
        packed(network)
    with pytest.raises(TypeError, match="network is a str"):
        packed("net")
    with pytest.raises(TypeError, match="network is a str"):
        rounded("net")
