"""From executed notebooks to pages: lay out the sources, then let Sphinx read and write what changed.

    python -m tools.building.build_pages _build/executed/read _build

A page shows other pages' titles in its sidebar and in its references, so an edit can change pages that it does not touch.
Sphinx alone would leave those as they are. Here everything is written again when the table of contents, a title, a label
or the settings changed; else only the edited pages are.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from tools.book.book_files import BookError
from tools.building.api_pages import api_pages
from tools.building.page_weight import heavy
from tools.building.stage_book import stage

ROOT = Path(__file__).resolve().parents[2]
BUILDERS = ("jupyter-book", "sphinx", "sphinx-book-theme", "pydata-sphinx-theme", "myst-nb")
SETTINGS = (
    "_config.yml",
    "book_extensions/*",
    "tools/building/build_pages.py",
    "book/assets/**/*",
    "book/references.bib",
)


def settings_hash(root: Path) -> str:
    """Over what shapes every page: configuration, extensions, style, bibliography, order of the book, and Sphinx itself."""
    paths = sorted(path for pattern in (*SETTINGS, "book/_toc.yml") for path in root.glob(pattern) if path.is_file())
    digest = hashlib.sha256(" ".join(version(package) for package in BUILDERS).encode())
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def build(root: Path, executed: Path, output: Path) -> None:
    """Bring `output`/html up to date; raises BookError after a warning, and then nothing read or written is kept."""
    source, html, doctrees = output / "source", output / "html", output / ".doctrees"
    written, removed = stage(root / "book", executed, source, api_pages(root))
    print(f"[pages] staged: {written} files new or changed, {removed} removed", flush=True)
    mark, now = output / "settings.sha256", settings_hash(root)
    if not (mark.is_file() and mark.read_text(encoding="utf-8") == now and (html / "objects.inv").is_file()):
        for folder in (html, doctrees):
            shutil.rmtree(folder, ignore_errors=True)
        mark.unlink(missing_ok=True)
    before = _labels(html)
    try:
        _sphinx(root, source, output)
        if before not in (None, _labels(html)):
            print("[pages] a title or a label changed: writing every page again", flush=True)
            shutil.rmtree(html)
            _sphinx(root, source, output)
    except BaseException:
        # Sphinx would not repeat a warning for a page that it has read, nor write a page again that it was stopped at
        for folder in (html, doctrees):
            shutil.rmtree(folder, ignore_errors=True)
        raise
    mark.write_text(now, encoding="utf-8")
    for line in heavy(html):
        print(f"[pages] heavy: {line}", flush=True)


def _labels(html: Path) -> bytes | None:
    """Sphinx's inventory: every page, label and object with its title; None before the first build."""
    inventory = html / "objects.inv"
    return inventory.read_bytes() if inventory.is_file() else None


def _sphinx(root: Path, source: Path, output: Path) -> None:
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(source), "--config", str(root / "_config.yml")]
    command += ["--path-output", str(output.parent), "-W", "--keep-going", "-n", "--quiet"]
    if subprocess.run(command, cwd=root, check=False).returncode:
        raise BookError("[pages] a warning or an error stands above; no page is kept")


if __name__ == "__main__":
    try:
        build(ROOT, Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
    except BookError as error:
        sys.exit(str(error))
