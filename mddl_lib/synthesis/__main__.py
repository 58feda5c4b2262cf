"""``python -m mddl_lib.synthesis apply --net FILE IMAGE…``: CTs of one's own MR slices, and how far they are from real ones."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import fmean

from torch import nn

import mddl_lib
from data_fetch.console import KNOWN, in_one_line, line_by_line, stems, tell
from mddl_lib.synthesis.game.resolution import AtHalfSize, BothWays
from mddl_lib.synthesis.heads import values
from mddl_lib.synthesis.measures import METRICS
from mddl_lib.synthesis.own_images import make_ct, read_slice, real_ct, write_slice

NETWORK = "structure_cyclegan_fold1"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status: 0, or 2 when an image has no CT, with one line that says why."""
    parser = argparse.ArgumentParser(prog="python -m mddl_lib.synthesis", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser(
        "apply", help="write NAME_ct.png and print one JSON line an image"
    )
    command.add_argument("--net", default=NETWORK, help="a known name or a weights file")
    command.add_argument("--output", type=Path, default=Path("cts"), help="folder of the CTs")
    beside = "folder of real CTs, as NAME.png, NAME_ct.png, or with _ct for _mr: the lines get MAE, PSNR and SSIM"
    command.add_argument("--truth", type=Path, help=beside)
    command.add_argument("--white", type=float, help="the value of white, for files that do not say it, such as 4095")
    command.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="MR slices of 8 or 16 bits, any size")
    options = parser.parse_args(arguments)
    try:
        return _apply(options)
    except KNOWN as error:
        tell(f"error: {in_one_line(error)}")
        return 2


def _apply(options: argparse.Namespace) -> int:
    network = mddl_lib.load(options.net)
    if not isinstance(network, AtHalfSize | BothWays):
        raise ValueError(f"{options.net} is a {type(network).__name__}: expected a network that makes CTs of MRs")
    if options.truth and not options.truth.is_dir():
        raise FileNotFoundError(f"{options.truth} is no folder: expected one with the real CTs")
    names, targets = [path.name for path in options.images], stems(options.images)
    lines, status = line_by_line(names, lambda index: _one(network, options.images[index], targets[index], options))
    scored = [line for line in lines if "mae" in line]
    if len(scored) > 1:
        means = {name: fmean(line[name] for line in scored) for name in METRICS}
        words = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
        tell(f"mean over {len(scored)} images: {words}")
    return status


def _one(network: nn.Module, path: Path, stem: str, options: argparse.Namespace) -> dict:
    start, mr = time.perf_counter(), read_slice(path, options.white)
    truth = real_ct(options.truth, path.stem) if options.truth else None
    real = None if truth is None else read_slice(truth, options.white)
    if real is not None and real.shape != mr.shape:
        sizes = [" x ".join(map(str, image.shape[-2:])) for image in (real, mr)]
        raise ValueError(f"{truth} has {sizes[0]} pixels, {path} {sizes[1]}: expected one size")
    made = make_ct(network, mr)
    target = options.output / f"{stem.removesuffix('_mr')}_ct.png"
    write_slice(target, made)
    line = {"name": path.name, "ct": str(target), "seconds": round(time.perf_counter() - start, 3)}
    if real is not None:
        line |= {"truth": str(truth), **values(made, real)}
    return line


if __name__ == "__main__":
    sys.exit(main())
