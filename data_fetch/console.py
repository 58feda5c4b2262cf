"""What commands print: on any console, and an error of a known kind as one line."""

from __future__ import annotations

import contextlib
import sys

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
