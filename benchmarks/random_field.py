"""A turn of CRF-RNN on 64 × 64 pixels: against its two matrix products alone, and the dense filter against a window.

The floor does what no dense filtering can avoid: one product of the beliefs with each kernel. Making the kernels is counted
apart: it is done once an image, however many turns there are.
"""

from __future__ import annotations

import argparse

import torch

from benchmarks.timing import medians, show
from mddl_lib.statistics.random_fields.crf_rnn import CRFRNN
from mddl_lib.statistics.random_fields.filters import kernels
from mddl_lib.statistics.random_fields.tasks import striped_patches

GOAL = 1.15
"""a turn takes at most so much of its products' time"""


def main(side: int = 64, batch: int = 2, turns: int = 5, radius: int = 10, repeats: int = 5) -> dict[str, float]:
    """Print the table; return {candidate: milliseconds}."""
    images = striped_patches(batch, 0, side).images
    logits = torch.randn(batch, 3, side, side)
    dense, window = kernels(images), kernels(images, radius=radius)
    products = [each.kernel for each in dense]
    network, q = CRFRNN(3, turns), logits.softmax(1).flatten(2)

    def floor() -> None:
        for _ in range(turns):
            for each in products:
                for number, row in enumerate(q):
                    torch.nn.functional.linear(row, each[number % len(each)])

    with torch.no_grad():
        milliseconds = medians(
            {
                "products alone": floor,
                f"CRF-RNN, {turns} turns, every pair": lambda: network(logits, dense),
                f"CRF-RNN, {turns} turns, a window of {radius}": lambda: network(logits, window),
                "making the kernels, every pair": lambda: kernels(images),
                "making the kernels, window": lambda: kernels(images, radius=radius),
            },
            repeats,
        )
    lines = [
        [name, f"{value:.0f}", f"{value / milliseconds['products alone']:.2f}"] for name, value in milliseconds.items()
    ]
    show(f"{batch} images of {side} × {side} (goal: {GOAL})", ["candidate", "ms", "of the products"], lines)
    return milliseconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--radius", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    main(**vars(parser.parse_args()))
