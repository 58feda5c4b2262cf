"""How the status page looks: the records of the runs as tables, HTML as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mddl_lib.core.html_table import Markup, html_table
from mddl_lib.core.run_report import duration, moment

NOTHING = "<p>Nothing is on record here: open this page through <code>make book</code>.</p>"


def notebooks(runs: Sequence[Mapping[str, Any]]) -> str:
    """One line a notebook: profile, when, how long, whether its text is still the same; the total in the caption.

    Taught in :doc:`/status`.
    """
    if not runs:
        return NOTHING
    rows = [[r["notebook"], r["profile"], moment(r["started"]), duration(r["seconds"]), r["state"]] for r in runs]
    total = duration(sum(run["seconds"] for run in runs))
    return html_table(
        f"{len(runs)} notebooks, {total} in all", ["Notebook", "Profile", "Started", "Took", "Source"], rows
    )


def machines(runs: Sequence[Mapping[str, Any]]) -> str:
    """Each machine that took part, with its versions and how many notebooks ran there.

    Taught in :doc:`/status`.
    """
    if not runs:
        return NOTHING
    seen: dict[tuple, list[str]] = {}
    for run in runs:
        machine = run["machine"]
        what = f"{machine['processor']}, {machine['cores']} cores"
        what += f", {machine['accelerator']}" if "accelerator" in machine else ", no accelerator"
        seen.setdefault((what, *sorted(run["versions"].items())), []).append(run["notebook"])
    rows = [
        [what, ", ".join(f"{name} {number}" for name, number in versions), len(names)]
        for (what, *versions), names in seen.items()
    ]
    return html_table("Machines", ["Machine", "Versions", "Notebooks"], rows)


def result_tables(records: Mapping[str, Mapping[str, Any]]) -> str:
    """One line a row of a table: profile, date, seconds for one image, machine.

    Taught in :doc:`/status`.
    """
    rows = []
    for profile, tables in records.items():
        for table, record in sorted(tables.items()):
            machine = f"{record['machine']['processor']}, {record['machine']['device']}"
            for row, seconds in record["seconds"].items():
                rows.append([f"{table}: {row}", profile, moment(record["date"]), f"{seconds:.3g} s", machine])
    if not rows:
        return "<p>No results are stored yet: <code>make tables PROFILE=paper</code> computes them.</p>"
    return html_table("Runs behind the tables", ["Row", "Profile", "Stored", "One image", "Machine"], rows)


def weight_files(headers: Sequence[Mapping[str, Any]]) -> str:
    """One line a weights file: what it was trained on and how.

    Taught in :doc:`/status`.
    """
    if not headers:
        return "<p>No trained weights ship with this version.</p>"
    rows = []
    for header in headers:
        recipe = header.get("recipe", {})
        rows.append(
            [
                header["name"],
                f"{header['parameters']:,}".replace(",", "\u202f"),
                f"{', '.join(header.get('data', {}))} ({header.get('images', '?')} images)",
                f"{recipe.get('optimizer', '?')}, {recipe.get('iterations', '?')} iterations",
                header.get("seed"),
                f"{header.get('device', '?')}, torch {header.get('torch', '?')}",
                Markup(f"<code>{header.get('source_sha256', '')[:12]}</code>"),
                Markup(f"<code>{header['tensors_sha256'][:12]}</code>"),
            ]
        )
    head = ["Weights", "Parameters", "Training data", "Recipe", "Seed", "Trained on", "Source", "Tensors"]
    return html_table("Trained weights in the package", head, rows)
