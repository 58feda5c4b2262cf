"""The slider figures' script, on pages of our own: keyboard, address, several figures, no scripts, less motion, file://."""

from __future__ import annotations

import importlib
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mddl_lib.pages.sliders import explore, player

pytestmark = pytest.mark.site

RAMP = np.linspace(0.1, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sliders</title>
<link rel="icon" href="data:,"></head><body><main>
<h1 id="top">Sliders</h1><p><a id="to-section" href="#section">section</a> <a id="to-state" href="#second:k=2">state</a></p>
{figures}<div style="height:3000px"></div><h2 id="section">A section</h2></main></body></html>"""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """A page with three figures, written as a build writes them."""
    outputs = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MDDL_STATIC", "1")
        for module in ("explore", "player"):
            patch.setattr(importlib.import_module(f"mddl_lib.pages.sliders.{module}"), "display", outputs.append)
        explore(
            lambda ratio, stage: (RAMP * ratio / 40 / (1 + stage), f"ratio {ratio}, stage {stage}"),
            alt="A ramp for sampling ratio {ratio} at stage {stage}",
            name="first",
            units={"ratio": "%"},
            ratio=[20, 30, 40],
            stage=range(4),
        )
        explore(lambda k: RAMP ** (1 + k), alt="A ramp to the power of one plus {k}", name="second", k=[0, 1, 2])
        tracks = {name: [RAMP * (k + 1) / n for k in range(4)] for name, n in (("slow", 6), ("fast", 5))}
        player(tracks, RAMP, alt="Two methods at step {k}: {text}", name="both")
    path = tmp_path_factory.mktemp("sliders") / "page.html"
    path.write_text(PAGE.format(figures="\n".join(output.data for output in outputs)), encoding="utf-8")
    return path


@pytest.fixture
def open_figures(open_page, serve, file):
    address = serve(file.parent) + "/page.html"

    def start(fragment: str = "", **options):
        errors = []
        page = open_page("about:blank", **options)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.errors_seen = errors
        page.goto(address + fragment, wait_until="load")
        return page

    return start


READ = """(name) => {
  const figure = document.getElementById(name);
  const said = [...figure.querySelectorAll('input')].map((slider) => slider.getAttribute('aria-valuetext'));
  return [...said, figure.querySelector('img').alt];
}"""


def state(page, name: str) -> tuple[str, ...]:
    """What the figure's sliders say, and the alt text, at one moment."""
    return tuple(page.evaluate(READ, name))


def wait_for_state(page, name: str, *expected: str) -> None:
    """A link is followed in a task of its own, so not at once; fails when the figure never says this."""
    try:
        page.wait_for_function(
            f"([name, expected]) => expected.every((said, k) => ({READ})(name)[k] === said)",
            arg=[name, list(expected)],
            timeout=20_000,
        )
    except Exception:  # whatever stopped the wait, the answer that is missing says more
        assert state(page, name)[: len(expected)] == expected
        raise


def wait_for_address(page, fragment: str) -> None:
    """The address is written once the slider rests, so not at once; fails when it never is."""
    page.wait_for_function("(fragment) => location.hash === fragment", arg=fragment)


def test_keyboard_moves_picture_text_and_address(open_figures):
    page = open_figures()
    frame, slider = page.locator("#first .mddl-frame"), page.locator("#first--stage")
    before = frame.screenshot()
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert state(page, "first") == ("20 %", "1", "A ramp for sampling ratio 20 at stage 1")
    assert page.locator("#first .mddl-text").inner_text() == "ratio 20, stage 1"
    assert page.locator("#first output").all_inner_texts() == ["20 %", "1"]
    assert frame.screenshot() != before, "the picture did not move"
    wait_for_address(page, "#first:ratio=20,stage=1")
    page.keyboard.press("End")
    assert state(page, "first")[1] == "3"
    page.keyboard.press("Home")
    assert state(page, "first") == ("20 %", "0", "A ramp for sampling ratio 20 at stage 0")
    assert frame.screenshot() == before
    page.keyboard.press("ArrowLeft")
    assert state(page, "first")[1] == "0", "below the first value there is none"
    assert page.errors_seen == []


def test_every_frame_shows_its_own_picture(open_figures):
    """The mean brightness on the screen is that of the array which was computed for these values."""
    page = open_figures()
    for ratio in range(3):
        for stage in range(4):
            for name, value in (("ratio", ratio), ("stage", stage)):
                page.locator(f"#first--{name}").fill(str(value))
            shown = np.asarray(Image.open(BytesIO(page.locator("#first .mddl-frame").screenshot())).convert("L"))
            inside = shown[20:-20, 20:-20] / 255
            array = RAMP[4:-4, 4:-4] * [20, 30, 40][ratio] / 40 / (1 + stage)
            assert abs(inside.mean() - array.mean()) < 0.02, (ratio, stage)


def test_figures_share_the_address(open_figures):
    page = open_figures()
    page.locator("#first--ratio").fill("2")
    page.locator("#second--k").fill("1")
    wait_for_address(page, "#first:ratio=40,stage=0;second:k=1")
    other = open_figures("#first:ratio=40,stage=0;second:k=1")
    assert state(other, "first")[:2] == ("40 %", "0")
    assert state(other, "second")[0] == "1"
    assert state(other, "both")[0] == "0"


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("#first:ratio=30,stage=2", ("30 %", "2")),
        ("#first:stage=3", ("20 %", "3")),
        ("#first:ratio=99,stage=2", ("20 %", "2")),
        ("#first:ratio=,stage", ("20 %", "0")),
        ("#first:unknown=1", ("20 %", "0")),
        ("#other:ratio=30", ("20 %", "0")),
        ("#first:ratio=%E0%A4%A,stage=1", ("20 %", "1")),
        ("#first:;;:,=,%%", ("20 %", "0")),
        ("#constructor:ratio=30;first:ratio=40", ("40 %", "0")),
        ("#first", ("20 %", "0")),
    ],
)
def test_address_sets_what_it_knows_and_ignores_the_rest(open_figures, fragment, expected):
    page = open_figures(fragment)
    assert state(page, "first")[:2] == expected
    assert state(page, "first")[2] == f"A ramp for sampling ratio {expected[0][:2]} at stage {expected[1]}"
    assert page.errors_seen == []


