"""``python -m mddl_lib``: train a network of any field, tune a classical method, evaluate on images of one's own."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

from data_fetch.cache import settle
from data_fetch.console import KNOWN, any_console, in_one_line, tell
from mddl_lib.catalogue import plans, train
from mddl_lib.commands import evaluation
from mddl_lib.environment import require_writable
from mddl_lib.mri.competition.methods import METHODS
from mddl_lib.mri.competition.tuning import STORE, tune
from mddl_lib.training.plan import RUNS

FILES = (
    "pictures in grey, .npy, .npz, .mat, .h5, NIfTI or DICOM; floats in [0, 1], whole numbers by their depth, or complex; "
    "FILE:3 is number 3 of several, FILE:name the array of that name"
)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m mddl_lib", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train a network by its plan (resumable), or list the plans")
    training.add_argument("name", nargs="?", help="the weights file to train; without one, every plan is listed")
    training.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    training.add_argument("--minutes", type=float, help="stop after so many; the next call goes on")
    training.add_argument("--runs", type=Path, default=RUNS, help="folder of the checkpoints")
    tuning = commands.add_parser("tune", help="tune a classical method on training images and store what was tried")
    tuning.add_argument("method", help="one of: " + ", ".join(METHODS))
    tuning.add_argument("percent", type=int, nargs="+", help="the paper's masks: 10, 20 ... 50")
    scoring = commands.add_parser(
        "evaluate",
        help="print one JSON line an image: name, sampling_ratio, nmse, psnr, seconds; complex: psnr_modulus; status 2 when "
        "an image could not be scored",
    )
    scoring.add_argument("--net", required=True, help="a weights file of ours, an authors' .mat, or a known name")
    scoring.add_argument(
        "--mask",
        required=True,
        help="a file like IMAGE of two values, the paper's: 10, 20 ... 50, or an "
        "operator: hadamard:30, diffraction:20, gaussian:25",
    )
    scoring.add_argument("--centred", action="store_true", help="the mask file has the zero frequency in its middle")
    scoring.add_argument("--white", type=float, help="the value of white, where a file's numbers do not say it")
    scoring.add_argument("images", nargs="+", metavar="IMAGE", help=FILES)
    return parser


def main(given: list[str] | None = None) -> int:
    """The command line.

    :returns: 0; 2 with one line that says what was wrong, for every kind of error that a user can meet; 130 when stopped.
    :raises SystemExit: with status 2, on wrong usage.
    """
    any_console()
    options = arguments().parse_args(given)
    settle()
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _one_line
        try:
            return _run(options)
        except BrokenPipeError:  # whoever read the lines has left: nothing more is said, at the end of Python neither
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except KNOWN as error:
            tell(f"error: {in_one_line(error)}")
            return 2
        except KeyboardInterrupt:
            tell("stopped")
            return 130


def _one_line(message: Warning | str, *_: Any, **__: Any) -> None:
    tell("warning: " + " ".join(str(message).split()))


def _run(options: argparse.Namespace) -> int:
    if options.command == "evaluate":
        return evaluation.run(options.net, options.mask, options.images, centred=options.centred, white=options.white)
    if options.command == "tune":
        require_writable(STORE, "what was tuned")  # known before anything is computed
        for percent in options.percent:
            print(f"{options.method} at {percent} %: {tune(options.method, percent)}")
        return 0
    return _train(options)


def _train(options: argparse.Namespace) -> int:
    if options.name is None:
        for name, plan in plans().items():
            print(f"{name}: {plan}")
        return 0
    _require_device(options.device)
    if options.minutes is not None and not options.minutes > 0:
        raise ValueError(f"--minutes is {options.minutes}: expected a positive number")
    run = train(options.name, runs=options.runs, device=options.device, minutes=options.minutes)
    last = f"last loss {run.losses[-1]:.4f}" if run.losses else "no step within the minutes"
    print(f"{options.name}: {run.iterations} of {run.planned} iterations, {last}, {run.seconds:.0f} s on {run.device}")
    return 0


def _require_device(name: str) -> None:
    """Look whether a device is here before anything is loaded: torch's own words for it differ from kind to kind.

    :raises ValueError: for one that is not.
    """
    kind = name.partition(":")[0]
    here = {"auto": True, "cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if kind not in here:
        raise ValueError(f"--device is {name!r}: expected auto, cpu, cuda or mps")
    if not here[kind]:
        raise ValueError(f"--device is {name!r}, and torch finds none here: expected auto or cpu")


if __name__ == "__main__":
    sys.exit(main())
