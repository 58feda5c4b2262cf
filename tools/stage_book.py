"""Lay out the folder that Jupyter Book builds: book/, with the executed notebooks in place of the bare ones.

    python -m tools.stage_book _build/executed/read _build/source

Only files whose content changed are written, so Sphinx reads only the pages that changed; what left book/ leaves the
folder.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tools.api_pages import api_pages

ROOT = Path(__file__).resolve().parent.parent
# results: the notebooks have read them already; checkpoints and caches are no pages
LEFT_OUT = {"results", ".ipynb_checkpoints", "__pycache__"}


def sources(book: Path, executed: Path) -> dict[Path, Path]:
    """Path in the staged folder → the file to copy; raises FileNotFoundError for a notebook that was not executed."""
    found = {}
    for path in sorted(book.rglob("*")):
        relative = path.relative_to(book)
        if not path.is_file() or LEFT_OUT & set(relative.parts):
            continue
        found[relative] = executed / relative if path.suffix == ".ipynb" else path
        if not found[relative].is_file():
            raise FileNotFoundError(f"{path} was not executed: there is no {found[relative]}")
    return found


def stage(book: Path, executed: Path, target: Path, made: Mapping[Path, str] | None = None) -> tuple[int, int]:
    """Make `target` equal to the book's sources and the pages that are `made` from elsewhere (path in it → text).

    Returns how many files were written and how many removed.
    """
    wanted: dict[Path, Path | str] = {**sources(book, executed), **(made or {})}
    written = removed = 0
    for relative, source in wanted.items():
        content = source.encode() if isinstance(source, str) else source.read_bytes()
        copy = target / relative
        if copy.is_file() and copy.read_bytes() == content:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)  # a new time, also when the source is older than the last build
        written += 1
    for copy in sorted(target.rglob("*")):
        if copy.is_file() and copy.relative_to(target) not in wanted:
            copy.unlink()
            removed += 1
    return written, removed


if __name__ == "__main__":
    try:
        counts = stage(ROOT / "book", Path(sys.argv[1]), Path(sys.argv[2]), api_pages(ROOT))
    except FileNotFoundError as error:
        sys.exit(str(error))
    print("[pages] staged: {} files new or changed, {} removed".format(*counts))
