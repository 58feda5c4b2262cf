"""How a result table looks: paper, ours, the difference and what differs, as HTML with a text twin."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mddl_lib.core.tables import ResultTable

FORMATS = {"psnr": "{:.2f}", "nmse": "{:.4f}", "ssim": "{:.4f}"}
NAMES = {"psnr": "PSNR (dB)", "nmse": "NMSE", "ssim": "SSIM"}
MISSING = "–"


class TableView:
    """The rows of the paper in its order, each followed by ours; a paper row without one of ours says "not yet".

    Taught in :doc:`/scoreboard`.
    """

    def __init__(self, table: ResultTable, columns: list[str]) -> None:
        unknown = [column for column in columns if column not in table.columns]
        if unknown:
            raise KeyError(f"table {table.name} has no column {unknown[0]!r}: expected one of {table.columns}")
        self.table, self.columns = table, columns

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and body as text."""
        head = ["Method", "Sampling" if len(self.columns) > 1 else self.columns[0]]
        for metric in self.table.metrics:
            name = NAMES.get(metric, metric)
            head += [f"{name}, paper", f"{name}, ours", "difference"]
        body = [line for column in self.columns for row in self._rows(column) for line in [self._line(*row, column)]]
        return [*head, "Seconds, paper", "Seconds, ours", "Images", "What differs"], body

    def _rows(self, column: str) -> list[tuple[str | None, str | None]]:
        """(paper row, our row) pairs: the paper's order, then ours that stand beside none."""
        pairs: list[tuple[str | None, str | None]] = []
        for row, cells in self.table.paper.items():
            if column not in cells:
                continue
            ours = [name for name in self.table.announced() if self.table.paper_row(name) == row]
            pairs += [(row, name) for name in ours] or [(row, None)]
        return pairs + [(None, name) for name in self.table.announced() if self.table.paper_row(name) is None]

    def _line(self, paper: str | None, ours: str | None, column: str) -> list[str]:
        table = self.table
        entry = table.entry(ours, column) if ours else None
        embedded = bool(entry and entry["embedded"])
        label = f"{ours or paper}" + (f" on {entry['data']} (not the paper's data)" if embedded and entry else "")
        line = [label, column]
        for metric in table.metrics:
            pattern = FORMATS.get(metric, "{:.3g}")
            theirs = table.paper.get(paper, {}).get(column, {}).get(metric) if paper and not embedded else None
            mine = table.mean(ours, column, metric) if ours and entry else None
            line += [pattern.format(theirs) if theirs is not None else MISSING]
            line += [pattern.format(mine) if mine is not None else "not yet"]
            both = theirs is not None and mine is not None
            line += [pattern.replace("{:", "{:+").format(mine - theirs) if both else MISSING]
        printed = table.description["rows"].get(paper, {}).get("seconds") if paper and not embedded else None
        line += [f"{printed:.3g}" if printed is not None else MISSING]
        seconds = table.known_seconds.get(f"{ours} | {column}") if ours else None
        line += [f"{seconds:.3g}" if seconds is not None else MISSING]
        line += [str(len(entry["images"])) if entry else MISSING, table.note(ours) if ours else ""]
        return line

    def __repr__(self) -> str:
        head, body = self.cells()
        widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in [head, *body]
        )

    def _repr_html_(self) -> str:
        head, body = self.cells()
        top = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(line[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in line[1:])
            + "</tr>"
            for line in body
        )
        caption = f"{html.escape(self.table.description['title'])}. Profile: {self.table.profile}."
        return (
            f'<div class="result-table" tabindex="0" role="region" aria-label="{caption}"><table class="table">'
            f"<caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
