"""Generic ADMM-CSNet10 on one 256×256 image: against the floor that its transforms and its convolutions set.

The floor does what no ADMM-CSNet can avoid: an rfft2/irfft2 pair an X layer and, in each turn, one convolution from one
channel to all and one back, nothing else. There are two: by the library's ``conv2d`` and its autograd, and by our matrix
products (:mod:`mddl_lib.core.convolutions`). Both write all responses to memory. The network does not: it works some rows at
a time (:mod:`mddl_lib.models.learned_gradient`). Layer by layer, as its formula is written, it stands there too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.admm_net import backward, without_gradients
from benchmarks.timing import medians, saved_megabytes, show
from mddl_lib.compressive_imaging import admm_csnet
from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.convolutions import gather, spread
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier

SIZE = 256
GOALS = {"forward": 0.6, "forward and backward": 0.75}
"""at most so many times the library's floor, at 128 filters"""


class Floor(nn.Module):
    """X layers as bare transforms, turns as two bare convolutions."""

    def __init__(self, turns: int, channels: int, *, library: bool) -> None:
        super().__init__()
        self.library = library
        self.first = nn.ParameterList([torch.randn(channels, 1, 5, 5) / 5 for _ in range(turns)])
        self.second = nn.ParameterList([torch.randn(1, channels, 5, 5) / (5 * channels**0.5) for _ in range(turns)])

    def forward(self, x: Tensor) -> Tensor:
        x = torch.fft.irfft2(torch.fft.rfft2(x), s=x.shape[-2:])
        for first, second in zip(self.first, self.second, strict=True):
            x = self._there_and_back(x, first, second)
            x = torch.fft.irfft2(torch.fft.rfft2(x), s=x.shape[-2:])
        return x

    def _there_and_back(self, x: Tensor, first: Tensor, second: Tensor) -> Tensor:
        if self.library:
            return F.conv2d(F.conv2d(x, first, padding=2), second, padding=2)
        return gather(spread(x, first), second)


def one_by_one(v: Tensor, first: Tensor, bias: Tensor, shrinkage: nn.Module, second: Tensor) -> Tensor:
    """:func:`mddl_lib.models.learned_gradient.learned_gradient`, each layer's result written to memory."""
    return gather(shrinkage(spread(v, first, bias)), second)


def main(channels: int = 128, repeats: int = 3) -> dict[str, dict[str, float]]:
    """Print the table; return {"forward": {"floor, conv2d": ms, …}, "forward and backward": …}."""
    torch.manual_seed(0)
    network = ADMMCSNet(channels=channels)
    physics = MaskedFourier(pseudo_radial((SIZE, SIZE), 0.2))
    truth = torch.rand(1, 1, SIZE, SIZE)
    y = physics.A(truth)
    floors = {
        "floor, conv2d": Floor(len(network.stages), channels, library=True),
        "floor, matrix products": Floor(len(network.stages), channels, library=False),
    }

    def layer_by_layer() -> Tensor:
        with patch.object(admm_csnet, "learned_gradient", one_by_one):
            return network(y, physics)

    calls: dict[str, tuple[Callable[[], Tensor], nn.Module]] = {
        **{name: ((lambda floor=floor: floor(truth)), floor) for name, floor in floors.items()},
        "the network, layer by layer": (layer_by_layer, network),
        f"ADMM-CSNet10, {channels} filters": (lambda: network(y, physics), network),
    }
    found = {
        "forward": medians({name: without_gradients(call) for name, (call, _) in calls.items()}, repeats),
        "forward and backward": medians({name: backward(*call) for name, call in calls.items()}, repeats),
    }
    lines = []
    for name, (call, _) in calls.items():
        line = [name]
        for times in found.values():
            line += [f"{times[name]:.0f}", f"{times[name] / times['floor, conv2d']:.2f}"]
        lines.append([*line, f"{saved_megabytes(call):.0f}"])
    show(
        f"ADMM-CSNet10, {SIZE}×{SIZE}, {channels} filters of 5×5, one thread, medians of {repeats}; goals at 128 filters: "
        f"{GOALS['forward']} × floor forward, {GOALS['forward and backward']} × with backward",
        ["", "forward ms", "× floor", "with backward ms", "× floor", "saved MB"],
        lines,
    )
    for what, times in found.items():
        ratio = times[f"ADMM-CSNet10, {channels} filters"] / times["floor, conv2d"]
        print(f"{what}: {ratio:.2f} x floor, goal {GOALS[what]}: {'met' if ratio <= GOALS[what] else 'MISSED'}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    main(**vars(parser.parse_args()))
