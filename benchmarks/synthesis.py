"""MR to CT: structure features against a naive form, and a move of the game against what its networks alone need.

The naive form takes each of the 80 displacements by itself, with a full 7 × 7 window. The floor of a move: four passes of a
generator and two of a discriminator with their gradients, and four of a discriminator for its own; no structure, no optimizer.
"""

from __future__ import annotations

import argparse

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import medians, show
from mddl_lib.synthesis.game.players import CycleGAN, as_made
from mddl_lib.synthesis.problems import STRUCTURE, GameObjective
from mddl_lib.synthesis.slices import Slices, load_slices
from mddl_lib.synthesis.structure import NEIGHBOURS, OFFSETS, PATCH, REACH, SIGMA, SMALLEST, structure_features
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe


def naive_features(image: Tensor) -> Tensor:
    """The definition, one displacement after the other."""
    height, width = image.shape[-2:]
    line = torch.exp(-torch.arange(-PATCH, PATCH + 1, dtype=image.dtype).square() / (2 * SIGMA**2))
    window = torch.outer(line, line)[None, None] / line.sum() ** 2

    def moved(row: int, column: int) -> Tensor:
        return image[..., REACH + row : height - REACH + row, REACH + column : width - REACH + column]

    distances = torch.cat([F.conv2d((moved(0, 0) - moved(*offset)).square(), window) for offset in OFFSETS], 1)
    features = torch.exp(-distances / (distances[:, NEIGHBOURS].mean(1, keepdim=True) + SMALLEST))
    return features / features.amax(1, keepdim=True)


def floor_of(game: CycleGAN, mr: Tensor, ct: Tensor) -> None:
    """The networks' passes of one move, and their gradients."""
    ways = (
        (mr, ct, game.to_ct, game.to_mr, game.judge_ct),
        (ct, mr, game.to_mr, game.to_ct, game.judge_mr),
    )
    generators = [*game.to_ct.parameters(), *game.to_mr.parameters()]
    judges = [*game.judge_ct.parameters(), *game.judge_mr.parameters()]
    made = [forth(here) for here, _, forth, _, _ in ways]
    total = sum(w[4](image).sum() + w[3](image).sum() for w, image in zip(ways, made, strict=True))
    torch.autograd.grad(total, generators)
    judged = sum(w[4](w[1]).sum() + w[4](image.detach()).sum() for w, image in zip(ways, made, strict=True))
    torch.autograd.grad(judged, judges)


def main(side: int = 128, repeats: int = 7) -> dict[str, float]:
    """Print both tables; return {candidate: milliseconds}."""
    torch.manual_seed(0)
    whole = load_slices("phantom_mr_ct", (1, 2))
    slices = Slices(*(F.avg_pool2d(part, 256 // side) for part in (whole.mr, whole.ct)), whole.cases)
    image = slices.mr[:1].clone().requires_grad_()

    def both(features) -> None:
        torch.autograd.grad(features(image).sum(), image)

    assert torch.allclose(structure_features(image), naive_features(image), atol=1e-4)
    found = medians({"features": lambda: both(structure_features), "naive": lambda: both(naive_features)}, repeats)
    game, rules = as_made(0), Recipe(1, learning_rate=1e-9, clip=0.0, momentum=0.5)
    moves = {
        words: GameObjective(slices, "selected", weight, side, rules)
        for words, weight in {"a move": STRUCTURE, "without structure": 0.0}.items()
    }
    found |= medians(
        {
            **{w: lambda o=o: train(game, o, rules, device="cpu", progress=False) for w, o in moves.items()},
            "floor": lambda: floor_of(game, slices.mr[:1], slices.ct[:1]),
        },
        repeats,
    )
    show(
        f"Structure features of {side} x {side} pixels, forward and backward",
        ["candidate", "ms", "ratio"],
        [[name, f"{found[name]:.1f}", f"{found[name] / found['features']:.2f}"] for name in ("features", "naive")],
    )
    show(
        f"A move on {side} x {side} pixels, 16 filters, 6 blocks",
        ["candidate", "ms", "times the floor"],
        [[n, f"{found[n]:.0f}", f"{found[n] / found['floor']:.2f}"] for n in ("a move", "without structure", "floor")],
    )
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=128, help="of the slices, in pixels")
    parser.add_argument("--repeats", type=int, default=7)
    main(**vars(parser.parse_args()))
