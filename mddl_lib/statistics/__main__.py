"""``python -m mddl_lib.statistics [FILE]``: learn the patch prior from ``bsd400`` and write it, where it ships or into FILE."""

from __future__ import annotations

import argparse
from pathlib import Path

from mddl_lib.statistics.patch_file import SHIPPED, learned, save


def main() -> None:
    """Learn and write."""
    from data_fetch import load

    parser = argparse.ArgumentParser(prog="python -m mddl_lib.statistics", description=__doc__)
    parser.add_argument(
        "file", nargs="?", type=Path, default=SHIPPED, help="where to write; where it ships, if not given"
    )
    path = parser.parse_args().file
    save(learned(load("bsd400")), path)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
