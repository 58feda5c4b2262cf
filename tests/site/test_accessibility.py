"""Lighthouse gives the pages accessibility 100, and axe finds nothing on any page, in light or in dark.

The API pages of the packages are all made alike, and Lighthouse takes seconds for each: it looks at one of them.

Both come from npm into a cache outside the repository: ~/.cache/mddl/lighthouse, or $MDDL_LIGHTHOUSE.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .pages import PAGES

pytestmark = pytest.mark.site

MADE_ALIKE = [page for page in PAGES if page.startswith("api/packages/")]
RATED = [page for page in PAGES if page not in MADE_ALIKE[1:]]

CACHE = Path(os.environ.get("MDDL_LIGHTHOUSE", Path.home() / ".cache" / "mddl" / "lighthouse"))
SCRIPT = Path(__file__).with_name("lighthouse.mjs")
FIND = """async () => {
  const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']});
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.any[0]?.message || ''}`));
}"""


@pytest.fixture(scope="session")
def npm_cache() -> Path:
    """The folder with lighthouse and axe-core, installed once."""
    if not (CACHE / "node_modules" / "lighthouse").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, so Lighthouse cannot be")
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", "--silent", "lighthouse@12"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            pytest.fail(f"npm could not install lighthouse:\n{done.stderr[-2000:]}", pytrace=False)
    return CACHE


@pytest.fixture(scope="session")
def lighthouse(npm_cache, site, browser, debugging_port) -> dict[str, dict]:
    """Page → its score and what cost points; one run over all of them in the tests' own browser."""
    addresses = [f"{site}/{page}.html" for page in RATED]
    module = npm_cache / "node_modules" / "lighthouse" / "core" / "index.js"
    command = [shutil.which("node") or "node", str(SCRIPT), str(module), str(debugging_port), *addresses]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(RATED, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("page", RATED)
def test_lighthouse_accessibility_is_100(lighthouse, page: str) -> None:
    assert lighthouse[page]["failures"] == []
    assert lighthouse[page]["score"] == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(npm_cache, visit, page: str, scheme: str) -> None:
    """Contrast above all: Lighthouse looks at the light page only."""
    tab = visit(page).tab
    tab.add_style_tag(content="* { transition: none !important; }")  # half-way colours are nobody's
    tab.emulate_media(color_scheme=scheme)
    tab.wait_for_function("(scheme) => document.documentElement.dataset.theme === scheme", arg=scheme)
    if not tab.evaluate("'axe' in window"):
        tab.add_script_tag(path=str(npm_cache / "node_modules" / "axe-core" / "axe.min.js"))
    assert tab.evaluate(FIND) == []
