"""Sphinx extension: pages without dead weight, without third parties, and without the theme's small faults.

- sphinx-thebe declares its constant twice (a page error on every page) and points at a CDN: its scripts are left out.
- The theme's fontawesome.js weighs over half a megabyte compressed on every page. The theme's style can draw the same
  icons from fonts, and assets/vendor/ replaces those fonts by the few icons in use: the script and its preload go.
- The page must not jump while it loads: light or dark is decided before the first paint, the text's font is preloaded,
  and a page with formulas is shown once they are set, with MathJax's parts asked for at once and not one after another.
- Roles and labels that accessibility checks refuse are taken out.
- The sidebar of a page that stands in no table of contents (a module's source) is the same for all: it is made once.
- Pictures are made light (light_pictures.py), and those of earlier builds go.
"""

import re
from pathlib import Path
from typing import Any

import light_pictures  # lies beside this file; the configuration puts the folder on the path
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
FONT = "fonts/source-serif-4-latin-400-normal.woff2"
MATHJAX_PARTS = ("core.js", "input/tex.js", "output/chtml.js", "output/chtml/fonts/tex.js", "a11y/assistive-mml.js")

# The theme decides between light and dark only when its own script arrives, after the page was drawn in neither.
DECIDE = """document.documentElement.dataset.theme = document.documentElement.dataset.mode === "auto"
      ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")
      : document.documentElement.dataset.mode;"""

# (what is replaced, by what, what it must leave no trace of): the theme or an extension has changed when a trace stays.
REPAIRS = [
    (
        re.compile(r"[ \t]*<(?:script|link)\b[^>]*\bfontawesome\.js[^>]*>(?:</script>)?\n?"),
        "",
        "<[^>]*fontawesome\\.js",
    ),
    (
        re.compile(r'document\.documentElement\.dataset\.theme = localStorage\.getItem\("theme"\) \|\| "\w*";'),
        DECIDE,
        r'localStorage\.getItem\("theme"\)',
    ),
    # The visible text "Search Ctrl+K" names the button; a label that differs from it hides it from voice control.
    (
        re.compile(r'(?<=search-button-field search-button__button pst-js-only") title="Search" aria-label="Search"'),
        "",
        'search-button-field[^>]*aria-label="',
    ),
    # The visible text of a fold names it.
    (re.compile(r'(?<=<summary) aria-label="Toggle hidden content"'), "", '<summary[^>]*aria-label="'),
    # The sidebar's toggle is an arrow only: say what it opens.
    (
        re.compile(r'<summary(?=><span class="toctree-toggle")'),
        '<summary aria-label="Show or hide the pages below"',
        '<summary><span class="toctree-toggle"',
    ),
    # A role that ARIA has given up, in a list that may hold nothing else.
    (re.compile(r' role="doc-biblioentry"'), "", 'role="doc-biblioentry"'),
    (re.compile(r'(?<=<div) role="list"(?= class="citation-list")'), "", 'role="list" class="citation-list"'),
    # sphinx-exercise and sphinx-proof give every exercise's and every proposition's text the same id on a page.
    (
        re.compile(r'(?:(?<=<section)|(?<=-content")) id="(?:exercise|solution|proof)-content"'),
        "",
        'id="(?:exercise|solution|proof)-content"',
    ),
]
# The theme loads the whole search index on every page, for a search while one types, which is off; the search page needs it.
SEARCH = (
    re.compile(r'[ \t]*<script src="[^"]*\b(?:searchtools|language_data|searchindex)\.js"></script>\n?'),
    "",
    r'<script src="[^"]*\bsearchindex\.js"',
)
ICONS = "vendor/fontawesome/README.md"  # lists the icons in the fonts
ICON_RULE = re.compile(r'(?:\.fa-[a-z0-9-]+:before,?)+\{content:"\\([0-9A-Fa-f]{4})"\}')
WRITTEN: set[str] = set()  # names of the pages that this build writes; those of earlier builds are repaired already
CONTENTS: dict[tuple[Any, ...], str] = {}
"""(how deep a page lies, options) → the table of contents as HTML"""
# Left over in the output once no page asks for them.
UNUSED = ["scripts/fontawesome.js", "scripts/fontawesome.js.map", "sphinx-thebe.js", "sphinx-thebe.css"]
UNUSED += [f"vendor/fontawesome/webfonts/{font}.ttf" for font in ("fa-solid-900", "fa-regular-400", "fa-brands-400")]


