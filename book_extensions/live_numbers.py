"""Sphinx extension: the live network's numbers for the other sampling ratios, as files of the built book.

A panel holds one network itself; the others are fetched from here when a reader's mask asks for them.
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import mddl_lib
from mddl_lib.pages.live_network.numbers import files, shipped


def write_numbers(app: Sphinx, error: Exception | None) -> None:
    """Write them beside the book's other static files."""
    if error or app.builder.format != "html":
        return
    for path, text in files(shipped(mddl_lib.load)).items():
        target = Path(app.outdir) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step."""
    app.connect("build-finished", write_numbers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
