"""The live descent in Chromium: its turns against torch, and its panel by keyboard, from the disk."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import mddl_lib
from mddl_lib.core.unrolled import estimates
from mddl_lib.pages.live_descent import live_descent
from mddl_lib.pages.live_network.assets import assets
from mddl_lib.pages.live_network.numbers import as_text
from mddl_lib.restoration.physics import Denoising
from mddl_lib.restoration.range_field.for_the_page import described
from tests.site import live_pages
from tests.site.live_pages import PAGE, decibels, disc

pytestmark = pytest.mark.site


def as_in_the_page(network):
    """Filters and influences in half precision, all else in double: what the page computes with."""
    with torch.no_grad():
        for stage in network.stages:
            kernel = stage.energy.filters.kernel().half().double()
            stage.energy.filters.kernel = lambda kernel=kernel: kernel
            values = stage.energy.potentials.curve.values
            values.copy_(values.half())
    return network.double()


@pytest.mark.parametrize("level", [15, 25, 50])
def test_every_turn_is_torchs(browser, level: int) -> None:
    side, network = 24, mddl_lib.load(f"radial_basis_{level}")
    told = as_text(described(network))
    noisy = torch.rand(side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(level))
    scripts = assets("live_network", ("numbers.js",)) + "\n" + assets("live_descent", ("descent.js",))
    page = browser.new_page()
    found = page.evaluate(
        """([scripts, described, noisy]) => {
        const { LearnedDescent, halves } = new Function(scripts + '; return { LearnedDescent, halves };')();
        const turns = described.turns.map((turn) => ({ ...turn, filters: halves(turn.filters), values: halves(turn.values) }));
        const network = new LearnedDescent({ ...described, turns }, Math.sqrt(noisy.length));
        return network.estimates(Float64Array.from(noisy)).map((x) => Array.from(x)); }""",
        [scripts, told, noisy.flatten().tolist()],
    )
    page.close()
    with torch.no_grad():
        expected = estimates(as_in_the_page(network), noisy[None, None], Denoising(level / 255))
    assert len(found) == len(expected) == 6
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.reshape(ours, (side, side)), theirs[0, 0].numpy(), atol=1e-6)
    assert np.abs(np.subtract(found[5], found[0])).max() > 0.05


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    networks = {level: described(mddl_lib.load(f"radial_basis_{level}")) for level in (25, 50)}
    alt = "A disc with noise, what the network leaves of it, and the error"
    path = tmp_path_factory.mktemp("descent") / "page.html"
    panel = live_descent({"a disc": disc(60)}, networks, alt=alt, name="descent").data
    path.write_text(PAGE.format(figures=panel), encoding="utf-8")
    return path


@pytest.fixture
def opened(open_page, file):
    return functools.partial(live_pages.open_from_disk, open_page, file, ("descent",))


text = functools.partial(live_pages.text, name="descent")
until = functools.partial(live_pages.until, name="descent")


def test_turns_and_noise_by_keyboard(opened) -> None:
    page = opened()
    before, after = decibels(text(page))
    assert before == pytest.approx(20.2, abs=0.2), "noise of 25 grey levels"
    assert after > before + 8
    page.focus("#descent--turn")
    page.keyboard.press("Home")
    assert decibels(until(page, "after turn 0 of 5")) == (before, before)
    page.keyboard.press("End")
    page.locator("#descent--noise").fill("60")
    until(page, "^Noise 60: .*Network trained at 50, the nearest; [0-9]+ ms in this browser")
    page.locator("#descent--noise").fill("0")
    until(page, "^Noise 0: exact; after turn 5")
    assert page.errors_seen == []
    assert all(url.startswith(("file:", "blob:", "data:")) for url in page.asked)


def test_ones_own_picture_and_a_file_that_is_none(opened, tmp_path: Path) -> None:
    page = opened()
    before = text(page)
    Image.fromarray(np.full((40, 50), 90, np.uint8)).save(tmp_path / "flat.png")
    page.set_input_files("[data-part=file]", tmp_path / "flat.png")
    page.wait_for_function("(old) => document.querySelector('[data-part=text]').textContent !== old", arg=before)
    assert decibels(text(page))[1] > 30, "a flat picture is easy"
    (tmp_path / "notes.txt").write_text("no picture")
    page.set_input_files("[data-part=file]", tmp_path / "notes.txt")
    until(page, r"notes\.txt cannot be read as a picture")
    page.locator("#descent--noise").fill("30")
    until(page, "^Noise 30")


def test_it_fits_a_telephone_and_says_what_is_missing_without_scripts(opened) -> None:
    page = opened(viewport={"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page = opened(java_script_enabled=False)
    assert "scripts are off" in page.locator("#descent noscript").inner_text()
