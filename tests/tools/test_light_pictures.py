"""The pages' pictures get lighter and stay the same pixels; live figures keep what their scripts draw."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from book_extensions import light_pictures


def encoded(kind: str, side: int = 40) -> tuple[bytes, np.ndarray]:
    """A drawing of flat squares in a format without loss."""
    pixels = np.kron(np.random.default_rng(0).integers(0, 2, (5, 5, 3)) * 255, np.ones((side // 5, side // 5, 1)))
    content = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(content, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return content.getvalue(), pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_images").mkdir()
    (tmp_path / "unrolling").mkdir()
    return tmp_path / "_images"


def test_a_sliders_frames_become_a_file_beside_the_page(folder: Path) -> None:
    content, _ = encoded("WEBP")
    uri = "data:image/webp;base64," + base64.b64encode(content).decode()
    page = (
        f'<img class="dark-light" alt="a" src="{uri}"><script type="application/json">{{"images":["{uri}"]}}</script>'
    )
    for place, address in ((folder.parent / "unrolling", "../_images/"), (folder.parent, "_images/")):
        made = light_pictures.of_page(page, place, folder)
        name = re.search(rf'src="{re.escape(address)}(frames-[0-9a-f]{{16}}\.webp)"', made)[1]
        assert (folder / name).read_bytes() == content
        assert made.count(uri) == 1, "what a script draws on a canvas stays in the page"
        assert light_pictures.of_page(made, place, folder) == made


def test_a_png_becomes_the_same_pixels_and_a_photograph_stays(folder: Path) -> None:
    content, pixels = encoded("PNG", 400)
    (folder / "curve.png").write_bytes(content)
    (folder / "photo.jpg").write_bytes(b"a photograph")
    page = '<a href="../_images/curve.png"><img src="../_images/curve.png"></a><img src="../_images/photo.jpg">'
    made = light_pictures.of_page(page, folder.parent / "unrolling", folder)
    assert made == page.replace("curve.png", "curve.webp")
    assert np.array_equal(np.asarray(Image.open(folder / "curve.webp").convert("RGB")), pixels)
    assert (folder / "curve.webp").stat().st_size < len(content)


def test_a_png_that_is_the_lighter_one_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "curve.png").write_bytes(encoded("PNG")[0])
    monkeypatch.setattr(light_pictures, "_without_loss", lambda file: bytes(100_000))
    page = '<img src="_images/curve.png"><img src="_images/gone.png">'
    assert light_pictures.of_page(page, folder.parent, folder) == page


def test_only_pictures_that_a_page_shows_stay(folder: Path) -> None:
    for name in ("shown.webp", "shown.png", "of-the-other-page.jpg"):
        (folder / name).write_bytes(b"x")
    pages = [folder.parent / "one.html", folder.parent / "unrolling" / "two.html"]
    pages[0].write_text('<img src="_images/shown.webp">', encoding="utf-8")
    pages[1].write_text('<img src="../_images/of-the-other-page.jpg">', encoding="utf-8")
    light_pictures.drop_unshown(folder, pages)
    assert sorted(path.name for path in folder.iterdir()) == ["of-the-other-page.jpg", "shown.webp"]
