"""Label fusion, forward and backward: the fused operator against all shifts at once and against a loop over the shifts.

Ten atlases, 64 features, 100 × 100 pixels, a window of 11 × 11: the unfolded features alone are 3 GB. The two peers are what one
writes first: ``unfold`` and a softmax; and a loop that keeps a map of distances a shift.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import medians, show
from mddl_lib.segmentation.deep_fusion.fused_vote import fused_vote

GOALS = {"unfold": 10.0, "loop over shifts": 2.0}
"""the fused operator is at least so many times faster"""
MEGABYTES = 300.0
"""and needs at most so many beside its inputs"""


def unfolded(target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> Tensor:
    """All shifts at once: (K, C, S, H W)."""
    count, features, height, width = atlases.shape[1:]
    side = 2 * radius + 1

    def windows(x: Tensor) -> Tensor:
        return F.unfold(x, side, padding=radius).view(count, -1, side * side, height * width)

    inside = windows(torch.ones_like(labels[0]))[:, 0]
    distance = (target.view(1, features, 1, -1) - windows(atlases[0])).square().sum(1)
    weights = distance.masked_fill(inside == 0, torch.inf).neg().flatten(0, 1).softmax(0)
    return (weights * windows(labels[0])[:, 0].flatten(0, 1)).sum(0).view(1, 1, height, width)


def looped(target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> Tensor:
    """One shift after the other; autograd keeps what each one needs."""
    (height, width), reach = target.shape[-2:], range(2 * radius + 1)
    wide, marks = (F.pad(x[0], (radius,) * 4) for x in (atlases, labels))
    inside = F.pad(torch.ones_like(labels[0]), (radius,) * 4)
    distances, votes = [], []
    for down in reach:
        for across in reach:
            window = (..., slice(down, down + height), slice(across, across + width))
            distance = (target - wide[window]).square().sum(1)
            distances.append(distance.masked_fill(inside[window][:, 0] == 0, torch.inf))
            votes.append(marks[window][:, 0])
    weights = torch.stack(distances).neg().flatten(0, 1).softmax(0)
    return (weights * torch.stack(votes).flatten(0, 1)).sum(0)[None, None]


def main(count: int = 10, features: int = 64, size: int = 100, radius: int = 5, repeats: int = 3) -> dict[str, float]:
    """Print the table; return {candidate: milliseconds, forward and backward, "megabytes": of the fused one}."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    target = (0.3 * torch.randn(1, features, size, size)).requires_grad_()
    atlases = (0.3 * torch.randn(1, count, features, size, size)).requires_grad_()
    labels = (torch.rand(1, count, 1, size, size) > 0.5).float()
    small = (target[..., :12, :12], atlases[..., :12, :12], labels[..., :12, :12], radius)

    def both(fuse: Callable[..., Tensor], *given: object) -> Callable[[], None]:
        def call() -> None:
            target.grad = atlases.grad = None
            fuse(*(given or (target, atlases, labels, radius))).square().sum().backward()

        return call

    both(fused_vote, *small)()  # what is loaded once does not count
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    both(fused_vote)()
    megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    calls = {"fused": fused_vote, "loop over shifts": looped, "unfold": unfolded}
    with torch.no_grad():
        votes = {name: fuse(target, atlases, labels, radius) for name, fuse in calls.items()}
    found = medians({name: both(fuse) for name, fuse in calls.items()}, repeats)
    lines = [
        [
            name,
            f"{time:.0f}",
            f"{time / found['fused']:.1f}",
            f"{float((votes[name] - votes['fused']).abs().max()):.0e}",
        ]
        for name, time in found.items()
    ]
    show(
        f"K = {count}, {features} features, {size} x {size}, window {2 * radius + 1} x {2 * radius + 1}",
        ["candidate", "ms", "times fused", "difference"],
        lines,
    )
    print(f"fused: {megabytes:.0f} MB beside its inputs, gradients included (goal: {MEGABYTES:.0f})")
    for name, goal in GOALS.items():
        print(f"{name}: {found[name] / found['fused']:.1f} times slower (goal: {goal})")
    return {**found, "megabytes": megabytes}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    main(repeats=parser.parse_args().repeats)
