"""The slider figures: what they refuse, what they contain, that frames come back from the sprite, and their live half."""

import base64
import importlib
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image

from mddl_lib.core.metrics import psnr
from mddl_lib.pages.sliders import explore, player
from mddl_lib.pages.sliders.frames import to_pixels
from mddl_lib.pages.sliders.live_figure import live_figure
from mddl_lib.pages.sliders.parameters import combinations, read_parameters, start_index
from mddl_lib.pages.sliders.sprite import pack

ALT = "A grey ramp, brightness {level}, turned {turn} times"
RAMP = np.linspace(0, 1, 40 * 24, dtype=np.float32).reshape(24, 40)


def ramp(level: float, turn: int) -> tuple[np.ndarray, str]:
    return level * (RAMP if turn % 2 == 0 else RAMP[::-1, ::-1]), f"mean {level / 2:.2f}"


@pytest.fixture
def shown(monkeypatch) -> list:
    """What the calls display, in the life of the page."""
    monkeypatch.setenv("MDDL_STATIC", "1")
    outputs = []
    for module in ("explore", "player"):
        monkeypatch.setattr(importlib.import_module(f"mddl_lib.pages.sliders.{module}"), "display", outputs.append)
    return outputs


def data_of(figure: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', figure, re.S).group(1))


def sheet_of(figure: str) -> np.ndarray:
    webp = base64.b64decode(re.search(r"data:image/webp;base64,([^\"]+)", figure).group(1))
    return np.asarray(Image.open(io.BytesIO(webp)).convert("RGB"))


class Elements(HTMLParser):
    """Every element's tag and attributes; complains when tags do not close in order."""

    VOID = frozenset({"img", "input", "br", "meta", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.found if name == tag]


# ---- the figure in the page -------------------------------------------------------------------------------------------


def test_static_figure_has_every_frame_in_order(shown):
    explore(ramp, alt=ALT, name="demo", level=[0.2, 0.6, 1.0], turn=[0, 1])
    figure = shown[0].data
    data, sheet = data_of(figure), sheet_of(figure)
    assert len(data["tiles"]) == len(data["alts"]) == len(data["texts"]) == 6
    frames = [(level, turn) for level in (0.2, 0.6, 1.0) for turn in (0, 1)]
    for index, (level, turn) in enumerate(frames):
        row, column = divmod(data["tiles"][index], data["columns"])
        top, left = (round(data["pitch"][0] * 24 / 100) * row, round(data["pitch"][1] * 40 / 100) * column)
        tile = sheet[top : top + 24, left : left + 40].astype(float) / 255
        expected = ramp(level, turn)[0]
        assert np.abs(tile.mean(axis=2) - expected).mean() < 0.01, (level, turn)
        assert data["alts"][index] == ALT.format(level=level, turn=turn)
        assert data["texts"][index] == f"mean {level / 2:.2f}"


def test_static_figure_is_accessible_without_scripts(shown):
    explore(ramp, alt=ALT, name="demo", caption="A < B & C", units={"level": "%"}, level=[0.5, 1.0], turn=range(3))
    elements = Elements(shown[0].data)
    (image,) = elements.all("img")
    assert image["alt"] == ALT.format(level=0.5, turn=0)
    sliders = elements.all("input")
    labels = {label["for"] for label in elements.all("label")}
    assert [slider["id"] for slider in sliders] == ["demo--level", "demo--turn"]
    assert {slider["id"] for slider in sliders} == labels
    assert [slider["aria-valuetext"] for slider in sliders] == ["0.5 %", "0"]
    assert [slider["max"] for slider in sliders] == ["1", "2"]
    assert elements.all("p")[0]["role"] == "status"
    assert "A &lt; B &amp; C" in shown[0].data
    assert "http" not in re.sub(r"data:image/webp;base64,[^\"]+", "", shown[0].data), "a figure asks nobody"


def test_static_figure_is_deterministic_and_starts_where_told(shown):
    for _ in range(2):
        explore(ramp, alt=ALT, level=[0.5, 1.0], turn=range(3), start={"level": 1.0, "turn": 2})
    assert shown[0].data == shown[1].data
    elements = Elements(shown[0].data)
    assert elements.all("figure")[0]["id"] == "ramp-level-turn"
    assert elements.all("img")[0]["alt"] == ALT.format(level=1.0, turn=2)
    assert [slider["value"] for slider in elements.all("input")] == ["1", "2"]


def test_equal_frames_share_a_tile(shown):
    explore(ramp, alt=ALT, level=[0.5, 1.0], turn=range(4))
    assert data_of(shown[0].data)["tiles"] == [0, 1, 0, 1, 2, 3, 2, 3]


def test_text_cannot_end_the_script(shown):
    explore(lambda k: (RAMP, "</script><b>"), alt="</script> alt text of a grey ramp {k}", name="x", k=[0])
    assert data_of(shown[0].data)["texts"] == ["</script><b>"]
    assert "<b>" not in shown[0].data


def test_alt_may_be_a_callable_and_tensors_are_taken(shown):
    explore(lambda k: torch.full((8, 8, 3), 0.5), alt=lambda k: f"A grey square, number {k + 1} of two", k=[0, 1])
    assert data_of(shown[0].data)["alts"] == ["A grey square, number 1 of two", "A grey square, number 2 of two"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "at least one parameter"),
        ({"level": []}, "'level' has no values"),
        ({"level": [1, 1.0]}, "more than once"),
        ({"level": "abc"}, "list, range or array"),
        ({"level": 3}, "list, range or array"),
    ],
)
def test_parameters_refused(shown, parameters, message):
    with pytest.raises(ValueError, match=message):
        explore(lambda level: RAMP, alt="A grey ramp from dark to bright", **parameters)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda k: RAMP[: 10 + k], r"k=1 is \(11, 40\), the first one is \(10, 40\)"),
        (lambda k: np.where(RAMP > 0.5, np.nan, RAMP), r"k=0\): \d+ values are NaN"),
        (lambda k: np.full((4, 4), np.inf), "16 values are NaN or infinite"),
        (lambda k: np.zeros((4, 4), np.uint8), "type uint8"),
        (lambda k: np.zeros((4, 4), np.complex64), "type complex64"),
        (lambda k: np.zeros((4, 4, 2)), r"shape \(4, 4, 2\)"),
        (lambda k: np.zeros(4), r"shape \(4,\)"),
        (lambda k: np.zeros((0, 4)), r"shape \(0, 4\)"),
        (lambda k: (RAMP, 31.2), "second value is 31.2"),
    ],
)
def test_pictures_refused(shown, function, message):
    with pytest.raises(ValueError, match=message):
        explore(function, alt="A grey ramp from dark to bright", k=[0, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alt": "short"}, "5 characters; expected 20 to 250"),
        ({"alt": "A ramp that asks for {unknown}"}, "'unknown', which is no parameter"),
        ({"name": "has space"}, "cannot stand in an address"),
        ({"units": {"j": "%"}}, "units names 'j'"),
        ({"start": {"k": 7}}, "start k=7 is not among the values 0, 1"),
        ({"kilobytes": 0.1}, "give fewer values or smaller frames"),
    ],
)
def test_options_refused(shown, options, message):
    with pytest.raises(ValueError, match=message):
        explore(lambda k: RAMP / (1 + k), k=[0, 1], **({"alt": "A grey ramp from dark to bright"} | options))


