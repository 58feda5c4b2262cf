"""The live network's panel, from the disk: keyboard, drawing, own pictures, wrong files, noise, other networks, narrow pages."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

import mddl_lib
from mddl_lib.pages.live_network import live_network
from mddl_lib.pages.live_network.numbers import files, shipped
from tests.site import live_pages
from tests.site.live_pages import PAGE, decibels, disc

pytestmark = pytest.mark.site
ALT = "A mask, the zero-filled image, the network's image, and its error"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A page with two panels, and one of the three files of other networks."""
    path = tmp_path_factory.mktemp("live")
    panels = [
        live_network(
            {"a disc": disc(60), "a smaller disc": disc(30)}, shipped(mddl_lib.load), alt=ALT, name="large"
        ).data,
        live_network({"a disc": disc(60)}, shipped(mddl_lib.load), alt=ALT, name="small", small=True).data,
    ]
    (path / "page.html").write_text(PAGE.format(figures="\n".join(panels)), encoding="utf-8")
    for name, text in files(shipped(mddl_lib.load)).items():
        if name.endswith("admm_net_40.js"):
            (path / name).parent.mkdir(parents=True)
            (path / name).write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def opened(open_page, folder):
    """The page from the disk, both panels at rest."""
    return functools.partial(live_pages.open_from_disk, open_page, folder / "page.html", ("large", "small"))


text = functools.partial(live_pages.text, name="large")
until = functools.partial(live_pages.until, name="large")


def share(line: str) -> float:
    return float(re.match(r"([\d.]+) % measured", line)[1])


def test_it_computes_in_a_worker_and_asks_for_nothing(opened, folder) -> None:
    page = opened()
    before, after = decibels(text(page))
    assert after > before + 3
    assert len(page.workers) == 2
    assert [url for url in page.asked if not url.startswith(("blob:", "data:"))] == [(folder / "page.html").as_uri()]
    assert page.errors_seen == []


def test_turns_by_keyboard(opened) -> None:
    page = opened()
    page.focus("#large--turn")
    page.keyboard.press("Home")
    first = until(page, "after turn 0 of 17")
    page.keyboard.press("ArrowRight")
    second = until(page, "after turn 1 of 17")
    page.keyboard.press("End")
    last = until(page, "after turn 17 of 17")
    assert decibels(first)[0] == decibels(last)[0]
    assert decibels(first)[1] != decibels(second)[1]
    assert decibels(first)[1] < decibels(last)[1]
    assert page.get_attribute("#large--turn", "aria-valuetext") == "17"
    assert "17 of 17" in page.get_attribute("#large [data-part=estimate]", "aria-label")


def test_another_ratio_fetches_the_nearest_network_from_the_book(opened, folder) -> None:
    page = opened()
    page.locator("#large--share").fill("45")
    line = until(page, "trained at 40 %, the nearest")
    assert 44 < share(line) < 46
    own = [url for url in page.asked if not url.startswith(("blob:", "data:"))]
    assert own[1:] == [(folder / "_static/live/admm_net_40.js").as_uri()]
    page.locator("#large--share").fill("20")
    until(page, "trained at 20 %;")
    page.locator("#large--share").fill("42")
    until(page, "trained at 40 %")
    assert len([url for url in page.asked if url.endswith("admm_net_40.js")]) == 1


def test_a_network_that_is_not_there_is_named_and_the_panel_goes_on(opened) -> None:
    page = opened()
    page.locator("#large--share").fill("30")
    until(page, r"admm_net_30\.js is not here: the other networks come with the built book")
    page.locator("#large--share").fill("20")
    until(page, "trained at 20 %")


@pytest.mark.parametrize("kind", ["Cartesian", "random"])
def test_other_masks(opened, kind: str) -> None:
    page = opened()
    radial = text(page)
    page.select_option("#large--kind", kind)
    page.wait_for_function("(old) => document.querySelector('#large [data-part=text]').textContent !== old", arg=radial)
    assert share(text(page)) == pytest.approx(20, abs=0.5)
    page.focus("#large--share")
    page.keyboard.press("ArrowLeft")
    until(page, "^19")
    assert page.input_value("#large--kind") == kind


def test_noise_hurts(opened) -> None:
    page = opened()
    quiet = decibels(text(page))
    page.locator("#large--noise").fill("50")
    page.wait_for_function("document.querySelector('#large').dataset.shown > 1")
    loud = decibels(text(page))
    assert loud[0] < quiet[0]
    assert loud[1] < quiet[1] - 3
    assert page.get_attribute("#large--noise", "aria-valuetext") == "0.05"


def draw(page) -> None:
    """A stroke along the mask's upper edge."""
    canvas = page.locator("#large [data-part=mask]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + 14, steps=5)
    page.mouse.up()


def test_a_mask_is_drawn_with_the_pointer_and_cleared(opened) -> None:
    page = opened()
    start = share(text(page))
    draw(page)
    page.wait_for_function("document.querySelector('#large--kind').value === 'drawn'")
    page.wait_for_function("document.querySelector('#large').dataset.shown > 1")
    page.wait_for_timeout(500)
    drawn = share(text(page))
    assert drawn > start + 1
    page.check("#large--erase")
    draw(page)
    page.wait_for_function(
        "(most) => parseFloat(document.querySelector('#large [data-part=text]').textContent) < most", arg=drawn
    )
    page.click("#large [data-part=clear]")
    until(page, r"^0\.0 % measured")  # the zero frequency stays: the image's mean
    assert page.errors_seen == []


def test_a_mask_is_drawn_by_keyboard(opened) -> None:
    page = opened()
    page.click("#large [data-part=clear]")
    until(page, r"^0\.0 %")
    page.focus("#large [data-part=mask]")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("Space")
    until(page, r"^0\.[1-9] % measured")
    assert page.input_value("#large--kind") == "drawn"
    assert page.get_attribute("#large [data-part=mask]", "aria-label").startswith("Mask with 0.")


def test_without_scripts_a_sentence_says_what_is_missing(opened) -> None:
    page = opened(java_script_enabled=False)
    assert "scripts are off" in page.locator("#large noscript").inner_text()
    assert not page.locator("#large--share").is_visible()


def test_it_fits_a_telephone(opened) -> None:
    page = opened(viewport={"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
