"""Run one notebook with its profile's parameters; its target appears only when every cell ran.

    python -m tools.running.execute_notebook models/fast_mri --profile read --target _build/executed/read/models/fast_mri.ipynb

papermill saves after each cell, so it writes to a temporary file; that is tidied and renamed, and a failed or
interrupted run leaves no target that make would take for done. Beside the target stands NAME.timing.json, for the
status page.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from tools.book.book_files import BookError, read_notebook
from tools.book.cards import PROFILES, parameters_for
from tools.book.notebook_parameters import Scalar, check_given
from tools.running.run_record import write_record
from tools.running.tidy_notebook import tidy_file

ROOT = Path(__file__).resolve().parents[2]
# A limit of seconds fails good notebooks on a loaded machine; training (profile paper) has no limit a cell.
CELL_SECONDS: dict[str, int | None] = {"smoke": 600, "read": 600, "paper": None}


class NotebookFailed(BookError):
    """A cell raised, ran out of time or killed the kernel; the message is what a reader needs to see."""


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables for the kernel, put back afterwards."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def execute(
    name: str, profile: str, parameters: Mapping[str, Scalar], target: Path, book: Path, results: Path, timings: Path
) -> float:
    """Run book/NAME.ipynb into `target` and return the seconds it took.

    Raises BookError when the notebook is none or a parameter has no counterpart in it, NotebookFailed when a cell fails.
    """
    import papermill  # here, so that a refused parameter is told within a second
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    source = book / f"{name}.ipynb"
    read_notebook(source)  # refuses what nbformat would only stumble over
    check_given(nbformat.read(source, as_version=4), parameters, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    record = target.with_name(f"{target.stem}.timing.json")
    record.unlink(missing_ok=True)
    unfinished = target.with_name(f".{target.stem}.{os.getpid()}.unfinished.ipynb")
    started, clock = datetime.now(UTC), time.perf_counter()
    kernel = {
        "MDDL_PROFILE": profile,
        "MDDL_STATIC": "1",  # sliders as static HTML, no progress bars
        "MDDL_RESULTS": str(results),
        "MDDL_TIMINGS": str(timings),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),  # make runs notebooks side by side
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger prints a warning into stderr
    }
    if data := os.environ.get("MDDL_DATA"):  # a relative one would be elsewhere in the notebook's folder
        kernel["MDDL_DATA"] = os.path.abspath(os.path.expanduser(data))
    problem = ""
    try:
        with environment(**kernel):
            try:
                papermill.execute_notebook(
                    source,
                    unfinished,
                    parameters=dict(parameters),
                    cwd=source.parent,
                    progress_bar=False,
                    kernel_name="python3",
                    execution_timeout=CELL_SECONDS[profile],
                    extra_arguments=["--IPKernelApp.log_level=ERROR"],
                )
            except (PapermillExecutionError, CellTimeoutError, DeadKernelError) as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                tidy_file(unfinished)
        if problem:
            raise NotebookFailed(f"{name} ({profile}) failed after {time.perf_counter() - clock:.0f} s\n{problem}")
        seconds = time.perf_counter() - clock
        write_record(record, source, name, profile, started, seconds)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return seconds


def tell(line: str) -> None:
    """One line in one write: runs side by side share the terminal, and `print` may write the line's end by itself."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="the notebook in book/, without .ipynb: models/fast_mri")
    parser.add_argument("--profile", choices=PROFILES, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--book", type=Path, default=ROOT / "book")
    parser.add_argument("--results", type=Path, default=ROOT / "book" / "results")
    parser.add_argument("--timings", type=Path, help="folder of the timing files (default: where the targets stand)")
    options = parser.parse_args(arguments)
    target = options.target.resolve()
    # models/fast_mri has one folder above it: the timings stand where the targets of all notebooks do
    timings = options.timings or target.parents[options.name.count("/")]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` runs when make is stopped
    tell(f"[{options.profile}] {options.name} …")
    try:
        parameters = parameters_for(options.book, options.profile, options.name)
        seconds = execute(
            options.name,
            options.profile,
            parameters,
            target,
            options.book.resolve(),
            options.results.resolve(),
            timings.resolve(),
        )
    except BookError as error:
        print(f"[{options.profile}] {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"[{options.profile}] {options.name} interrupted; nothing is left of it", file=sys.stderr)
        return 130
    tell(f"[{options.profile}] {options.name} done in {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
