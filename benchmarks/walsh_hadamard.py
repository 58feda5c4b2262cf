"""The fast Walsh-Hadamard transform of an image's pixels, against the product with its matrix.

The matrix of 256 × 256 pixels would take 17 GB in single precision, so the product is timed on 1/16 of its rows, made anew from
smaller matrices by Kronecker products as it goes; the time of the multiplication alone counts, times 16.
"""

from __future__ import annotations

import argparse

import scipy.linalg
import torch

from benchmarks.timing import medians, show
from mddl_lib.compressive_imaging.operators.fast_transform import walsh_hadamard

GOAL = 20.0
"""the fast transform is at least so many times faster at 256 × 256"""


def main(repeats: int = 5) -> dict[str, float]:
    """Print the table; return {side: times faster}."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    lines, ratios = [], {}
    for side in (32, 64, 128, 256):
        pixels, part = side * side, max(1, side**4 // 2**28)
        x = torch.randn(pixels)
        rows = pixels // part
        # the first rows of H_N are those of H_(N/part), repeated: H_N = H_part ⊗ H_(N/part)
        small = torch.from_numpy(scipy.linalg.hadamard(min(rows, 4096)).astype("float32"))
        while len(small) < rows:
            small = torch.cat([torch.cat([small, small], 1), torch.cat([small, -small], 1)])
        matrix = small.repeat(1, part) / pixels**0.5
        apart = float((walsh_hadamard(x)[:rows] - matrix @ x).abs().max())
        found = medians({"fast": lambda x=x: walsh_hadamard(x), "matrix": lambda m=matrix, x=x: m @ x}, repeats)
        ratios[f"{side}"] = part * found["matrix"] / found["fast"]
        lines.append(
            [
                f"{side} x {side}",
                f"{found['fast']:.2f}",
                f"{part * found['matrix']:.1f}",
                f"{ratios[f'{side}']:.0f}",
                f"{apart:.0e}",
            ]
        )
        del matrix, small
    show(
        "Walsh-Hadamard transform of an image",
        ["pixels", "fast (ms)", "matrix (ms)", "times faster", "difference"],
        lines,
    )
    print(f"256 x 256: {ratios['256']:.0f} times faster (goal: {GOAL:.0f})")
    return ratios


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    main(repeats=parser.parse_args().repeats)
