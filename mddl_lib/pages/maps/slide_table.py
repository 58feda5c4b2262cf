"""The talk, slide by slide, as a table: chapter, equation, function, test, number."""

from __future__ import annotations

import html

from mddl_lib.chapters import page_address
from mddl_lib.environment import static
from mddl_lib.pages.html_table import Markup, html_table, link
from mddl_lib.pages.maps.slides import SLIDES, Trace, traces
from mddl_lib.results.tables import ResultTable

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
    return [
        link(trace.page.split("/")[-1].replace("_", " "), address),
        equation,
        Markup(f"<code>{_as_text(link(words, page if static() else None))}</code>"),
        Markup(
            f"<code>{html.escape(path.split('/')[-1])}</code><br><small>{html.escape(test.replace('_', ' '))}</small>"
        ),
        _number(trace.table),
    ]


def _package(function: str) -> str:
    """The package whose API page shows a function: everything before its module."""
    parts = function.split(".")
    module = next(
        place for place, part in reversed(list(enumerate(parts))) if place < len(parts) - 1 and part.islower()
    )
    return ".".join(parts[:module])


def _number(name: str | None) -> object:
    """The last pair of a paper's row and ours that has both, by the table's headline; its cell leads to the scoreboard."""
    if name is None:
        return None
    table = ResultTable.load(name, profile="paper")
    metric = table.metric(table.description.headline)
    for column in table.columns:
        for paper, ours in reversed(table.pairs(column)):
            printed = table.paper.get(paper, {}).get(column) if paper else None
            if ours and printed and printed.get(metric.name) is not None and table.entry(ours, column):
                words = f"{metric.text(printed[metric.name])}, {metric.text(table.mean(ours, column, metric.name))}"
                said = f"{html.escape(ours)}, {html.escape(column)}, {html.escape(metric.heading)}"
                return Markup(f"{_as_text(link(words, f'scoreboard.html#{name}'))}<br><small>{said}</small>")
    return link("on the scoreboard", f"scoreboard.html#{name}")


def _as_text(words: str) -> str:
    return words if isinstance(words, Markup) else html.escape(words)