def test_pixels_are_rounded_and_clipped():
    pixels = to_pixels(np.array([[-0.5, 0.0, 0.5, 1.0, 7.0]]), "here")
    assert pixels[0, :, 0].tolist() == [0, 0, 128, 255, 255]
    assert pixels.shape == (1, 5, 3)


def test_start_index_matches_the_order_of_combinations():
    parameters = read_parameters({"a": [1, 2, 3], "b": ["u", "v"]}, start={"a": 3, "b": "u"})
    assert list(combinations(parameters))[start_index(parameters)] == {"a": 3, "b": "u"}


def test_sprite_keeps_neighbours_apart():
    """A white frame between black ones stays white up to its border, and black ones black: nothing bleeds."""
    frames = [
        np.full((30, 30, 3), 255 * (index % 2) + (index if index % 2 == 0 else 0), np.uint8) for index in range(6)
    ]
    sprite = pack(frames, kilobytes=100, name="x")
    sheet = np.asarray(Image.open(io.BytesIO(sprite.webp)).convert("RGB")).astype(int)
    for frame, tile in zip(frames, sprite.tiles, strict=True):
        top, left = sprite.pitch[0] * (tile // sprite.columns), sprite.pitch[1] * (tile % sprite.columns)
        assert np.abs(sheet[top : top + 30, left : left + 30] - frame).max() <= 12


def test_a_drawing_is_kept_without_loss_where_that_is_lighter():
    frames = [np.full((96, 128, 3), 255, np.uint8) for _ in range(4)]
    for index, frame in enumerate(frames):
        frame[20 + index : 22 + index, 10:120] = (213, 94, 0)
        frame[10:90, 12:14] = 0
    sprite = pack(frames, kilobytes=100, name="x")
    sheet = np.asarray(Image.open(io.BytesIO(sprite.webp)).convert("RGB"))
    assert np.array_equal(sheet[:96, :128], frames[sprite.tiles.index(0)])
    noise = [np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8) for seed in range(2)]
    noisy = np.asarray(Image.open(io.BytesIO(pack(noise, kilobytes=100, name="x").webp)).convert("RGB"))
    assert not np.array_equal(noisy[:64, :64], noise[0]), "pictures are lighter with loss"


