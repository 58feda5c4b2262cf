"""Sphinx extension: pages without dead weight and without third parties.

- sphinx-thebe declares its constant twice (a page error on every page) and points at a CDN: its scripts are left out.
- The theme's fontawesome.js weighs over half a megabyte compressed on every page. The theme's style can draw the same
  icons from fonts, and assets/vendor/ replaces those fonts by the few icons in use: the script and its preload go.
- The text's font is preloaded, so that the page does not move when it arrives.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

FONT = "fonts/source-serif-4-latin-400-normal.woff2"
FONTAWESOME = re.compile(r"[ \t]*<(?:script|link)\b[^>]*\bfontawesome\.js[^>]*>(?:</script>)?\n?")
# Left over in the output once no page asks for them.
UNUSED = ["scripts/fontawesome.js", "scripts/fontawesome.js.map", "sphinx-thebe.js", "sphinx-thebe.css"]
UNUSED += [f"vendor/fontawesome/webfonts/{font}.ttf" for font in ("fa-solid-900", "fa-regular-400", "fa-brands-400")]


def drop_thebe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Take sphinx-thebe's files out of the page's scripts and styles; preload the font."""
    context["script_files"] = [script for script in context["script_files"] if not _is_thebe(script)]
    context["css_files"] = [style for style in context["css_files"] if not _is_thebe(style)]
    font = context["pathto"](f"_static/{FONT}", resource=True)
    preload = f'<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>'
    context["metatags"] = context.get("metatags", "") + "\n" + preload


def _is_thebe(file: Any) -> bool:
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in str(getattr(file, "filename", file)) or "THEBE_JS_URL" in body


def drop_fontawesome(app: Sphinx, error: Exception | None) -> None:
    """Remove the theme's references to fontawesome.js from the written pages, then the files themselves."""
    if error or app.builder.format != "html":
        return
    output = Path(app.outdir)
    for page in output.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        lean = FONTAWESOME.sub("", text)
        if "fontawesome.js" in lean:
            logger.warning("%s still asks for fontawesome.js: the theme has changed, see lean_page.py", page.name)
        if lean != text:
            page.write_text(lean, encoding="utf-8")
    for name in UNUSED:
        (output / "_static" / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", drop_thebe, priority=900)  # after the others have added their files
    app.connect("build-finished", drop_fontawesome)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
