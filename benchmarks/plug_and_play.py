"""A turn of each plug-and-play method against its denoiser alone (goal: at most 1.15 x), and the monotone frame against DnCNN."""

from __future__ import annotations

import argparse

import torch

import mddl_lib
from benchmarks.timing import medians, show
from mddl_lib.restoration.plug_and_play.algorithms import TURNS
from mddl_lib.restoration.plug_and_play.blur import Blur
from mddl_lib.restoration.plug_and_play.deblurring import gaussian
from mddl_lib.restoration.plug_and_play.splittings import FromAdjoint


@torch.no_grad()
def main(side: int = 256, repeats: int = 7) -> dict:
    """Print both tables; return {candidate: milliseconds}."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    physics, denoise = Blur(gaussian(1.6), 0.01), mddl_lib.load("denoiser").denoise
    frame, strength = mddl_lib.load("monotone_frame").denoise, 10 / 255
    y = physics.measure(torch.rand(1, 1, side, side))
    start = FromAdjoint()(y, physics)
    turns = {name: turn(denoise, strength, 0.1) for name, turn in TURNS.items()}
    states = {name: turn(start, y, physics) for name, turn in turns.items()}  # one turn in, so that nothing is None
    candidates = {"DnCNN alone": lambda: denoise(y, strength)}
    candidates |= {name: (lambda n=name: turns[n](states[n], y, physics)) for name in turns}
    found = medians(candidates, repeats)
    alone = found["DnCNN alone"]
    title = f"One turn with DnCNN of 12 layers, {side} x {side} pixels"
    show(title, ["candidate", "ms", "ratio"], [[n, f"{v:.1f}", f"{v / alone:.3f}"] for n, v in found.items()])
    other = medians({"monotone frame": lambda: frame(y, strength), "DnCNN": lambda: denoise(y, strength)}, repeats)
    show("Denoisers", ["candidate", "ms"], [[n, f"{v:.1f}"] for n, v in other.items()])
    return found | other


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=7)
    main(**vars(parser.parse_args()))
