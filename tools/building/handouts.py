"""What a teacher takes along: the pages in one file that opens without a network, and every figure as a file with its caption.

    python -m tools.building.handouts _build/executed/read _build/html _build/handouts

Makes ``book.zip``, ``book_without_solutions.zip`` (no solution, no notebook to look one up in, no search) and
``figures.zip``: a folder a chapter, each figure under its name, ``captions.md`` with caption and description, and
``slides.pdf``, a page a figure.
"""

from __future__ import annotations

import base64
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from tools.building.figure_slides import Picture, slides

KINDS = {"image/png": "png", "image/jpeg": "jpg"}
START = "model-driven-deep-learning"
DATE = (2026, 1, 1, 0, 0, 0)
"""of every file in a zip, so that the same book gives the same bytes"""


def pictures(notebook: Path) -> Iterator[Picture]:
    """The figures of an executed notebook that have a caption, in order; sliders are not among them."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        shown = cell.metadata.get("mystnb", {})
        figure = shown.get("figure")
        if cell.cell_type != "code" or not figure:
            continue
        found = [(kind, o.data[kind]) for o in cell.outputs if "data" in o for kind in KINDS if kind in o.data]
        for number, (kind, content) in enumerate(found):
            name = figure["name"] + (f"-{number + 1}" if number else "") + f".{KINDS[kind]}"
            alt = shown.get("image", {}).get("alt", "")
            yield Picture(name, base64.b64decode(content), figure["caption"], alt)


def without_solutions(page: str) -> str:
    """A page's HTML, its solutions left out.

    :raises ValueError: when a solution is left.
    """
    soup = BeautifulSoup(page, "html.parser")
    for solution in soup.select("div.solution"):
        solution.decompose()
    text = str(soup)
    if 'class="solution' in text:
        raise ValueError("a solution is left in the page: expected that each is a div of the class solution")
    return text


def write_book(html: Path, target: Path, solutions: bool = True) -> int:
    """All of the pages in one zip; how many files it holds.

    :raises FileNotFoundError: when there are no pages.
    """
    if not (html / "index.html").is_file():
        raise FileNotFoundError(f"{html} has no index.html: build the pages first, make book")
    paths = [path for path in sorted(html.rglob("*")) if path.is_file()]
    if not solutions:
        paths = [p for p in paths if p.name != "searchindex.js" and "_sources" not in p.relative_to(html).parts]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            content = path.read_bytes()
            if not solutions and path.suffix == ".html":
                content = without_solutions(content.decode("utf-8")).encode()
            file.writestr(_entry(f"{START}/{path.relative_to(html).as_posix()}"), content)
    return len(paths)


def write_figures(executed: Path, target: Path) -> int:
    """Every figure of every chapter and its caption in one zip; how many."""
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for notebook in sorted(executed.rglob("*.ipynb")):
            chapter, found = notebook.relative_to(executed).with_suffix("").as_posix(), list(pictures(notebook))
            lines = [f"## {one.name}\n\n{one.caption}\n\n*Shows*: {one.description}\n" for one in found]
            for picture in found:
                file.writestr(_entry(f"figures/{chapter}/{picture.name}"), picture.content)
            if found:
                file.writestr(_entry(f"figures/{chapter}/captions.md"), f"# {chapter}\n\n" + "\n".join(lines))
                file.writestr(_entry(f"figures/{chapter}/slides.pdf"), slides(_title(notebook), found))
            count += len(found)
    return count


def _title(notebook: Path) -> str:
    """What stands after the first #, or the file's name."""
    text = "\n".join(c.source for c in nbformat.read(notebook, as_version=4).cells if c.cell_type == "markdown")
    found = re.search(r"^# +(.+)$", text, re.M)
    return found[1] if found else notebook.stem


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def main(executed: Path, html: Path, output: Path) -> None:
    """Write the three."""
    output.mkdir(parents=True, exist_ok=True)
    write_book(html, output / "book.zip")
    write_book(html, output / "book_without_solutions.zip", solutions=False)
    count = write_figures(executed, output / "figures.zip")
    for path in sorted(output.glob("*.zip")):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB" + (f", {count} figures" if path.stem == "figures" else ""))


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:4]))
