"""The live pursuit in Chromium: its layers against torch, and its panel by keyboard and pointer, from the disk."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from mddl_lib.core.unrolled import estimates
from mddl_lib.pages.live_network.assets import assets
from mddl_lib.pages.live_network.numbers import as_text, halves, rounded
from mddl_lib.pages.live_pursuit import live_pursuit
from mddl_lib.sparse_coding.coupled import CoupledLISTA
from mddl_lib.sparse_coding.dictionary import Dictionary, gaussian_dictionary
from mddl_lib.sparse_coding.for_the_page import described
from mddl_lib.sparse_coding.lista import LISTA
from mddl_lib.sparse_coding.pursuit import fista, ista
from tests.site import live_pages
from tests.site.live_pages import PAGE

pytestmark = pytest.mark.site
ROWS, COLUMNS, LAYERS = 12, 24, 5


def dictionary() -> Dictionary:
    """Its entries rounded to half precision: those of the page."""
    return Dictionary(gaussian_dictionary(ROWS, COLUMNS, 0).matrix.half().double())


def perturbed(network):
    """Every number a little off, as training leaves it."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.03 * torch.randn(parameter.shape, generator=generator).abs()
    return network


def methods() -> dict:
    at = Dictionary(dictionary().matrix.float())
    return {
        "ISTA": ista(at, 0.1, LAYERS),
        "FISTA": fista(at, 0.1, LAYERS),
        "LFISTA": perturbed(LISTA(ROWS, COLUMNS, LAYERS, momentum=True).from_algorithm(at)),
        "LISTA": perturbed(LISTA(ROWS, COLUMNS, LAYERS).from_algorithm(at)),
        "CPSS": perturbed(CoupledLISTA(ROWS, COLUMNS, LAYERS, selection=0.05).from_algorithm(at)),
    }


@pytest.mark.parametrize("name", methods())
def test_every_layer_is_torchs(browser, name: str) -> None:
    network, at = methods()[name], dictionary()
    said = as_text(described(network, at))
    y = torch.randn(ROWS, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    scripts = assets("live_network", ("numbers.js",)) + "\n" + assets("live_pursuit", ("pursuit.js",))
    page = browser.new_page()
    found = page.evaluate(
        """([scripts, method, dictionary, y, rows, columns]) => {
        const { Pursuit, halves } = new Function(scripts + '; return { Pursuit, halves };')();
        const matrices = { weight: method.weight && halves(method.weight), recurrent: method.recurrent && halves(method.recurrent) };
        const network = new Pursuit({ ...method, ...matrices }, halves(dictionary), rows, columns);
        return network.estimates(Float64Array.from(y)).map((x) => Array.from(x)); }""",
        [scripts, said, halves(at.matrix), y.tolist(), ROWS, COLUMNS],
    )
    page.close()
    with torch.no_grad():  # matrices rounded as in the page, the numbers a layer as they are
        numbers = {key: value.clone() for key, value in network.state_dict().items() if value.ndim == 0}
        network = rounded(network)
        network.load_state_dict(numbers, strict=False)
        expected = estimates(network, y.view(1, 1, ROWS, 1), at)
    assert len(found) == LAYERS + 1
    assert np.abs(found[-1]).max() > 0.1
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.flatten(), atol=1e-6)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    at = Dictionary(dictionary().matrix.float())
    code = torch.zeros(COLUMNS)
    code[[3, 11]] = torch.tensor([1.5, -2.0])
    alt = "A code of 24 entries and what four methods make of it"
    path = tmp_path_factory.mktemp("pursuit") / "page.html"
    panel = live_pursuit(
        at.matrix, {name: described(n, at) for name, n in methods().items()}, code=code, alt=alt, name="pursuit"
    ).data
    path.write_text(PAGE.format(figures=panel), encoding="utf-8")
    return path


@pytest.fixture
def opened(open_page, file):
    return functools.partial(live_pages.open_from_disk, open_page, file)


text = functools.partial(live_pages.text, name="pursuit")


def entries(page) -> int:
    return int(re.match(r"A code with (\d+) entries", page.get_attribute("[data-part=code]", "aria-label"))[1])


def test_layers_and_noise_by_keyboard(opened) -> None:
    page = opened()
    assert text(page).startswith("After layer 5: ISTA −")
    last = text(page)
    page.focus("#pursuit--layer")
    page.keyboard.press("Home")
    assert text(page) == "After layer 0: " + ", ".join(f"{name} 0.0 dB" for name in methods()) + "."
    page.keyboard.press("End")
    assert text(page) == last
    page.locator("#pursuit--noise").fill("20")
    assert text(page) != last
    assert page.get_attribute("#pursuit--noise", "aria-valuetext") == "0.2"
    page.select_option("#pursuit--method", "LISTA")
    assert "the estimate of LISTA" in page.get_attribute("[data-part=code]", "aria-label")
    assert page.errors_seen == []


def test_a_code_is_set_by_keyboard_and_by_pointer_and_cleared(opened) -> None:
    page = opened()
    assert entries(page) == 2
    page.focus("[data-part=code]")
    page.keyboard.press("ArrowRight")  # the middle entry
    page.keyboard.press("ArrowUp")
    assert entries(page) == 3
    page.keyboard.press("Delete")
    assert entries(page) == 2
    box = page.locator("[data-part=code]").bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 20)
    assert entries(page) == 3
    page.click("[data-part=clear]")
    assert entries(page) == 0
    assert "ISTA –" in text(page), "no code, no error in decibels"
    page.click("[data-part=random]")
    assert entries(page) > 0
    assert page.errors_seen == []


def test_it_fits_a_telephone_and_says_what_is_missing_without_scripts(opened) -> None:
    page = opened(viewport={"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page = opened(java_script_enabled=False)
    assert "scripts are off" in page.locator("#pursuit noscript").inner_text()
