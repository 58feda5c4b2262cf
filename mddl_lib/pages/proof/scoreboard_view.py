"""How the scoreboard looks: overview, tables with results, tables that wait, downloads. HTML and Markdown as text."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

from mddl_lib.pages.html_table import html_table, link
from mddl_lib.pages.matrix_view import matrix
from mddl_lib.pages.proof.claims_view import SIGNS, claims, count, orders
from mddl_lib.pages.run_report import moment
from mddl_lib.pages.table_view import MISSING, show
from mddl_lib.results import freshness, provenance, store
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.scoreboard import all_words, csv_text, filled_columns
from mddl_lib.results.tables import ResultTable

Homes = Mapping[str, tuple[str, str | None]]
"""of each table: its chapter's topic, and the address of the page that teaches it; None: to come"""


def overview(tables: Iterable[ResultTable], homes: Homes) -> str:
    """One line a table: its chapter, how many rows the paper has and how many of ours stand, the verdicts counted.

    :raises KeyError: for a table without a home.
    """
    rows = []
    for table in tables:
        topic, address = homes[table.name]
        words = all_words(table)
        counts = ", ".join(count(words, word) for word in SIGNS if word in words)
        filled = filled_columns(table)
        ours = [row for row in table.announced() if any(column in table.rows.get(row, {}) for column in filled)]
        rows.append(
            [
                link(table.description.title, f"#{table.name}"),
                link(topic, address) if address else "to come",
                len(table.paper),
                f"{len(ours)} of {len(table.announced())}" if table.announced() else "not yet",
                counts or "not yet",
            ]
        )
    return html_table("All tables", ["Table", "Chapter", "Paper's rows", "Our rows", "Claims"], rows)


def tables_with_results(tables: Iterable[ResultTable], homes: Homes) -> str:
    """Each table that has results: numbers, claims with their verdicts, provenance, CSV."""
    parts = [_one_table(table, homes) for table in tables if filled_columns(table)]
    return "\n".join(parts) or "<p>None yet: no result of the <code>paper</code> profile is stored.</p>"


def _one_table(table: ResultTable, homes: Homes) -> str:
    columns = filled_columns(table)
    rest = [column for column in table.columns if column not in columns]
    parts = [f'<h3 id="{table.name}">{html.escape(table.description.title)}</h3>', _source(table, homes)]
    if len(columns) == 1:
        parts.append(show(table, *columns)._repr_html_())
    else:
        views = [matrix(table, metric, notes=metric == table.metrics[-1]) for metric in table.metrics]
        parts += [view._repr_html_() for view in views]
    if rest:
        parts.append(
            f"<p>Not yet: {html.escape(', '.join(rest))}. The paper's numbers for them are in the CSV file.</p>"
        )
    parts += [
        claims(table),
        orders(table),
        _provenance(table),
        download([table], f"{table.name}.csv", "This table as CSV"),
    ]
    return "\n".join(parts)


def tables_without_results(tables: Iterable[ResultTable], homes: Homes) -> str:
    """Each table that waits, folded: what the paper prints, and nothing beside it."""
    parts = []
    for table in tables:
        if filled_columns(table):
            continue
        title = html.escape(table.description.title)
        parts.append(
            f'<details class="waiting-table" id="{table.name}"><summary>{title}: <em>not yet</em></summary>'
            f"{_source(table, homes)}{_paper_only(table)}"
            f"{claims(table) if table.claims else ''}"
            f"{download([table], f'{table.name}.csv', 'This table as CSV')}</details>"
        )
    return "\n".join(parts) or "<p>Every table has rows of ours.</p>"


def _paper_only(table: ResultTable) -> str:
    """Methods down, columns across, the metrics of a cell side by side."""
    names = [table.metric(metric).heading for metric in table.metrics]
    if table.columns == [ONLY]:
        head = ["Method", *names]
        rows = [[row, *(_printed(table, row, ONLY, metric) for metric in table.metrics)] for row in table.paper]
    else:
        head = ["Method", *table.columns]
        rows = [
            [row, *(" / ".join(_printed(table, row, c, metric) for metric in table.metrics) for c in table.columns)]
            for row in table.paper
        ]
    caption = f"{table.description.title}: the paper's numbers, {' / '.join(names)}. Ours: not yet"
    return html_table(caption, head, rows)


def _printed(table: ResultTable, row: str, column: str, metric: str) -> str:
    place = table.compare(row, None, column, metric)
    return MISSING if place.paper is None else table.metric(metric).text(place.paper, place.paper_spread)


def _source(table: ResultTable, homes: Homes) -> str:
    topic, address = homes[table.name]
    data = f" Data: {html.escape(str(table.description.data))}." if table.description.data else ""
    where = f"Chapter: {link(topic, address)}." if address else f"Chapter: {html.escape(topic)}, to come."
    return f"<p>{html.escape(table.description.source)}. {where}{data}</p>"


def _provenance(table: ResultTable) -> str:
    """Which run made the stored numbers: date, machine, versions, and the hashes of its data."""
    record = provenance.read(store.stored_folder(provenance.NAME, "paper")).get(table.name)
    hashes = {entry["data"]: entry["data_sha256"] for cells in table.rows.values() for entry in cells.values()}
    data = ", ".join(f"{html.escape(name)} (<code>{sha[:12]}</code>)" for name, sha in sorted(hashes.items()))
    if record is None:
        return f"<p>Provenance: data {data}; when and where it ran is not on record.</p>"
    machine = record["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"<p>Provenance: data {data}; stored {moment(record['date'])} on {html.escape(str(machine['processor']))} "
        f"({machine['device']}, {machine['threads']} threads), Python {machine['python']}, {html.escape(versions)}.</p>"
    )


def download(tables: Sequence[ResultTable], file: str, words: str) -> str:
    """A link that holds the CSV text itself: nothing is asked for when it is followed."""
    content = base64.b64encode(csv_text(tables).encode()).decode("ascii")
    return f'<p><a download="{html.escape(file)}" href="data:text/csv;base64,{content}">{html.escape(words)}</a></p>'


def confirmation(stored: Sequence[ResultTable], fresh: Sequence[ResultTable], profile: str) -> str:
    """What the results of this run's profile say of the stored ones, as Markdown."""
    if profile == "paper":
        return "This page was made by a `paper` run: the stored results are its own."
    lines, compared, tolerances, doubted = [], 0, {}, []
    for old, new in zip(stored, fresh, strict=True):
        there = [
            (row, column) for row, cells in new.rows.items() for column, entry in cells.items()
            if not entry["embedded"] and old.entry(row, column)
        ]  # fmt: skip
        compared += len(there)
        if there:
            for metric in old.description.metrics.values():
                tolerances[f"{metric.tolerance:g} {metric.unit}".strip() + f" in {metric.title}"] = None
        worst: dict[str, freshness.Contradiction] = {}
        for one in freshness.contradictions(old.description, old.rows, new.rows, there):
            worst[one.row] = max(worst.get(one.row, one), one, key=lambda each: each.excess)
        lines += [f"- **{old.description.title}, {row}** is stale: {one.reason}." for row, one in worst.items()]
        doubted += [old.name] if worst else []
    if not compared:
        return f"The `{profile}` profile has stored nothing that could be compared."
    if lines:
        why = provenance.other_processor(doubted, store.stored_folder(provenance.NAME, "paper"))
        return "\n".join(lines) + (f"\n\n{why}" if why else "")
    return (
        f"{compared} cells of the `{profile}` profile were compared with the stored ones, value by value. "
        f"**None is stale**: no value differs by more than {', '.join(tolerances)}."
    )
