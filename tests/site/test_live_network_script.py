"""The live network's panel, from the disk: keyboard, drawing, own pictures, wrong files, noise, other networks, narrow pages."""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mddl_lib
from mddl_lib.pages.live_network import live_network
from mddl_lib.pages.live_network.numbers import files, shipped

pytestmark = pytest.mark.site
PAGE = """<!doctype html><html lang="en" data-content_root=""><head><meta charset="utf-8"><title>Live</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>Live</h1>{figures}</main></body></html>"""
ALT = "A mask, the zero-filled image, the network's image, and its error"


def disc(radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:256, :256] - 128
    return np.where(np.hypot(rows, columns) < radius, 0.8, 0.1)


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

    def start(**options):
        page = open_page("about:blank", **options)
        page.errors_seen, page.asked = [], []
        page.on("pageerror", lambda error: page.errors_seen.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto((folder / "page.html").as_uri(), wait_until="load")
        if options.get("java_script_enabled", True):
            for name in ("large", "small"):
                page.wait_for_function(f"document.querySelector('#{name}').dataset.shown")
        return page

    return start


def text(page, name: str = "large") -> str:
    return page.inner_text(f"#{name} [data-part=text]")


def until(page, pattern: str, name: str = "large") -> str:
    """The line of text, once it says something."""
    page.wait_for_function(
        "([name, pattern]) => new RegExp(pattern).test(document.querySelector(`#${name} [data-part=text]`).textContent)",
        arg=[name, pattern],
    )
    return text(page, name)


def decibels(line: str) -> tuple[float, float]:
    before, after = re.findall(r"([\d.]+) dB", line)
    return float(before), float(after)


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


def test_ones_own_picture_by_file_and_by_drop(opened, tmp_path: Path) -> None:
    page = opened()
    before = text(page)
    colour = np.zeros((300, 400, 3), np.uint8)
    colour[60:200, 100:300] = (200, 80, 10)
    Image.fromarray(colour).save(tmp_path / "own.jpg")
    page.set_input_files("#large [data-part=file]", tmp_path / "own.jpg")
    page.wait_for_function("(old) => document.querySelector('#large [data-part=text]').textContent !== old", arg=before)
    assert page.input_value("#large--image") == "one of your own …"
    own = page.evaluate(
        "() => [...document.querySelector('#large [data-part=zero]').getContext('2d').getImageData(128, 128, 1, 1).data]"
    )
    assert own[0] == own[1] == own[2] == pytest.approx(0.299 * 200 + 0.587 * 80 + 0.114 * 10, abs=25)
    file = io.BytesIO()
    Image.fromarray(np.full((8, 8), 120, np.uint8)).save(file, "PNG")
    seen = page.evaluate("document.querySelector('#small').dataset.shown")
    page.evaluate(
        """(bytes) => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], 'flat.png', { type: 'image/png' }));
        const drop = new DragEvent('drop', { dataTransfer: data, cancelable: true, bubbles: true });
        document.querySelector('#small').dispatchEvent(drop); }""",
        list(file.getvalue()),
    )
    page.wait_for_function("(seen) => document.querySelector('#small').dataset.shown > seen", arg=seen)
    assert page.errors_seen == []
    assert all(url.startswith(("file:", "blob:", "data:")) for url in page.asked)


def moving(kind: str) -> bytes:
    """Two pictures in one file."""
    frames = [Image.fromarray(np.full((16, 16), level, np.uint8)) for level in (20, 200)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


def zero_pixels() -> bytes:
    """A PNG that says it is 0 pixels wide."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 0, 4, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"no picture", r"notes\.txt cannot be read as a picture: expected PNG"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00", r"cut\.png cannot be read as a picture"),
        ("nothing.png", b"", r"nothing\.png is empty"),
        ("moving.gif", moving("GIF"), r"moving\.gif is animated: expected a picture that stands still"),
        ("moving.png", moving("PNG"), r"moving\.png is animated"),
        ("moving.webp", moving("WEBP"), r"moving\.webp is animated"),
        ("zero.png", zero_pixels(), r"zero\.png cannot be read as a picture"),
    ],
)
def test_wrong_files_are_named_and_what_was_there_stays(opened, tmp_path, name: str, content: bytes, said: str) -> None:
    page = opened()
    (tmp_path / name).write_bytes(content)
    page.set_input_files("#large [data-part=file]", tmp_path / name)
    until(page, said)
    page.locator("#large--share").fill("21")
    until(page, "^2[01]")
    assert page.errors_seen == []


def test_huge_files_and_huge_pictures_are_refused(opened, tmp_path: Path) -> None:
    page = opened()
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(61_000_000)
    page.set_input_files("#large [data-part=file]", tmp_path / "large.png")
    until(page, r"large\.png has 61 MB: expected at most 60 MB")
    Image.new("L", (9000, 7000)).save(tmp_path / "wide.png")
    page.set_input_files("#large [data-part=file]", tmp_path / "wide.png")
    until(page, r"wide\.png has 9000 × 7000 pixels: expected at most 60 million")


def test_still_gifs_are_taken(opened, tmp_path: Path) -> None:
    page = opened()
    before = text(page)
    Image.fromarray((255 * disc(40)).astype(np.uint8)).save(tmp_path / "still.gif")
    page.set_input_files("#large [data-part=file]", tmp_path / "still.gif")
    page.wait_for_function("(old) => document.querySelector('#large [data-part=text]').textContent !== old", arg=before)
    assert "measured" in text(page)


def test_without_scripts_a_sentence_says_what_is_missing(opened) -> None:
    page = opened(java_script_enabled=False)
    assert "scripts are off" in page.locator("#large noscript").inner_text()
    assert not page.locator("#large--share").is_visible()


def test_it_fits_a_telephone(opened) -> None:
    page = opened(viewport={"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
