"""Learned descent: one turn and the search for matches against their naive forms, and what the three gradients cost.

The image has the size of BSD68's, 321 × 481. The turn has 24 filters of 5 × 5 pixels and radial basis potentials; its peers are the
same turn by autograd from the energy's value, and with the hats of the potentials summed knot by knot, as the formula reads. The
search's peers compare patches that were unfolded, all shifts at once in bands of rows, or shift by shift.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import medians, show
from mddl_lib.restoration.physics import Denoising
from mddl_lib.restoration.range_field import cliques, three_gradients
from mddl_lib.restoration.range_field.descent import DescentState, LearnedDescent, Stage
from mddl_lib.restoration.range_field.filters import SeparableFilters, StackFilters
from mddl_lib.restoration.range_field.matching import nearest

MATCHING_SECONDS = 2.0
"""one image of BSD68, non-local network and search together, takes at most so many"""


def by_autograd(stage: Stage, x: Tensor, y: Tensor, physics: Denoising) -> Tensor:
    """One turn, its gradient taken from the energy's value."""
    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(stage.energy.value(leaf, y, physics).sum(), leaf)
    return x - stage.step.detach() * slope


def knot_by_knot(stage: Stage, x: Tensor, y: Tensor, physics: Denoising) -> Tensor:
    """One turn; the hats of a potential's slope are added up one after the other, convolutions by ``conv2d``."""
    energy, curve = stage.energy, stage.energy.potentials.curve
    kernel, sigma = energy.filters.kernel(), energy.potentials.sigma
    margin = kernel.shape[-1] // 2
    responses = F.conv2d(cliques.extend(x, margin), kernel)
    u = (responses / sigma).clamp(-curve.reach, curve.reach)
    push = torch.zeros_like(u)
    for knot, place in enumerate(curve.positions()):
        push = push + curve.values[:, knot, None, None] * (1 - (u - place).abs() / curve.step).clamp_min(0)
    prior = cliques.fold_back(F.conv_transpose2d(sigma * push, kernel), margin)
    return x - stage.step * (energy.weight * (x - y) + prior)


