"""Fetch what the chapters use; where that fails, say so once and go on: each chapter has an embedded default.

    python -m tools.running.fetch_data _build/data_state.txt brain_mr_test radial_masks …

The file holds what is here and is written only when that changed: notebooks depend on it, so they run again when a set
that was missing has arrived.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import data_fetch
from tools.book.book_files import write_if_changed


def fetch_missing(names: list[str]) -> dict[str, bool]:
    """Name → whether the set lies in the cache, after one call that fetches those that do not."""
    missing = [name for name in names if not data_fetch.available(name)]
    if missing:
        print(f"[data] fetching {', '.join(missing)} …", flush=True)
        # One process for all of them: they come in parallel, and an unreachable host is waited for once.
        subprocess.run([sys.executable, "-m", "data_fetch", "get", *missing], check=False)
    return {name: name not in missing or data_fetch.available(name) for name in names}


def main(state_file: Path, names: list[str]) -> None:
    """Fetch, write the state, and tell what the chapters will do without; a cache folder that is none ends it in one line."""
    if data := os.environ.get("MDDL_DATA"):
        os.environ["MDDL_DATA"] = os.path.abspath(os.path.expanduser(data))  # as seen from where make was called
    try:
        state = fetch_missing(names)
    except data_fetch.WrongSetup as error:
        sys.exit(f"[data] {error}")
    write_if_changed(state_file, "".join(f"{name}: {'here' if here else 'missing'}\n" for name, here in state.items()))
    if missing := [name for name, here in state.items() if not here]:
        print(
            f"[data] not here: {', '.join(missing)}. Chapters that use them fall back on embedded defaults, and say so."
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
