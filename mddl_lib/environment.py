"""What a run is told from outside: its profile, where its files lie, and whether a reader or a build watches it."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]


def in_checkout() -> bool:
    """Whether the library lies in a checkout of the book, not among installed packages."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "book" / "tables").is_dir()


def book_folder() -> Path:
    """The folder with tables/, _toc.yml, the cards and results/paper/ (read only).

    :raises FileNotFoundError: when neither a checkout nor the package data is there.
    """
    if (CHECKOUT / "book" / "tables").is_dir():
        return CHECKOUT / "book"
    found = importlib.util.find_spec("mddl_book")  # installed: the book's data is a package of its own
    for folder in found.submodule_search_locations or [] if found else []:
        if (Path(folder) / "tables").is_dir():
            return Path(folder)
    raise FileNotFoundError(
        "the book's tables are not installed beside mddl_lib: install the package, or work in a checkout"
    )


def profile() -> str:
    """The profile of this run: smoke, read or paper (``$MDDL_PROFILE``; "read" when a reader opened the notebook)."""
    name = os.environ.get("MDDL_PROFILE", "read")
    if name not in ("smoke", "read", "paper"):
        raise ValueError(f"MDDL_PROFILE is {name!r}: expected smoke, read or paper")
    return name


def results_folder(name: str | None = None) -> Path:
    """Where results of a profile are written: ``$MDDL_RESULTS``, else the checkout's book/results, else ./results."""
    if base := own_folder("MDDL_RESULTS"):
        return base / (name or profile())
    inside = CHECKOUT / "book" / "tables"
    return (CHECKOUT / "book" / "results" if inside.is_dir() else Path.cwd() / "results") / (name or profile())


def own_folder(variable: str) -> Path | None:
    """The folder that an environment variable names, made absolute; None where it is not set."""
    named = os.environ.get(variable)
    return Path(named).expanduser().absolute() if named else None


def require_writable(folder: Path | str, what: str, variable: str | None = None) -> None:
    """Make a folder if need be and write a file into it, before hours are spent on what is to lie there.

    :param what: what is to be written, for the message.
    :param variable: the environment variable that names another folder, for the message.
    :raises PermissionError: when that fails, naming the folder and what helps.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        helps = f"; ${variable} names another folder" if variable else ""
        raise PermissionError(f"{folder} cannot hold {what}: {error.strerror or error}{helps}") from None


def static() -> bool:
    """Whether the notebook runs for the rendered page: its sliders are precomputed, its progress bars off."""
    return os.environ.get("MDDL_STATIC", "") == "1"


def quiet() -> bool:
    """Whether progress bars stay off."""
    return static() or os.environ.get("MDDL_QUIET", "") == "1"
