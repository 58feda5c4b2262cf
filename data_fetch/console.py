"""What commands print: on any console, and an error of a known kind as one line."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .errors import DataError

KNOWN = (ValueError, LookupError, OSError, DataError)
"""errors that say what a user can change; any other is a fault of ours, and shows where it is"""


def any_console() -> None:
    """Print a sign that the console does not know as a question mark: no command dies of one."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # not every stream is a console's
            stream.reconfigure(errors="replace")


def in_one_line(error: BaseException) -> str:
    """An error of a known kind without line ends: what was met, with the file's name before what the system says."""
    if isinstance(error, OSError) and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    elif isinstance(error, KeyError) and error.args:
        text = str(error.args[0])  # its own text would be in quotation marks
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())


def tell(text: str) -> None:
    """One line for the user, beside what the command prints."""
    print(text, file=sys.stderr, flush=True)


def line_by_line(
    names: Sequence[str], one: Callable[[int], dict[str, Any]], what: str = "", done: str = "done"
) -> tuple[list[dict[str, Any]], int]:
    """Print one JSON line for each name; tell of each that fails why, and go on with the others.

    :param names: what the user named, such as files.
    :param one: from a place in the names to the line's content.
    :param what: what they are called in the last line, when several were named and some failed, such as "images".
    :param done: and what was done with them.
    :returns: the lines, and the exit status: 0, or 2 when one failed.
    """
    lines, failed = [], []
    for index, name in enumerate(names):
        try:
            line = one(index)
        except BrokenPipeError:
            raise
        except KNOWN as error:
            failed.append(name)
            tell(f"error: {in_one_line(error)}")
            continue
        lines.append(line)
        print(json.dumps(line, allow_nan=False), flush=True)
    if failed and len(names) > 1:
        count = " ".join(filter(None, [f"{len(lines)} of {len(names)}", what, done]))
        tell(f"{count}; not {done}: {', '.join(failed)}")
    return lines, 2 if failed else 0


def stems(paths: Sequence[Path]) -> list[str]:
    """A name for what is written of each file: its own without its ending, with a number where two would be called alike."""
    found: list[str] = []
    for path in paths:
        name, number = path.stem, 1
        while name in found:
            number += 1
            name = f"{path.stem}_{number}"
        found.append(name)
    return found
