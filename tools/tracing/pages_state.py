"""What the pages are made of besides the executed notebooks, as one text of hashes: times and folders play no part."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tools.book.cards import TO_COME

# results and tables: the notebooks have read them already; checkpoints and caches are no pages; cards are for make
LEFT_OUT = {"results", "tables", TO_COME, ".ipynb_checkpoints", "__pycache__"}
BUILD = ("_config.yml", "book_extensions/*", "tools/**/*.py")


def page_sources(book: Path) -> list[Path]:
    """The files of the book that the staged folder holds, relative to it; cards stay out."""
    paths = [path.relative_to(book) for path in book.rglob("*") if path.is_file()]
    return sorted(p for p in paths if not LEFT_OUT & set(p.parts) and (p.suffix != ".yaml"))


def pages_state(root: Path) -> str:
    """Path and hash of every file that a page could come from: prose, drawings, docstrings, settings."""
    paths = [root / "book" / path for path in page_sources(root / "book")]
    paths += [path for package in ("mddl_lib", "data_fetch") for path in sorted((root / package).rglob("*.py"))]
    paths += [path for pattern in BUILD for path in sorted(root.glob(pattern)) if path.is_file()]
    lines = [f"{path.relative_to(root).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in paths]
    return "".join(lines)
