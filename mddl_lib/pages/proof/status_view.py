"""How the status page looks: the records of the runs as tables, HTML as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mddl_lib.pages.html_table import Markup, html_table
from mddl_lib.pages.run_report import duration, moment
from mddl_lib.results.description import Description
from mddl_lib.results.metric import Unit

NOTHING = "<p>Nothing is on record here: open this page through <code>make book</code>.</p>"


def notebooks(runs: Sequence[Mapping[str, Any]]) -> str:
    """One line a notebook: profile, when, how long, whether its text is still the same; the total in the caption."""
    if not runs:
        return NOTHING
    rows = [[r["notebook"], r["profile"], moment(r["started"]), duration(r["seconds"]), r["state"]] for r in runs]
    total = duration(sum(run["seconds"] for run in runs))
    return html_table(
        f"{Unit('notebook', 'notebooks').count(len(runs))}, {total} in all",
        ["Notebook", "Profile", "Started", "Took", "Source"],
        rows,
    )


def machines(runs: Sequence[Mapping[str, Any]]) -> str:
    """Each machine that took part, with its versions and how many notebooks ran there."""
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
    """One table a record: when and where it was stored, and each row's seconds for one unit."""
    parts = []
    for profile, tables in records.items():
        for name, record in sorted(tables.items()):
            machine = f"{record['machine']['processor']}, {record['machine']['device']}"
            caption = f"{name}, profile {profile}: {moment(record['date'])}, {machine}"
            rows = [[*key.split(" | "), f"{seconds:.3g} s"] for key, seconds in record["seconds"].items()]
            parts.append(html_table(caption, ["Row", "Column", f"One {_unit(name).one}"], rows))
    return "".join(parts) or "<p>No results are stored yet: <code>make tables PROFILE=paper</code> computes them.</p>"


def _unit(table: str) -> Unit:
    """What the table calls a unit; a record may be older than the table's file."""
    try:
        return Description.load(table).unit
    except KeyError:
        return Unit("unit", "units")


def weight_files(headers: Sequence[Mapping[str, Any]]) -> str:
    """One line a weights file: what it was trained on and how."""
    if not headers:
        return "<p>No trained weights ship with this version.</p>"
    rows = []
    for header in headers:
        recipe = header.get("recipe", {})
        size = f"{header['parameters']:,}".replace(",", "\u202f")
        hashes = f"<code>{header.get('source_sha256', '')[:12]}</code>", f"<code>{header['tensors_sha256'][:12]}</code>"
        rows.append(
            [
                Markup(f"{header['name']}<br>{size} parameters"),
                f"{', '.join(header.get('data', {}))}: {header.get('images', '?')} images; {header.get('mask', '?')}",
                f"{recipe.get('optimizer', '?')}, {recipe.get('iterations', '?')} iterations, seed {header.get('seed')}; "
                f"{header.get('device', '?')}, torch {header.get('torch', '?')}",
                Markup("<br>".join(hashes)),
            ]
        )
    return html_table("Trained weights in the package", ["Weights", "Trained on", "How", "Source, tensors"], rows)
