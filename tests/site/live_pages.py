"""What the tests of the live panels share: a page from the disk, its line of text, and what it says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

PAGE = """<!doctype html><html lang="en" data-content_root=""><head><meta charset="utf-8"><title>Live</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>Live</h1>{figures}</main></body></html>"""


def disc(radius: float) -> np.ndarray:
    """A bright disc of 256 × 256 pixels."""
    rows, columns = np.mgrid[:256, :256] - 128
    return np.where(np.hypot(rows, columns) < radius, 0.8, 0.1)


def open_from_disk(open_page, file: Path, names: tuple[str, ...] = (), **options):
    """A page as file://, its errors and requests noted; the panels of these names have computed once."""
    page = open_page("about:blank", **options)
    page.errors_seen, page.asked = [], []
    page.on("pageerror", lambda error: page.errors_seen.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(file.as_uri(), wait_until="load")
    if options.get("java_script_enabled", True):
        for name in names:
            page.wait_for_function(f"document.querySelector('#{name}').dataset.shown")
    return page


def text(page, name: str) -> str:
    """What a panel says."""
    return page.inner_text(f"#{name} [data-part=text]")


def until(page, pattern: str, name: str) -> str:
    """What a panel says, once it says something."""
    page.wait_for_function(
        "([name, pattern]) => new RegExp(pattern).test(document.querySelector(`#${name} [data-part=text]`).textContent)",
        arg=[name, pattern],
    )
    return text(page, name)


def decibels(line: str) -> tuple[float, float]:
    """Before and after."""
    before, after = re.findall(r"([\d.]+) dB", line)
    return float(before), float(after)
