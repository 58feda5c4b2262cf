"""The talk, slide by slide, as a table: chapter, equation, function, test, number."""

from __future__ import annotations

import html

from mddl_lib.chapters import page_address
from mddl_lib.environment import static
from mddl_lib.pages.html_table import Markup, html_table, link
from mddl_lib.pages.maps.headlines import headline
from mddl_lib.pages.maps.slides import SLIDES, Trace, traces

HEAD = ["Slide", "Chapter", "Equation", "Function", "Test", "Number: paper, ours"]


def slide_tables() -> str:
    """HTML: a table a section of the talk."""
    homes = traces()
    return "".join(
        f"<h3>{html.escape(section)}</h3>" + _section(section, slides, homes) for section, slides in SLIDES.items()
    )


def _section(section: str, slides: tuple[str, ...], homes: dict[str, list[Trace]]) -> str:
    rows = []
    for slide in slides:
        for place, trace in enumerate(homes[slide]):
            rows.append(
                [slide if place == 0 else Markup('<span class="visually-hidden">the same</span>'), *_cells(trace)]
            )
        if not homes[slide]:
            rows.append([slide, "nowhere yet", *[None] * 4])
    return html_table(f"Slides: {section}", HEAD, rows)


def _cells(trace: Trace) -> list[object]:
    address = page_address(trace.page)
    equation = link("shown", f"{address}#equation-{trace.equation}") if static() and trace.equation else trace.equation
    room, _, name = trace.function.rpartition(".")
    words = name if not room.rpartition(".")[2][:1].isupper() else f"{room.rpartition('.')[2]}.{name}"
    page = f"api/packages/{_package(trace.function)}.html#{trace.function}"
    path, _, test = trace.test.partition("::")
    said = test.removeprefix("test_").replace("_", " ")
    return [
        link(trace.page.split("/")[-1].replace("_", " "), address),
        equation,
        Markup(f"<code>{_as_text(link(words, page if static() else None))}</code>"),
        Markup(f"<code>{html.escape(path.split('/')[-1])}</code><br><small>{html.escape(said)}</small>"),
        headline(trace.table) if trace.table else None,
    ]


def _package(function: str) -> str:
    """The package whose API page shows a function: everything before its module."""
    parts = function.split(".")
    module = next(
        place for place, part in reversed(list(enumerate(parts))) if place < len(parts) - 1 and part.islower()
    )
    return ".".join(parts[:module])


def _as_text(words: str) -> str:
    return words if isinstance(words, Markup) else html.escape(words)