def test_sprite_lowers_quality_to_fit_and_refuses_what_cannot():
    noise = [np.random.default_rng(seed).integers(0, 256, (64, 64, 3), np.uint8) for seed in range(4)]
    full = len(pack(noise, kilobytes=1000, name="x").webp)
    assert len(pack(noise, kilobytes=0.8 * full / 1000, name="x").webp) <= 0.8 * full
    with pytest.raises(ValueError, match=r"'noise': 4 frames of 64 × 64 weigh \d+ kB"):
        pack(noise, kilobytes=1, name="noise")


def test_script_is_valid_and_the_same_for_every_figure(shown, tmp_path):
    explore(ramp, alt=ALT, name="one", level=[1.0], turn=[0])
    explore(ramp, alt=ALT, name="two", level=[0.5], turn=[0, 1])
    scripts = [output.data.rsplit("<script>", 1)[1] for output in shown]
    assert scripts[0] == scripts[1]
    if node := shutil.which("node"):
        file = tmp_path / "figure.js"
        file.write_text(scripts[0].removesuffix("</script>"))
        subprocess.run([node, "--check", file], check=True)


# ---- the figure under a kernel ----------------------------------------------------------------------------------------


def test_live_figure_recomputes_once_and_follows():
    calls = []

    def counted(level, turn):
        calls.append((level, turn))
        return ramp(level, turn)

    box = live_figure(counted, read_parameters({"level": [0.5, 1.0], "turn": [0, 1]}, units={"level": "%"}), alt=ALT)
    level, _turn, picture = box.children
    first = picture.value
    assert ALT.format(level=0.5, turn=0) in first
    assert level.options[1][0] == "1 %"
    level.value = 1
    assert ALT.format(level=1.0, turn=0) in picture.value
    assert "mean 0.50" in picture.value
    level.value = 0
    assert picture.value == first
    assert calls == [(0.5, 0), (1.0, 0)], "a combination is computed once and then remembered"


def test_explore_is_live_unless_told(shown, monkeypatch):
    monkeypatch.delenv("MDDL_STATIC")
    explore(ramp, alt=ALT, level=[0.5, 1.0], turn=[0])
    assert type(shown[0]).__name__ == "VBox"


def test_live_figure_refuses_what_the_page_refuses(shown, monkeypatch):
    monkeypatch.delenv("MDDL_STATIC")
    with pytest.raises(ValueError, match="NaN"):
        explore(lambda k: RAMP * np.nan, alt="A grey ramp from dark to bright", k=[0])


# ---- the iteration player ---------------------------------------------------------------------------------------------


def tracks(n_steps: int = 4) -> dict[str, list[np.ndarray]]:
    return {"slow": [RAMP * (k + 1) / 6 for k in range(n_steps)], "fast": [RAMP * (k + 1) / 5 for k in range(n_steps)]}


def test_player_shows_estimates_errors_and_their_psnr(shown):
    player(tracks(), RAMP, alt="Two methods at step {k}, errors underneath: {text}", error_scale=0.5)
    figure = shown[0].data
    data, sheet = data_of(figure), sheet_of(figure).astype(float) / 255
    slow, fast = (psnr(torch.tensor(track[3])[None], torch.tensor(RAMP)[None]).item() for track in tracks().values())
    assert data["texts"][3] == f"slow {slow:.1f} dB · fast {fast:.1f} dB"
    assert data["texts"][3] in data["alts"][3]
    row, column = divmod(data["tiles"][3], data["columns"])
    top, left = round(data["pitch"][0] * 52 / 100) * row, round(data["pitch"][1] * 84 / 100) * column
    frame = sheet[top : top + 52, left : left + 84]
    assert np.abs(frame[:24, :40].mean(axis=2) - tracks()["slow"][3]).mean() < 0.02
    assert np.abs(frame[:24, 44:].mean(axis=2) - tracks()["fast"][3]).mean() < 0.02
    errors = frame[28:, :40].mean(axis=(0, 1)), frame[28:, 44:].mean(axis=(0, 1))
    assert errors[0].sum() > errors[1].sum() + 0.1, "the larger error is the brighter one, on the same scale"
    elements = Elements(figure)
    assert len(elements.all("button")) == 1
    assert "absolute error 0" in figure


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "have no steps"),
        ({"a": [RAMP], "b": [RAMP, RAMP]}, r"\{'a': 1, 'b': 2\} steps"),
        ({"a": []}, "'a' has no steps"),
        ({"a": [RAMP[:5]]}, r"step 0: shape \(5, 40\); the truth has \(24, 40\)"),
        ({"a": [RAMP * np.nan]}, "track 'a', step 0: 960 values are NaN"),
        ({"a": [RAMP[None]]}, r"expected \(height, width\)"),
    ],
)
def test_player_refuses(shown, given, message):
    with pytest.raises(ValueError, match=message):
        player(given, RAMP, alt="Methods at step {k}, errors underneath: {text}")