def share_the_contents(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Make the table of contents once for all pages that are not in it and lie equally deep: only addresses could differ."""
    if page in app.env.found_docs or "toctree" not in context:
        return
    made, depth = context["toctree"], page.count("/")

    def toctree(**options: Any) -> str:
        key = (depth, *sorted(options.items()))
        if key not in CONTENTS:
            CONTENTS[key] = made(**options)
        return CONTENTS[key]

    context["toctree"] = toctree


def choose_files(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Take sphinx-thebe's files out of the page, add what must run before the first paint, preload what will be asked."""
    WRITTEN.add(page)
    context["script_files"] = [script for script in context["script_files"] if not _is_thebe(script)]
    context["css_files"] = [style for style in context["css_files"] if not _is_thebe(style)]
    preloads = [(FONT, 'as="font" type="font/woff2" crossorigin')]
    heads = [context.get("metatags", "")]
    if any("mathjax/startup.js" in str(getattr(script, "filename", script)) for script in context["script_files"]):
        heads.append(f"<script>{_script('early_math.js')}</script>")
        preloads += [(f"mathjax/{part}", 'as="script"') for part in MATHJAX_PARTS]
    heads += [f'<link rel="preload" href="{_static(context, file)}" {kind}>' for file, kind in preloads]
    context["metatags"] = "\n".join(heads)


def _static(context: dict[str, Any], file: str) -> str:
    return context["pathto"](f"_static/{file}", resource=True)


def _script(file: str) -> str:
    """The script without its comments and line breaks' indentation."""
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return "\n".join(line.strip() for line in lines if not line.lstrip().startswith("//"))


def _is_thebe(file: Any) -> bool:
    body = getattr(file, "attributes", {}).get("body") or ""
    return "thebe" in str(getattr(file, "filename", file)) or "THEBE_JS_URL" in body


def repair_pages(app: Sphinx, error: Exception | None) -> None:
    """Apply the repairs to the pages that this build has written, then remove the files that no page asks for."""
    if error or app.builder.format != "html":
        return
    output = Path(app.outdir)
    for page in (Path(app.builder.get_outfilename(name)) for name in sorted(WRITTEN)):
        text = repaired = page.read_text(encoding="utf-8")
        for pattern, replacement, trace in REPAIRS if page.name == "search.html" else [*REPAIRS, SEARCH]:
            repaired = pattern.sub(lambda _, text=replacement: text, repaired)
            if re.search(trace, repaired):
                logger.warning("%s still has %s: its source has changed, see lean_page.py", page.name, trace)
        repaired = light_pictures.of_page(repaired, page.parent, output / "_images")
        if repaired != text:
            page.write_text(repaired, encoding="utf-8")
    for name in UNUSED:
        (output / "_static" / name).unlink(missing_ok=True)
    _drop_icon_rules(output / "_static")
    pages = [Path(app.builder.get_outfilename(page)) for page in sorted(app.env.found_docs)]
    light_pictures.drop_unshown(output / "_images", [page for page in pages if page.is_file()])


def _drop_icon_rules(static: Path) -> None:
    """The theme's style has a rule for each of two thousand icons, a third of its weight: keep those that are drawn."""
    drawn = re.findall(r"[0-9a-f]{4}", " ".join(re.findall(r"--unicodes=(\S+)", _read(static / ICONS))))
    theme = static / "styles" / "pydata-sphinx-theme.css"
    style = _read(theme)
    lean = ICON_RULE.sub(lambda rule: rule[0] if rule[1].lower() in drawn else "", style)
    if lean != style:
        theme.write_text(lean, encoding="utf-8")


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps."""
    app.connect("html-page-context", share_the_contents, priority=100)  # before the theme draws the sidebar
    app.connect("html-page-context", choose_files, priority=900)  # after the others have added their files
    app.connect("build-finished", repair_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
