"""The result files of a profile: where they lie, what they may hold, and how several processes write them.

A file is strict JSON (no NaN, no infinity), in a fixed order, written under the folder's lock and put in place at once.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from mddl_lib.environment import book_folder, require_writable, results_folder
from mddl_lib.environment import profile as this_profile
from mddl_lib.results.description import RESERVED, Description

Rows = dict[str, dict[str, dict[str, Any]]]
"""{row: {column: entry}}; an entry has ``data``, ``data_sha256``, ``embedded``, ``units`` (their names), ``origin``, and a list
of values for each metric"""
PATIENCE = 300.0
"""seconds that a process waits for another one's write"""


class StaleResultError(ValueError):
    """A result that a reduced run would put in the place of a full one."""


class DamagedResultError(ValueError):
    """A result file, or a cell, that cannot be what a run stored."""


def stored_folder(file: str, profile: str | None = None) -> Path:
    """The folder that holds a profile's file: this machine's results; for ``paper``, when it is not there, the book's own."""
    folder = results_folder(profile)
    if (profile or this_profile()) == "paper" and not (folder / file).exists():
        return book_folder() / "results" / "paper"
    return folder


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one process: whoever reads, merges and writes there does so inside.

    :raises filelock.Timeout: when another process holds it for longer than ``PATIENCE``.
    :raises PermissionError: when nothing can be written there, with the variable that names another folder.
    """
    require_writable(folder, "results", "MDDL_RESULTS")
    with FileLock(folder / ".lock", timeout=PATIENCE):
        yield


def write_json(path: Path, content: object) -> None:
    """Write JSON in a fixed order, atomically.

    :raises ValueError: for NaN and infinity; nothing is written then.
    """
    try:
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"{path} is not written: {error}") from None
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex}.part")
    try:
        temporary.write_text(text + "\n", encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """Strict JSON.

    :raises DamagedResultError: for a file that is cut, holds NaN or infinity, or no object; it says how to get it back.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except ValueError as error:
        raise damaged(path, str(error)) from None
    if not isinstance(content, dict):
        raise damaged(path, f"it holds a {type(content).__name__}, expected an object")
    return content


def damaged(path: Path, reason: str) -> DamagedResultError:
    """The error for a file, with how to get it back."""
    return DamagedResultError(
        f"{path} is damaged: {reason}. Get it back with `git checkout -- {path}` where it is committed, "
        "else delete it and run what made it again"
    )


def read_rows(path: Path, description: Description, profile: str) -> Rows:
    """The rows of one table's file, checked; none when there is no file.

    :raises DamagedResultError: for a damaged file, another table's or profile's, a row or column that the table has not, and a
        cell that :func:`check` refuses.
    """
    if not path.exists():
        return {}
    content = read_json(path)
    if (content.get("table"), content.get("profile")) != (description.name, profile):
        held = f"table {content.get('table')!r}, profile {content.get('profile')!r}"
        raise damaged(path, f"it holds {held}, expected {description.name!r}, {profile!r}")
    rows = content.get("rows")
    if not isinstance(rows, dict) or not all(isinstance(cells, dict) for cells in rows.values()):
        raise damaged(path, "it has no rows")
    for row, cells in rows.items():
        for column, entry in cells.items():
            if isinstance(entry, dict) and "images" in entry:  # what units were called before there were others
                entry["units"] = entry.pop("images")
            try:
                check(description, row, column, entry)
            except DamagedResultError as error:
                raise damaged(path, str(error)) from None
    return rows


def check(description: Description, row: str, column: str, entry: Any) -> None:
    """Whether a cell can be what a run stored. A metric may be absent: the table may have got it later.

    :raises DamagedResultError: for an unknown row, column or metric, no units or one twice, a list of another length than the
        units, and a value that is no finite number.
    """
    where = f"{row}, {column}"
    if row not in description.ours:
        raise DamagedResultError(f"table {description.name} announces no row {row!r}")
    if column not in description.columns:
        raise DamagedResultError(f"{where}: table {description.name} has no column {column!r}")
    if not isinstance(entry, dict) or any(key not in entry for key in RESERVED):
        raise DamagedResultError(f"{where}: a cell needs {', '.join(RESERVED)}")
    units = entry["units"]
    if not isinstance(units, list) or not units or len(set(map(str, units))) != len(units):
        raise DamagedResultError(
            f"{where}: {units!r} are no {description.unit.many}: expected different names, one or more"
        )
    for metric, values in entry.items():
        if metric in RESERVED:
            continue
        if metric not in description.metrics:
            raise DamagedResultError(f"{where}: table {description.name} has no metric {metric!r}")
        if not isinstance(values, list) or len(values) != len(units):
            count = len(values) if isinstance(values, list) else "no"
            raise DamagedResultError(f"{where}: {metric} has {count} values for {description.unit.count(len(units))}")
        for unit, value in zip(units, values, strict=True):
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise DamagedResultError(f"{where}: {metric} of {unit} is {value!r}: expected a finite number")


def merged(path: Path, stored: Rows, new: Rows, description: Description) -> Rows:
    """The stored rows with the new cells in their places.

    :raises StaleResultError: when a stored cell of the same data holds more units than the new one, or when embedded data
        would take the place of real data.
    """
    rows = {row: dict(cells) for row, cells in stored.items()}
    for row, cells in new.items():
        for column, entry in cells.items():
            if old := stored.get(row, {}).get(column):
                _refuse_less(f"{path}: {row}, {column}", old, entry, description)
            rows.setdefault(row, {})[column] = entry
    return rows


def _refuse_less(where: str, old: Mapping[str, Any], new: Mapping[str, Any], description: Description) -> None:
    if new["embedded"] and not old["embedded"]:
        raise StaleResultError(
            f"{where} holds results on {old['data']}: those on {new['data']}, an embedded stand-in, do not overwrite them"
        )
    if old["data"] == new["data"] and len(old["units"]) > len(new["units"]):
        raise StaleResultError(
            f"{where} holds {description.unit.count(len(old['units']))}, this run has {len(new['units'])}: "
            "a reduced run does not overwrite a full one"
        )


def _no_number(word: str) -> float:
    raise ValueError(f"it holds {word}, which is no number")
