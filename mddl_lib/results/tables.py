"""Result tables: the paper's numbers beside ours, values per image, with where they come from."""

from __future__ import annotations

import json
import statistics
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from mddl_lib.environment import book_folder, profile, results_folder
from mddl_lib.results import provenance
from mddl_lib.results.claims import Claim
from mddl_lib.results.evaluation import Evaluation

if TYPE_CHECKING:
    from mddl_lib.pages.matrix_view import MatrixView
    from mddl_lib.pages.table_view import TableView
    from mddl_lib.results.cells import Cell

DIGITS = 6
STALE = 5e-2
"""dB by which a recomputed image may differ from the stored one: another processor rounds otherwise. Seen: 0.042 for an image
of ADMM-Net17, whose learned penalties are negative in places, so that a denominator of layer X comes near zero"""


class StaleResultError(ValueError):
    """A result that a reduced run would put in the place of a full one."""


@dataclass(frozen=True)
class Paired:
    """Differences between two methods, image by image."""

    mean: float
    spread: float
    """standard deviation over the images"""
    wins: int
    images: int

    def __str__(self) -> str:
        return f"{self.mean:+.2f} ± {self.spread:.2f}, better on {self.wins} of {self.images} images"


class ResultTable:
    """One table of a paper, and our results for it.

    :ivar paper: {row: {column: {metric: value}}}, as printed.
    :ivar rows: our rows: {row: {column: entry}}, an entry holding ``data``, ``data_sha256``, ``embedded``, ``images`` (their
        names) and one list of values a metric.
    """

    def __init__(self, name: str, description: dict, profile_name: str | None = None) -> None:
        self.name, self.description, self.profile = name, description, profile_name or profile()
        self.metrics = [metric for metric in description["metrics"] if metric != "seconds"]
        given = [str(column) for column in description["columns"]]
        self.columns = ["all"] if set(given) <= set(self.metrics) else given
        self.claims = [Claim(**claim) for claim in description.get("claims", [])]
        self.rows: dict[str, dict[str, dict]] = {}
        self.seconds: dict[str, float] = {}
        """this run's seconds for one image, by "row | column": they go into the provenance file"""
        self.known_seconds: dict[str, float] = {}
        """those of the stored paper profile: what a page shows, so that a rerun does not change it"""
        self.paper = {row: self._printed(cells) for row, cells in description["rows"].items()}

    def _printed(self, cells: dict) -> dict[str, dict[str, float]]:
        """One row as the paper prints it: {column: {metric: value}}.

        Some papers' columns *are* the metrics, with a standard deviation in the second place: one column, "all".
        """
        if self.columns == ["all"]:
            return {"all": {metric: cells[metric][0] for metric in self.metrics if metric in cells}}
        return {
            column: {m: value for m, value in zip(self.metrics, cells[column], strict=False) if value is not None}
            for column in self.columns
            if column in cells
        }

    @classmethod
    def load(cls, name: str, profile: str | None = None) -> ResultTable:
        """The table called ``name`` with the results stored for a profile (this run's when not given).

        :raises KeyError: for a name without a file in book/tables.
        """
        path = book_folder() / "tables" / f"{name}.yaml"
        if not path.exists():
            known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
            raise KeyError(f"there is no table {name!r}: known are {known}")
        table = cls(name, yaml.safe_load(path.read_text()), profile)
        folder = results_folder(table.profile)
        if table.profile == "paper" and not (folder / f"{name}.json").exists():
            folder = book_folder() / "results" / "paper"
        stored = folder / f"{name}.json"
        if stored.exists():
            table.rows = json.loads(stored.read_text())["rows"]
        full = results_folder("paper")
        full = full if (full / provenance.NAME).exists() else book_folder() / "results" / "paper"
        table.known_seconds = provenance.read(full).get(name, {}).get("seconds", {})
        return table

    def add(self, row: str, column: str, scores: Evaluation, **origin: object) -> None:
        """Put an evaluation into a cell. ``origin`` says what made it: weights, tuning, seed.

        :raises KeyError: for a column that the table has not, or a row that its file does not announce.
        """
        if column not in self.columns:
            raise KeyError(f"table {self.name} has no column {column!r}: expected one of {self.columns}")
        if row not in self.announced():
            raise KeyError(f"table {self.name} announces no row {row!r} of ours: expected one of {self.announced()}")
        self.rows.setdefault(row, {})[column] = {
            "data": scores.data,
            "data_sha256": scores.data_sha256,
            "embedded": scores.embedded,
            "images": list(scores.names),
            **{metric: [round(value, DIGITS) for value in getattr(scores, metric)] for metric in self.metrics},
            "origin": origin,
        }
        self.seconds[f"{row} | {column}"] = float(np.median(scores.seconds))

    def save(self) -> Path:
        """Write the results of this run's profile, and its seconds into the profile's provenance file.

        Cells that another notebook stored meanwhile stay.

        :raises StaleResultError: when a stored cell of the same data holds more images than the new one, or when
            embedded images would take the place of real ones.
        """
        folder = results_folder(self.profile)
        path = folder / f"{self.name}.json"
        stored = json.loads(path.read_text())["rows"] if path.exists() else {}
        for row, cells in stored.items():
            self.rows[row] = {**cells, **self.rows.get(row, {})}
        for row, cells in self.rows.items():
            for column, entry in cells.items():
                old = stored.get(row, {}).get(column)
                if old and entry["embedded"] and not old["embedded"]:
                    raise StaleResultError(
                        f"{path}: {row}, {column} holds results on {old['data']}: those on {entry['data']}, an embedded "
                        "stand-in, do not overwrite them"
                    )
                if old and old["data"] == entry["data"] and len(old["images"]) > len(entry["images"]):
                    raise StaleResultError(
                        f"{path}: {row}, {column} holds {len(old['images'])} images, this run has {len(entry['images'])}: "
                        "a reduced run does not overwrite a full one"
                    )
        folder.mkdir(parents=True, exist_ok=True)
        provenance.write_json(path, {"table": self.name, "profile": self.profile, "rows": self.rows})
        provenance.record(folder, self.name, self.seconds)
        return path

    def announced(self) -> list[str]:
        """Names of our rows, in the order in which they stand."""
        return list(self.description.get("ours", {}))

    def paper_row(self, row: str) -> str | None:
        """The row of the paper that a row of ours stands beside."""
        return self.description.get("ours", {}).get(row, {}).get("paper")

    def note(self, row: str) -> str:
        """What differs from the paper's row: data, weights, parameters."""
        return self.description.get("ours", {}).get(row, {}).get("note", "")

    def expects(self, row: str, column: str) -> bool:
        """Whether a row of ours is meant to have this column: all of them, unless its description names ``columns``."""
        return column in self.description.get("ours", {}).get(row, {}).get("columns", self.columns)

    def entry(self, row: str, column: str) -> dict | None:
        """Our cell, or None when nothing was computed."""
        return self.rows.get(row, {}).get(column)

    def mean(self, row: str, column: str, metric: str) -> float:
        """The mean over the images of one cell.

        :raises KeyError: for an empty cell.
        """
        entry = self.entry(row, column)
        if entry is None:
            raise KeyError(f"table {self.name}, profile {self.profile}: nothing was computed for {row}, {column}")
        return statistics.fmean(entry[metric])

    def paired(self, row: str, other: str, column: str, metric: str) -> Paired:
        """Row minus other row, over the images that both have."""
        first, second = self.entry(row, column), self.entry(other, column)
        if first is None or second is None or first["images"] != second["images"] or first["data"] != second["data"]:
            raise KeyError(f"{row} and {other} have no images in common in {column} of table {self.name}")
        difference = np.subtract(first[metric], second[metric])
        better = difference > 0 if self.higher_is_better(metric) else difference < 0
        return Paired(
            float(difference.mean()),
            float(difference.std(ddof=min(1, len(difference) - 1))),
            int(better.sum()),
            len(better),
        )

    def higher_is_better(self, metric: str) -> bool:
        """As the table's file says of the metric."""
        return self.description["metrics"][metric] == "higher"

    def stale_rows(self, fresh: ResultTable, computed: Iterable[Cell] | None = None) -> dict[str, float]:
        """Rows of ours that a fresh run does not confirm: {row: largest difference of an image}.

        :param computed: the cells that the run computed, as ``fill`` returns them; None: every cell that ``fresh`` holds.
        """
        stale = {}
        places = None if computed is None else {(cell.row, cell.column) for cell in computed}
        for row, cells in fresh.rows.items():
            for column, entry in cells.items():
                if places is not None and (row, column) not in places:
                    continue
                old = self.entry(row, column)
                if old is None or old["data"] != entry["data"]:
                    continue
                known = dict(zip(old["images"], old["psnr"], strict=True)) if "psnr" in old else {}
                pairs = zip(entry["images"], entry.get("psnr", []), strict=False)
                worst = max((abs(known.get(name, np.inf) - value) for name, value in pairs), default=0.0)
                if worst > STALE or old["data_sha256"] != entry["data_sha256"]:
                    stale[row] = float(worst)
        return stale

    def show(self, *columns: str, stale: Collection[str] = ()) -> TableView:
        """Paper, ours and the difference side by side: an object that a notebook displays. ``stale`` rows are marked."""
        from mddl_lib.pages.table_view import TableView

        return TableView(self, list(columns) or self.columns, stale)

    def matrix(self, metric: str, stale: Collection[str] = (), notes: bool = True) -> MatrixView:
        """One metric of all columns, paper beside ours; the notes once are enough below two such tables."""
        from mddl_lib.pages.matrix_view import MatrixView

        return MatrixView(self, metric, stale, notes)
