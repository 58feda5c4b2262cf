"""Pictures of a reader's own on the live network: taken by file and by drop, wrong ones named."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mddl_lib
from mddl_lib.pages.live_network import live_network
from mddl_lib.pages.live_network.numbers import shipped
from tests.site import live_pages
from tests.site.live_pages import PAGE, disc

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """A page with two panels."""
    path, networks = tmp_path_factory.mktemp("own") / "page.html", shipped(mddl_lib.load)
    alt = "A mask, the zero-filled image, the network's image, and its error"
    panels = [
        live_network({"a disc": disc(60)}, networks, alt=alt, name=n, small=n == "small").data
        for n in ("large", "small")
    ]
    path.write_text(PAGE.format(figures="\n".join(panels)), encoding="utf-8")
    return path


@pytest.fixture
def opened(open_page, file):
    return functools.partial(live_pages.open_from_disk, open_page, file, ("large", "small"))


text = functools.partial(live_pages.text, name="large")
until = functools.partial(live_pages.until, name="large")


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


def test_a_flat_picture_is_measured_exactly(opened, tmp_path: Path) -> None:
    page = opened()
    Image.fromarray(np.full((3, 2000), 102, np.uint8)).save(tmp_path / "strip.png")
    page.set_input_files("#large [data-part=file]", tmp_path / "strip.png")
    assert "Infinity" not in until(page, "Zero-filled (exact|[0-9]{3}[.])")
