"""ADMM-Net15 on one 256×256 image: against the floor that its transforms and filter banks set, and the naive form.

The floor does what no ADMM-Net can avoid: as many rfft2/irfft2 pairs as there are X layers, and in each turn one filter
bank to eight responses and one back, by plain ``conv2d`` and autograd, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.naive import NaiveADMMNet
from benchmarks.timing import medians, saved_megabytes, show
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet

SIZE = 256
GOALS = {"forward": 2.5, "forward and backward": 2.0}


class Floor(nn.Module):
    """X layers as bare transforms, turns as two bare filter banks."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.analysis = nn.ParameterList([torch.randn(8, 1, 3, 3) / 3 for _ in range(turns)])
        self.synthesis = nn.ParameterList([torch.randn(1, 8, 3, 3) / 9 for _ in range(turns)])

    def forward(self, x: Tensor) -> Tensor:
        x = torch.fft.irfft2(torch.fft.rfft2(x), s=x.shape[-2:])
        for analysis, synthesis in zip(self.analysis, self.synthesis, strict=True):
            x = F.conv2d(F.conv2d(x, analysis, padding=1), synthesis, padding=1)
            x = torch.fft.irfft2(torch.fft.rfft2(x), s=x.shape[-2:])
        return x


def backward(call: Callable[[], Tensor], network: nn.Module) -> Callable[[], None]:
    """Forward and backward, as in a training step."""

    def both() -> None:
        network.zero_grad()
        call().square().mean().backward()

    return both


def without_gradients(call: Callable[[], Tensor]) -> Callable[[], None]:
    def forward() -> None:
        with torch.no_grad():
            call()

    return forward


def main(repeats: int = 9) -> dict[str, dict[str, float]]:
    """Print the table; return {"forward": {"floor": ms, …}, "forward and backward": …}."""
    torch.manual_seed(0)
    network = ADMMNet(15)
    physics = MaskedFourier(pseudo_radial((SIZE, SIZE), 0.2))
    truth = torch.rand(1, 1, SIZE, SIZE)
    y, data, mask = physics.A(truth), physics.mask * torch.fft.fft2(truth), physics.mask
    floor, naive = Floor(len(network.stages)), NaiveADMMNet(network)
    calls: dict[str, tuple[Callable[[], Tensor], nn.Module]] = {
        "floor": (lambda: floor(truth), floor),
        "ADMM-Net15": (lambda: network(y, physics), network),
        "naive": (lambda: naive(data, mask), naive),
    }
    difference = (network(y, physics) - naive(data, mask)).norm() / truth.norm()
    found = {
        "forward": medians({name: without_gradients(call) for name, (call, _) in calls.items()}, repeats),
        "forward and backward": medians({name: backward(*call) for name, call in calls.items()}, repeats),
    }
    lines = []
    for name, (call, _) in calls.items():
        line = [name]
        for times in found.values():
            line += [f"{times[name]:.0f}", f"{times[name] / times['floor']:.2f}"]
        lines.append([*line, f"{saved_megabytes(call):.0f}"])
    show(
        f"ADMM-Net15, one image {SIZE}x{SIZE}, one thread, CPU milliseconds (network and naive differ by {difference:.0e})",
        ["", "forward", "x floor", "forward+backward", "x floor", "saved MB"],
        lines,
    )
    for what, times in found.items():
        ratio = times["ADMM-Net15"] / times["floor"]
        print(f"{what}: {ratio:.2f} x floor, goal {GOALS[what]}: {'met' if ratio <= GOALS[what] else 'MISSED'}")
    return found


if __name__ == "__main__":
    main()