@pytest.mark.parametrize(
    "fragment",
    [
        "#first%3Aratio%3D30%2Cstage%3D2",  # every sign encoded
        "#first%3aratio%3d30%2cstage%3d2",
        "#first%253Aratio%253D30%252Cstage%253D2",  # twice
        "#first:ratio%3D30,stage%3D2",
        "#first:ratio=30%2Cstage=2",
        "#first:ratio=30,stage=2&utm_source=newsletter&utm_medium=email",
        "#first:ratio=30,stage=2&amp;utm_source=newsletter",
        "#first:ratio=30,stage=2?fbclid=IwAR0x:y=z",
        "#first%3Aratio%3D30%2Cstage%3D2%26utm_source%3Dx",
        "#utm_source=x&first:ratio=30,stage=2",
        "#first:ratio=30,stage=2.",
        "#first:ratio=30,stage=2),",
        "#first:ratio=30,stage=2%22%3E",
        "#first:ratio=30,stage=2;",
        "#first:ratio=30,stage=2/",
        "#FIRST:RATIO=30,STAGE=2",
        "#first:ratio=3D30,stage=3D2",  # quoted-printable
        "#first:ratio=30,%20stage=2",
        "#first:ratio=30,stage=2#first:",
        "#first:ratio=30,stage=2%E2%80",  # cut in the middle of a sign
    ],
)
def test_a_link_survives_mail_chats_and_trackers(open_figures, fragment):
    page = open_figures(fragment)
    if fragment.endswith("%E2%80"):  # a value that is no more one of ours moves nothing; the rest does
        assert state(page, "first")[0] == "30 %"
    else:
        assert state(page, "first") == ("30 %", "2", "A ramp for sampling ratio 30 at stage 2")
    assert page.errors_seen == []
    page.locator("#first--stage").fill("3")
    wait_for_address(page, "#first:ratio=30,stage=3")  # the next move writes the address as it should be


