"""``python -m mddl_lib``: train a network of any field, tune a classical method, evaluate on images of one's own."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import UnidentifiedImageError
from torch import Tensor

import mddl_lib
from data_fetch.own_files import ImageFiles, read_mask
from mddl_lib.catalogue import plans, train
from mddl_lib.compressive_imaging.authors import read_network
from mddl_lib.core.metrics import psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.competition.methods import METHODS
from mddl_lib.mri.competition.tuning import tune
from mddl_lib.mri.masks import paper_radial
from mddl_lib.results.evaluation import evaluate
from mddl_lib.training.plan import RUNS


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status: 0, or 2 with one line that says what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m mddl_lib", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train a network by its plan (resumable), or list the plans")
    training.add_argument("name", nargs="?", help="the weights file to train; without one, every plan is listed")
    training.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    training.add_argument("--minutes", type=float, help="stop after so many; the next call goes on")
    training.add_argument("--runs", type=Path, default=RUNS, help="folder of the checkpoints")
    tuning = commands.add_parser("tune", help="tune a classical method on training images and store what was tried")
    tuning.add_argument("method", help="one of: " + ", ".join(METHODS))
    tuning.add_argument("percent", type=int, nargs="+", help="the paper's masks: 10, 20 … 50")
    evaluation = commands.add_parser(
        "evaluate", help="print one JSON line an image: name, nmse, psnr, seconds; complex: psnr_modulus"
    )
    evaluation.add_argument("--net", required=True, help="a weights file of ours, an authors' .mat, or a known name")
    evaluation.add_argument("--mask", required=True, help="a .mat, .npy or picture file, or the paper's: 10, 20 … 50")
    evaluation.add_argument("--centred", action="store_true", help="the mask file has the zero frequency in its middle")
    evaluation.add_argument(
        "images", nargs="+", metavar="IMAGE", help=".png, .tif, .mat or .npy, in [0, 1] or 8 bits, or complex"
    )
    options = parser.parse_args(arguments)
    try:
        if options.command == "train":
            return _train(options)
        if options.command == "tune":
            for percent in options.percent:
                print(f"{options.method} at {percent} %: {tune(options.method, percent)}")
            return 0
        return _evaluate(options)
    except (ValueError, KeyError, OSError, UnidentifiedImageError) as error:
        message = error.args[0] if isinstance(error, KeyError) else error
        print(f"error: {message}", file=sys.stderr)
        return 2


def _train(options: argparse.Namespace) -> int:
    if options.name is None:
        for name, plan in plans().items():
            print(f"{name}: {plan}")
        return 0
    run = train(options.name, runs=options.runs, device=options.device, minutes=options.minutes)
    print(
        f"{options.name}: {run.iterations} of {run.planned} iterations, last loss {run.losses[-1]:.4f}, "
        f"{run.seconds:.0f} s on {run.device}"
    )
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    network = read_network(options.net) if options.net.endswith(".mat") else mddl_lib.load(options.net)
    mask = (
        paper_radial(int(options.mask)) if options.mask.isdigit() else torch.from_numpy(read_mask(Path(options.mask)))
    )
    mask = torch.fft.ifftshift(mask) if options.centred else mask
    files, kept = ImageFiles([Path(image) for image in options.images]), []

    def model(y: Tensor, physics: MaskedFourier) -> Tensor:
        kept[:] = [network(y, physics)]
        return kept[0]

    for index in range(len(files)):
        truth = files[index].array
        physics = MaskedFourier(mask, real=not np.iscomplexobj(truth))
        scores = evaluate(model, files.only(index), physics, progress=False)
        line = {"name": scores.names[0], "nmse": scores.nmse[0], "psnr": scores.psnr[0], "seconds": scores.seconds[0]}
        if not physics.real:  # what the authors report for complex images; phase errors count in "psnr" alone
            line["psnr_modulus"] = float(psnr(kept[0].abs(), torch.from_numpy(np.abs(truth))[None, None]))
        if not np.isfinite(line["nmse"]):
            raise ValueError(f"{scores.names[0]}: the error is {line['nmse']}")
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
