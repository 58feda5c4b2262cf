"""The mesh viewer's script, on a page of our own: keyboard, pointer, slider, button, less motion, no scripts, file://, axe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mddl_lib.pages.mesh_viewer import mesh_viewer

pytestmark = pytest.mark.site

VERTICES = np.array([[-1.0, -1, -1], [1, -1, 1], [1, 1, -1], [-1, 1, 1]])
FACES = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Meshes</title>
<link rel="icon" href="data:,"></head><body><main><h1>Meshes</h1>{figures}</main></body></html>"""


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """A page with two viewers."""
    alt = "A tetrahedron that can be turned, coloured by a function"
    figures = [
        mesh_viewer(VERTICES, FACES, {"low": [-1, -1, -1, -1.0], "high": [1, 1, 1, 1.0]}, alt=alt, name="first").data,
        mesh_viewer(VERTICES, FACES, {"only": [0, 1, 2, 3.0]}, alt=alt, name="second", diverging=False).data,
    ]
    path = tmp_path_factory.mktemp("meshes") / "page.html"
    path.write_text(PAGE.format(figures="\n".join(figures)), encoding="utf-8")
    return path


@pytest.fixture
def open_meshes(open_page, file):
    """The page from the disk, as file://."""

    def start(**options):
        errors = []
        page = open_page("about:blank", **options)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.errors_seen = errors
        page.goto(file.as_uri(), wait_until="load")
        return page

    return start


def wait(page, condition: str) -> None:
    """Until a condition holds: drawing happens in a task of its own."""
    page.wait_for_function(condition, timeout=20_000)


INK = """(name) => { const c = document.querySelector(`#${name} canvas`);
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const sum = [0, 0, 0, 0];
  for (let i = 0; i < d.length; i++) sum[i % 4] += d[i]; return sum; }"""


def drawn(page, name: str) -> list[int]:
    """Sums of red, green, blue and opacity, once something is drawn."""
    wait(page, f"({INK})('{name}')[3] > 0")
    return page.evaluate(INK, name)


def test_a_mesh_is_drawn_and_its_colour_follows_the_slider(open_meshes) -> None:
    page = open_meshes()
    red, _, blue, _ = drawn(page, "first")
    assert blue > red, "below zero is blue"
    page.locator("#first--function").focus()
    page.keyboard.press("ArrowRight")
    wait(page, f"(() => {{ const s = ({INK})('first'); return s[0] > s[2]; }})()")
    assert page.locator("#first--function").get_attribute("aria-valuetext") == "high"
    assert page.locator("#first output").inner_text() == "high"
    assert page.locator("#first canvas").get_attribute("aria-label").endswith("function: high")
    drawn(page, "second")
    assert page.errors_seen == []


def test_arrow_keys_turn_it_and_home_turns_it_back(open_meshes) -> None:
    page = open_meshes()
    before = drawn(page, "first")
    start = page.locator("#first canvas").get_attribute("data-yaw")
    page.locator("#first canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    wait(page, f"document.querySelector('#first canvas').dataset.yaw !== '{start}'")
    wait(page, f"({INK})('first').join() !== '{','.join(map(str, before))}'")
    assert page.locator("#second canvas").get_attribute("data-yaw") == start, "the other one stays"
    page.keyboard.press("Home")
    wait(page, f"({INK})('first').join() === '{','.join(map(str, before))}'")
    assert page.locator("#first canvas").get_attribute("data-yaw") == start


def test_a_drag_turns_it(open_meshes) -> None:
    page = open_meshes()
    drawn(page, "first")
    box, start = page.locator("#first canvas").bounding_box(), page.locator("#first canvas").get_attribute("data-yaw")
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 130, steps=4)
    page.mouse.up()
    wait(page, f"document.querySelector('#first canvas').dataset.yaw !== '{start}'")
    after = page.locator("#first canvas").get_attribute("data-yaw")
    page.mouse.move(box["x"] + 20, box["y"] + 30, steps=4)
    assert page.locator("#first canvas").get_attribute("data-yaw") == after, "it follows only while pressed"


def test_the_button_turns_it_once_around_and_stops(open_meshes) -> None:
    page = open_meshes()
    drawn(page, "first")
    start = float(page.locator("#first canvas").get_attribute("data-yaw"))
    button = page.locator("#first button")
    button.click()
    wait(page, "document.querySelector('#first button').textContent === 'Stop'")
    wait(page, f"Number(document.querySelector('#first canvas').dataset.yaw) > {start + 0.3}")
    wait(page, "document.querySelector('#first button').textContent === 'Turn'")
    assert float(page.locator("#first canvas").get_attribute("data-yaw")) == pytest.approx(start + 2 * np.pi, abs=0.01)


def test_where_less_motion_is_wanted_the_button_makes_a_step(open_meshes) -> None:
    page = open_meshes(reduced_motion="reduce")
    drawn(page, "first")
    start = float(page.locator("#first canvas").get_attribute("data-yaw"))
    assert page.locator("#first button").inner_text() == "Turn a step"
    page.locator("#first button").click()
    wait(page, f"Number(document.querySelector('#first canvas').dataset.yaw) > {start + 0.1}")
    assert float(page.locator("#first canvas").get_attribute("data-yaw")) == pytest.approx(start + np.pi / 6, abs=0.01)


def test_without_scripts_a_sentence_says_what_is_missing(open_meshes) -> None:
    page = open_meshes(java_script_enabled=False)
    assert "scripts are off" in page.locator("#first noscript").inner_text()
    assert not page.locator("#first--function").is_visible()
    assert not page.locator("#first .mddl-mesh-keys").is_visible()


def test_it_fits_a_narrow_page(open_meshes) -> None:
    page = open_meshes(viewport={"width": 320, "height": 600})
    drawn(page, "first")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
