"""``python -m mddl_lib.segmentation segment --atlases FOLDER IMAGE…``: masks of one's own slices, from one's own atlases."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import mddl_lib
from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.segmentation.hearts import CANDIDATES, REGISTERED, subject_of
from mddl_lib.segmentation.methods import RULES, Method, by_network
from mddl_lib.segmentation.overlap import dice, jaccard
from mddl_lib.segmentation.own_slices import (
    label_path,
    prepare,
    read_atlases,
    read_label,
    read_picture,
    segment,
    write_mask,
)

NETWORK = "fusion_net_hearts"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status: 0, or 2 with one line that says what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m mddl_lib.segmentation", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser(
        "segment", help="write NAME_mask.png and print one JSON line an image"
    )
    command.add_argument("--atlases", type=Path, required=True, help="folder with NAME.png and NAME_label.png for each")
    command.add_argument("--method", default="DFN", help="DFN, " + ", ".join(RULES))
    command.add_argument("--net", default=NETWORK, help="of DFN: a known name or a weights file")
    command.add_argument("--count", type=int, default=CANDIDATES, help="atlases that vote for an image")
    command.add_argument("--output", type=Path, default=Path("masks"), help="folder of the masks")
    command.add_argument("--registered", type=Path, default=REGISTERED, help="folder that keeps registered atlases")
    pictures = "pictures of 8 or 16 bits, any size; Dice where NAME_label.png lies beside it"
    command.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help=pictures)
    options = parser.parse_args(arguments)
    try:
        return _segment(options)
    except (ValueError, KeyError, OSError, ModuleNotFoundError) as error:
        message = error.args[0] if isinstance(error, KeyError) else error
        print(f"error: {message}", file=sys.stderr)
        return 2


def _segment(options: argparse.Namespace) -> int:
    method, atlases = _method(options), read_atlases(options.atlases)
    if options.count < 1:
        raise ValueError(f"count is {options.count}: expected 1 or more atlases")
    subjects: dict[str, list] = {}
    for path in options.images:  # a bad one is told before the work
        picture, label = read_picture(path), label_path(path)
        truth = None if label is None else read_label(label, picture.shape)
        subjects.setdefault(subject_of(path.stem), []).append((path, picture, truth))
    for group in subjects.values():  # the slices of a subject are looked at together, in the order of their names
        _subject(sorted(group, key=lambda entry: entry[0].name), atlases, method, options)
    return 0


def _subject(group: list[tuple], atlases: list[Atlas], method: Method, options: argparse.Namespace) -> None:
    """The slices of one subject: masks and lines."""
    start, paths = time.perf_counter(), [path for path, _, _ in group]
    subject, there = subject_of(paths[0].stem), {path.resolve() for path in paths}
    # a picture that lies in the folder of the atlases is not its own atlas, nor are those of its subject
    there |= {(options.atlases / a.name).resolve() for a in atlases if subject_of(Path(a.name).stem) == subject}
    usable = [a for a in atlases if (options.atlases / a.name).resolve() not in there]
    names, pictures = [path.name for path in paths], [picture for _, picture, _ in group]
    prepared = prepare(names, pictures, usable, options.count, options.registered)
    for one, (path, _, truth) in zip(prepared, group, strict=True):
        mask = segment(one, method)
        target = options.output / f"{path.stem}_mask.png"
        write_mask(target, mask)
        line = {"name": path.name, "mask": str(target), "pixels": int(mask.sum())}
        if truth is not None:
            line |= {"dice": dice(mask, truth), "jaccard": jaccard(mask, truth)}
        line |= {
            "atlases": [atlas.name for atlas in one.case.atlases],
            "seconds": round(time.perf_counter() - start, 3),
        }
        print(json.dumps(line), flush=True)
        start = time.perf_counter()


def _method(options: argparse.Namespace) -> Method:
    if options.method in RULES:
        return RULES[options.method]
    if options.method != "DFN":
        raise ValueError(f"method is {options.method!r}: expected one of {['DFN', *RULES]}")
    return by_network(mddl_lib.load(options.net))


if __name__ == "__main__":
    sys.exit(main())
