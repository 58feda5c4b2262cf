"""A page over its bound is named with what it weighs; each picture counts once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.building.page_weight import HEAVIEST_HTML, heavy, weigh


def write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(np.random.default_rng(0).bytes(size))


def test_pages_are_weighed_with_their_pictures(tmp_path: Path) -> None:
    write(tmp_path / "_images/a.webp", 700_000)
    write(tmp_path / "_images/b.png", 500_000)
    (tmp_path / "one").mkdir()
    image = '<img src="../_images/a.webp"><img alt="again" src="../_images/a.webp"><img src="https://x.org/c.png">'
    (tmp_path / "one/light.html").write_text(image, encoding="utf-8")
    (tmp_path / "one/heavy.html").write_text(image + '<img src="../_images/b.png">', encoding="utf-8")
    noise = np.random.default_rng(0).bytes(HEAVIEST_HTML).hex()
    (tmp_path / "long.html").write_text(noise, encoding="utf-8")
    (tmp_path / "_modules").mkdir()
    (tmp_path / "_modules/source.html").write_text(noise, encoding="utf-8")
    assert weigh(tmp_path / "one/light.html")[1] == 700_000
    lines = heavy(tmp_path)
    assert [line.split(":")[0] for line in lines] == ["one/heavy.html", "long.html"]
    assert "1200 kB of pictures" in lines[0]
