"""Lay out the folder that Jupyter Book builds: book/, with the outputs of the executed notebooks in the bare ones.

Only files whose content changed are written, so Sphinx reads only the pages that changed; what left book/ leaves the
folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.book.book_files import BookError
from tools.building.refresh_notebook import refreshed
from tools.tracing.pages_state import page_sources


def sources(book: Path, executed: Path) -> dict[Path, bytes]:
    """Path in the staged folder → its content; raises BookError for a notebook that was not executed as it stands."""
    found = {}
    for path in page_sources(book):
        if path.suffix != ".ipynb":
            found[path] = (book / path).read_bytes()
        elif (executed / path).is_file():
            found[path] = refreshed(book / path, executed / path).encode()
        else:
            raise BookError(f"{book / path} was not executed: there is no {executed / path}")
    return found


def stage(book: Path, executed: Path, target: Path, made: Mapping[Path, str] | None = None) -> tuple[int, int]:
    """Make `target` equal to the book's sources and the pages that are `made` from elsewhere (path in it → text).

    Returns how many files were written and how many removed.
    """
    wanted = {**sources(book, executed), **{path: text.encode() for path, text in (made or {}).items()}}
    written = removed = 0
    for relative, content in wanted.items():
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
