"""``python -m data_fetch list | get NAME… | verify [NAME…] | path NAME [FILE]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .cache import cache_folder, location, settle
from .console import any_console
from .errors import DataError, HashMismatch, HttpRefusal, TruncatedFile, UnknownName
from .fetching import available, fetch, problem_of
from .page.cards import content, megabytes
from .registry import Entry, entries, find, names


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("python -m data_fetch", description="Data sets of the book, by name.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every data set, its size, and whether it is here")
    get = commands.add_parser("get", help="download what is missing and check every file")
    get.add_argument("names", nargs="*", metavar="NAME", help="as listed; a subset is NAME/SUBSET")
    get.add_argument("--all", action="store_true", help="every data set")
    verify = commands.add_parser("verify", help="check every cached file's sha256; downloads nothing")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: every set that is here")
    path = commands.add_parser("path", help="where a data set, or one file of it, lies")
    path.add_argument("name", metavar="NAME")
    path.add_argument("file", metavar="FILE", nargs="?")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    :returns: 0 when it did what it says, 1 on a data error (one line on stderr), 130 when it was stopped.
    :raises SystemExit: with status 2, on wrong usage.
    """
    any_console()
    parser = arguments()
    options = parser.parse_args(argv)
    settle()
    if options.command == "get" and bool(options.names) == options.all:
        parser.error("get: give names, or --all")
    try:
        match options.command:
            case "list":
                return show_list()
            case "get":
                return get(options.names or names())
            case "verify":
                return verify(options.names)
            case _:
                return show_path(options.name, options.file)
    except DataError as error:
        print(f"data_fetch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("data_fetch: stopped; what had arrived is kept, the rest can be fetched later", file=sys.stderr)
        return 130


def show_list() -> int:
    """One line a set."""
    print(f"cache folder: {cache_folder()}")
    width = max(map(len, names()))
    for name, entry in entries().items():
        if entry.embedded:
            print(f"{name:{width}}  {'by code':>8}  {'here':8}  {content(entry)}")
            continue
        state = "here" if available(name) else "not here"
        size = megabytes(entry.bytes).replace("\u00a0", " ")
        print(f"{name:{width}}  {size:>8}  {state:8}  {content(entry).replace('`', '')}")
    return 0


def get(asked: Sequence[str]) -> int:
    """Fetch one set after the other; what concerns one set only is told, and the next one has its turn.

    No network, a full disk or a cache that cannot be written end it. All names are looked up before any transfer.
    """
    for name in asked:
        find(name)
    failed = 0
    for name in asked:
        if find(name).embedded:
            continue
        try:
            fetch(name)
        except (HttpRefusal, HashMismatch, TruncatedFile) as error:
            print(f"data_fetch: {error}", file=sys.stderr)
            failed += 1
        else:
            print(f"{name}: complete and checked")
    return 1 if failed else 0


def verify(asked: Sequence[str]) -> int:
    """Check files that are here. With names, a missing file counts as wrong too."""
    wrong = 0
    for entry in map(find, asked or names()):
        if entry.embedded:
            continue
        problems = [problem for file in entry.files if (problem := problem_of(entry, file)) is not None]
        if not asked and len(problems) == len(entry.files) and not any(isinstance(p, DataError) for p in problems):
            print(f"{entry.name}: not here")
            continue
        for problem in problems:
            print(f"{entry.name}: {describe(problem)}", file=sys.stderr)
        print(f"{entry.name}: {len(entry.files) - len(problems)} of {len(entry.files)} files are right")
        wrong += len(problems)
    return 1 if wrong else 0


def describe(problem: Exception) -> str:
    """One line for a damaged or missing file."""
    return f"{problem.filename}: {problem.strerror}" if isinstance(problem, OSError) else str(problem)


def show_path(name: str, file: str | None) -> int:
    """Print the folder of a set, or the path of one file, after checking it; downloads nothing."""
    entry = find(name)
    if entry.embedded:
        raise UnknownName(f"{name} is made by code and lies in no folder")
    require_here(entry, file)
    if file:
        print(location(entry, entry.file(file)))
    else:
        own_folder = entry.subset and all(f.name.startswith(f"{entry.subset}/") for f in entry.files)
        print(cache_folder() / entry.dataset / (entry.subset if own_folder else ""))
    return 0


def require_here(entry: Entry, file: str | None) -> None:
    """Raise unless the file, or every file, is in the cache and right."""
    for registered in [entry.file(file)] if file else entry.files:
        problem = problem_of(entry, registered)
        if problem is not None:
            raise DataError(f"{describe(problem)} (python -m data_fetch get {entry.name} fetches it)")


if __name__ == "__main__":
    sys.exit(main())
