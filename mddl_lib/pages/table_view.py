"""How a result table looks: paper, ours and the difference, as HTML with a text twin. What differs stands below, as notes."""

from __future__ import annotations

import html
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mddl_lib.results.tables import ResultTable

FORMATS = {"psnr": "{:.2f}", "nmse": "{:.4f}", "ssim": "{:.4f}"}
NAMES = {"psnr": "PSNR (dB)", "nmse": "NMSE", "ssim": "SSIM"}
MISSING = "–"
NOT_YET = "not yet"


class TableView:
    """The rows of the paper in its order, each followed by ours; a paper row without one of ours says "not yet".

    :param stale: rows of ours that a later run did not confirm; they are marked.
    """

    def __init__(self, table: ResultTable, columns: list[str], stale: Collection[str] = ()) -> None:
        unknown = [column for column in columns if column not in table.columns]
        if unknown:
            raise KeyError(f"table {table.name} has no column {unknown[0]!r}: expected one of {table.columns}")
        self.table, self.columns, self.stale, self.with_notes = table, columns, stale, True

    def groups(self) -> list[tuple[str, list[str]]]:
        """The head: pairs of a group's title and its columns."""
        found = [("", ["Method"])]
        if len(self.columns) > 1:
            found[0][1].append("Column")
        found += [(NAMES.get(metric, metric), ["paper", "ours", "diff."]) for metric in self.table.metrics]
        return [*found, ("Seconds", ["paper", "ours"]), ("", ["Images"])]

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and body as text."""
        head = [f"{group}, {column}" if group else column for group, columns in self.groups() for column in columns]
        return head, [self._line(*row, column) for column in self.columns for row in self._rows(column)]

    def notes(self) -> list[str]:
        """What differs from the paper's rows, each sentence once, in the order of its first row."""
        shown = [ours for column in self.columns for _, ours in self._rows(column) if ours]
        return list(dict.fromkeys(note for note in map(self.table.note, shown) if note))

    def _rows(self, column: str) -> list[tuple[str | None, str | None]]:
        """(paper row, our row) pairs: the paper's order, then ours that stand beside none."""
        pairs: list[tuple[str | None, str | None]] = []
        for row, cells in self.table.paper.items():
            if column not in cells:
                continue
            ours = [name for name in self.table.announced() if self.table.paper_row(name) == row]
            pairs += [(row, name) for name in ours] or [(row, None)]
        pairs += [(None, name) for name in self.table.announced() if self.table.paper_row(name) is None]
        return [(paper, ours) for paper, ours in pairs if ours is None or self.table.expects(ours, column)]

    def _label(self, paper: str | None, ours: str | None, entry: dict | None) -> str:
        label = f"{ours or paper}"
        if ours and self.table.note(ours):
            label += f" [{self.notes().index(self.table.note(ours)) + 1}]"
        if entry and entry["embedded"]:
            label += f" on {entry['data']} (not the paper's data)"
        return label + (" (stale)" if ours in self.stale else "")

    def _line(self, paper: str | None, ours: str | None, column: str) -> list[str]:
        table = self.table
        entry = table.entry(ours, column) if ours else None
        embedded = bool(entry and entry["embedded"])
        line = [self._label(paper, ours, entry)] + ([column] if len(self.columns) > 1 else [])
        for metric in table.metrics:
            pattern = FORMATS.get(metric, "{:.3g}")
            theirs = table.paper.get(paper, {}).get(column, {}).get(metric) if paper and not embedded else None
            mine = table.mean(ours, column, metric) if ours and entry else None
            line += [pattern.format(theirs) if theirs is not None else MISSING]
            line += [pattern.format(mine) if mine is not None else NOT_YET]
            both = theirs is not None and mine is not None
            line += [pattern.replace("{:", "{:+").format(mine - theirs).replace("-", "−") if both else MISSING]
        printed = table.description["rows"].get(paper, {}).get("seconds") if paper and not embedded else None
        line += [f"{printed:.2g}" if printed is not None else MISSING]
        seconds = table.known_seconds.get(f"{ours} | {column}") if ours else None
        line += [f"{seconds:.2g}" if seconds is not None else MISSING]
        return [*line, str(len(entry["images"])) if entry else MISSING]

    def __repr__(self) -> str:
        head, body = self.cells()
        widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in [head, *body]
        ]
        notes = self.notes() if self.with_notes else []
        return "\n".join(lines + [f"[{number}] {note}" for number, note in enumerate(notes, 1)])

    def caption(self) -> str:
        """What stands above the table."""
        only = f" Column {self.columns[0]}." if len(self.columns) == 1 and self.columns != ["all"] else ""
        return f"{self.table.description['title']}.{only} Profile: {self.table.profile}."

    def _repr_html_(self) -> str:
        _, body = self.cells()
        groups = "".join(
            f'<th scope="colgroup" colspan="{len(columns)}">{html.escape(group)}</th>'
            if group
            else f'<td colspan="{len(columns)}"></td>'
            for group, columns in self.groups()
        )
        top = "".join(f'<th scope="col">{html.escape(cell)}</th>' for _, columns in self.groups() for cell in columns)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(line[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in line[1:])
            + "</tr>"
            for line in body
        )
        notes = "".join(f"<li>{html.escape(note)}.</li>" for note in self.notes())
        caption = html.escape(self.caption())
        return (
            f'<div class="paper-table" tabindex="0" role="region" aria-label="{caption}"><table class="table">'
            f"<caption>{caption}</caption><thead><tr>{groups}</tr><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
            + (f'<ol class="result-notes">{notes}</ol>' if notes and self.with_notes else "")
        )