def unfolded(guide: Tensor, count: int, radius: int, size: int, rows: int = 8) -> Tensor:
    """The search with every patch written out, a band of rows at a time: (1, count, H·W)."""
    height, width = guide.shape[-2:]
    patches = F.unfold(cliques.extend(guide, size // 2), size)[0].T.view(height, width, -1)
    wide = F.pad(patches.permute(2, 0, 1), (radius,) * 4, value=torch.inf)
    found, side = [], 2 * radius + 1
    for first in range(0, height, rows):
        band = patches[first : first + rows]
        around = wide[:, first : first + len(band) + 2 * radius].unfold(1, side, 1).unfold(2, side, 1)
        distance = (around - band.permute(2, 0, 1)[..., None, None]).square().sum(0)
        distance[:, :, radius, radius] = -1
        place = distance.flatten(2).topk(count, largest=False).indices
        here = torch.arange(first, first + len(band))[:, None, None] * width + torch.arange(width)[None, :, None]
        found.append(here + (place // side - radius) * width + place % side - radius)
    return torch.cat(found).view(1, -1, count).transpose(1, 2)


def shift_by_shift(guide: Tensor, count: int, radius: int, size: int) -> Tensor:
    """The search as a loop over shifts: a difference, a box sum, and all distances kept for one sorting at the end."""
    height, width = guide.shape[-2:]
    wide, side = cliques.extend(guide, size // 2), 2 * radius + 1
    room = F.pad(wide, (radius,) * 4, value=torch.nan)
    distances = []
    for down in range(side):
        for across in range(side):
            there = room[..., down : down + wide.shape[-2], across : across + wide.shape[-1]]
            distances.append(F.avg_pool2d((there - wide).square(), size, stride=1) * size * size)
    distance = torch.cat(distances, 1).nan_to_num_(nan=torch.inf)
    row, column = torch.arange(height)[:, None], torch.arange(width)
    for number in range(side * side):
        down, across = number // side - radius, number % side - radius
        outside = (row + down < 0) | (row + down >= height) | (column + across < 0) | (column + across >= width)
        distance[0, number][outside] = torch.inf
    distance[0, radius * side + radius] = -1
    place = distance.topk(count, dim=1, largest=False).indices.flatten(2)
    return torch.arange(height * width) + (place // side - radius) * width + place % side - radius


def turn(height: int, width: int, repeats: int) -> dict[str, float]:
    """One turn, without recording: milliseconds of each form."""
    physics = Denoising(25 / 255)
    x, y = torch.rand(2, 1, 1, height, width).unbind()
    stage = LearnedDescent(2, sigma=25).from_algorithm().stages[1]
    forms: dict[str, Callable[[], Tensor]] = {
        "library": lambda: stage(DescentState(x, None), y, physics).estimate,
        "autograd of the energy": lambda: by_autograd(stage, x, y, physics),
        "knot by knot": lambda: knot_by_knot(stage, x, y, physics),
    }
    with torch.no_grad():
        results = {name: form() for name, form in forms.items()}
        found = medians(forms, repeats)
    _table("one turn, 24 filters", found, {k: float((v - results["library"]).abs().max()) for k, v in results.items()})
    return found


def search(height: int, width: int, repeats: int) -> dict[str, float]:
    """Six matches in a window of 15 × 15: milliseconds of each form."""
    guide, given = torch.rand(1, 1, height, width), (6, 7, 7)
    forms = {
        "library": lambda: nearest(guide, *given),
        "shift by shift": lambda: shift_by_shift(guide, *given),
        "unfolded": lambda: unfolded(guide, *given),
    }
    results = {name: form() for name, form in forms.items()}
    found = medians(forms, repeats)
    unlike = {k: float((v != results["library"]).double().mean()) for k, v in results.items()}
    _table("six matches, window 15 x 15, patches 7 x 7", found, unlike)
    return found


def separable(height: int, width: int, repeats: int) -> dict[str, float]:
    """Responses and their adjoint, full filters against rank-one ones of the same number and size: times faster."""
    x, ratios, lines = torch.rand(1, 1, height, width), {}, []
    for size in (5, 7, 11):
        banks = {"full": StackFilters(24, size), "separable": SeparableFilters(24, size)}

        def both(bank: StackFilters | SeparableFilters) -> Tensor:
            kernel = bank.kernel()
            return bank.synthesise(bank.analyse(x, kernel), kernel)

        with torch.no_grad():
            apart = float((both(banks["full"]) - both(banks["separable"])).abs().max())
            found = medians({name: lambda bank=bank: both(bank) for name, bank in banks.items()}, repeats)
        ratios[f"{size} x {size}"] = found["full"] / found["separable"]
        lines.append(
            [
                f"{size} x {size}",
                *(f"{v:.0f}" for v in found.values()),
                f"{ratios[f'{size} x {size}']:.2f}",
                f"{apart:.0e}",
            ]
        )
    show("24 filters and their adjoint", ["size", "full (ms)", "separable (ms)", "times faster", "difference"], lines)
    return ratios


def gradients(size: int = 64) -> None:
    """Seconds and megabytes of the three gradients, on a small problem with one minimum."""
    physics = Denoising(25 / 255)
    network = LearnedDescent(1, sigma=25, tied=True, potential="student_t").double().from_algorithm(1.0, 0.02, 3.0, 0.3)
    stage, truth = network.stages[0], torch.rand(1, 1, size, size, dtype=torch.float64)
    y = truth + 25 / 255 * torch.randn_like(truth)
    minimum = three_gradients.minimise(stage, y, y, physics, 400)
    found = {f"truncated, K = {k}": three_gradients.truncated(stage, y, physics, truth, k) for k in (4, 16, 64)}
    found["implicit"] = three_gradients.implicit(stage, minimum, y, physics, truth)
    found["one step"] = three_gradients.one_step(stage, minimum, y, physics, truth)
    exact = found["implicit"].gradient
    lines = [
        [
            name,
            f"{1000 * f.seconds:.0f}",
            f"{f.saved / 1e6:.1f}",
            f"{float((f.gradient - exact).norm() / exact.norm()):.0e}",
        ]
        for name, f in found.items()
    ]
    show(f"three gradients, {size} x {size}", ["gradient", "ms", "kept (MB)", "distance from the implicit one"], lines)


def _table(title: str, found: dict[str, float], apart: dict[str, float]) -> None:
    lines = [[k, f"{v:.0f}", f"{v / found['library']:.1f}", f"{apart[k]:.0e}"] for k, v in found.items()]
    show(title, ["form", "ms", "times the library's", "difference"], lines)


def main(height: int = 321, width: int = 481, repeats: int = 3) -> dict[str, float]:
    """Print the tables; return {what: milliseconds}."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    turns, searches = turn(height, width, repeats), search(height, width, repeats)
    ranks = separable(height, width, repeats)
    gradients()
    y, physics = torch.rand(1, 1, height, width), Denoising(25 / 255)
    network = LearnedDescent(5, sigma=25, matches=6)
    with torch.no_grad():
        whole = medians({"whole": lambda: network(y, physics)}, repeats)["whole"] / 1000
    print(
        f"\nthe non-local network, its search included: {whole:.2f} s an image of {height} x {width} (goal: {MATCHING_SECONDS})"
    )
    return {
        **{f"turn, {k}": v for k, v in turns.items()},
        **{f"search, {k}": v for k, v in searches.items()},
        **{f"separable, {k}": v for k, v in ranks.items()},
        "image": whole,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    main(repeats=parser.parse_args().repeats)
