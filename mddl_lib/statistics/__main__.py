"""``python -m mddl_lib.statistics [FILE]``: learn the patch prior from ``bsd400`` and write it, where it ships or into FILE.

``python -m mddl_lib.statistics --constants``: tune what the classical rivals of this field's networks have to be told.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mddl_lib.statistics.iterative.tuning import tune as inference_constants
from mddl_lib.statistics.patch_file import SHIPPED, learned, save
from mddl_lib.statistics.random_fields.tuning import tune as random_field_constants


def main() -> None:
    """Learn and write."""
    from data_fetch import load

    parser = argparse.ArgumentParser(prog="python -m mddl_lib.statistics", description=__doc__)
    parser.add_argument(
        "file", nargs="?", type=Path, default=SHIPPED, help="where to write; where it ships, if not given"
    )
    parser.add_argument("--constants", action="store_true", help="tune the dense CRF and classical inference instead")
    options = parser.parse_args()
    if options.constants:
        import mddl_lib

        random_field_constants(mddl_lib.load)
        inference_constants(mddl_lib.load)
        return
    path = options.file
    save(learned(load("bsd400")), path)
    print(f"written: {path}")


if __name__ == "__main__":
    main()