def test_a_repeated_move_to_the_same_state_brings_the_figure_back(open_figures):
    """The address is the same, so the browser reports no change: the figure comes into view, and shows what the link names."""
    page = open_figures(viewport={"width": 800, "height": 400})
    page.locator("#to-state").click()
    page.wait_for_function("scrollY > 0")
    wait_for_state(page, "second", "2")
    for move in ("1", None):
        page.evaluate("scrollTo(0, 0)")
        if move:
            page.locator("#second--k").fill(move)  # its address is not written yet when the link is followed again
        page.evaluate("document.getElementById('to-state').click()")
        page.wait_for_function("scrollY > 0")
        page.wait_for_function("document.getElementById('second--k').value === '2'")
        page.wait_for_timeout(300)
        assert page.evaluate("location.hash") == "#second:k=2"


def test_address_changes_while_the_page_is_open(open_figures):
    page = open_figures()
    page.locator("#to-state").click()
    wait_for_state(page, "second", "2", "A ramp to the power of one plus 2")
    page.go_back()
    wait_for_address(page, "")


def test_a_value_that_is_none_of_ours_moves_nothing(open_figures):
    page = open_figures("#first:ratio=30,stage=2")
    page.evaluate("location.hash = '#first:ratio=99,stage=3'")
    wait_for_state(page, "first", "30 %", "3")


def test_a_section_is_still_a_section(open_figures):
    page = open_figures("#section")
    page.wait_for_function("document.getElementById('section').getBoundingClientRect().top < 900")
    assert state(page, "first")[:2] == ("20 %", "0")
    page.evaluate("scrollTo(0, 0)")
    page.locator("#to-section").click()
    page.wait_for_function("scrollY > 1000")
    page.wait_for_timeout(500)
    assert page.evaluate("location.hash") == "#section", "figures that nobody moved leave the address alone"


def test_a_linked_figure_comes_into_view(open_figures):
    page = open_figures("#both:k=2", viewport={"width": 800, "height": 400})
    page.wait_for_function(
        "(() => { const r = document.getElementById('both').getBoundingClientRect(); return r.top < 400 && r.bottom > 0; })()"
    )


def test_without_scripts_the_first_frame_stands_alone(open_page, file):
    page = open_page(file.as_uri(), java_script_enabled=False)
    figure = page.locator("#first")
    assert figure.locator("img").get_attribute("alt") == "A ramp for sampling ratio 20 at stage 0"
    assert figure.locator(".mddl-frame").bounding_box()["height"] > 200
    assert not figure.locator("input").first.is_visible(), "sliders that cannot move are not shown"


def test_works_from_a_file(open_page, file):
    page = open_page(file.as_uri() + "#second:k=1")
    assert state(page, "second")[0] == "1"
    page.locator("#first--ratio").fill("1")
    assert state(page, "first")[0] == "30 %"
    wait_for_address(page, "#first:ratio=30,stage=0;second:k=1")


def test_play_walks_to_the_end_and_pauses(open_figures):
    page = open_figures()
    button = page.locator("#both .mddl-play")
    assert button.inner_text() == "Play"
    button.focus()
    page.keyboard.press("Enter")
    assert button.inner_text() == "Pause"
    line = page.locator("#both .mddl-text")
    assert line.get_attribute("aria-live") == "off", "a line that changes twice a second is not read out"
    page.wait_for_function("document.querySelector('#both input').value > 0")
    page.keyboard.press("Space")
    assert button.inner_text() == "Play"
    assert line.get_attribute("aria-live") is None
    paused = state(page, "both")[0]
    page.wait_for_timeout(1200)
    assert state(page, "both")[0] == paused, "it walks on while it pauses"
    page.locator("#both input").fill("1")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#both .mddl-play').textContent === 'Play'")
    wait_for_state(page, "both", "3")
    page.keyboard.press("Enter")
    assert state(page, "both")[0] == "0", "from the end it starts again"


def test_less_motion_means_one_step_a_press(open_figures):
    page = open_figures(reduced_motion="reduce")
    button = page.locator("#both .mddl-play")
    assert button.inner_text() == "Next step"
    button.click()
    page.wait_for_timeout(1200)
    assert state(page, "both")[0] == "1"


def test_the_player_names_its_psnr(open_figures):
    page = open_figures("#both:k=3")
    assert re.fullmatch(r"slow \d+\.\d dB · fast \d+\.\d dB", page.locator("#both .mddl-text").inner_text())
