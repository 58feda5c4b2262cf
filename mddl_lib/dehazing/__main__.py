"""``python -m mddl_lib.dehazing IMAGE…``: one's own hazy photographs, cleared."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import mddl_lib
from data_fetch.console import KNOWN, in_one_line, line_by_line, stems, tell
from mddl_lib.dehazing.own_photos import clear_photo, read_photo, write_photo
from mddl_lib.dehazing.proximal_net import ProximalDehazeNet

NETWORK = "dehaze_1"


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status: 0, or 2 when a photograph was not cleared, with one line that says why."""
    parser = argparse.ArgumentParser(prog="python -m mddl_lib.dehazing", description=__doc__)
    parser.add_argument(
        "--net", default=NETWORK, help="a known name, such as proximal_dehaze_net_reside, or a weights file"
    )
    parser.add_argument("--output", type=Path, default=Path("clear"), help="folder of the clear photographs")
    parser.add_argument("--transmission", action="store_true", help="write NAME_transmission.png, too")
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="photographs of any size")
    options = parser.parse_args(arguments)
    try:
        network = mddl_lib.load(options.net)
        if not isinstance(network, ProximalDehazeNet):
            raise ValueError(f"{options.net} is a {type(network).__name__}: expected a network that clears photographs")
    except KNOWN as error:
        tell(f"error: {in_one_line(error)}")
        return 2
    names, targets = [path.name for path in options.images], stems(options.images)
    return line_by_line(names, lambda index: _one(network, options.images[index], targets[index], options))[1]


def _one(network: ProximalDehazeNet, path: Path, stem: str, options: argparse.Namespace) -> dict:
    start, (image, alpha) = time.perf_counter(), read_photo(path)
    clear, transmission = clear_photo(network, image)
    target = options.output / f"{stem}_clear.png"
    write_photo(target, clear, alpha)
    line = {"name": path.name, "clear": str(target), "height": image.shape[2], "width": image.shape[3]}
    if options.transmission:
        beside = options.output / f"{stem}_transmission.png"
        write_photo(beside, transmission.expand(-1, 3, -1, -1))
        line["transmission"] = str(beside)
    return line | {
        "mean_transmission": round(float(transmission.mean()), 4), "seconds": round(time.perf_counter() - start, 3)
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
