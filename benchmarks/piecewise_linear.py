"""The learnable shrinkage, (1, 8, 256, 256) and 101 knots: against gather, searchsorted and torchpwl."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.timing import medians, saved_megabytes, show
from mddl_lib.core.shrinkage import PiecewiseLinear

CHANNELS, KNOTS, SIZE = 8, 101, 256


def by_gather(x: Tensor, values: Tensor) -> Tensor:
    """Equal steps, so the interval is a division away; values by ``gather``, gradients by autograd."""
    step = 2 / (KNOTS - 1)
    place = (x + 1) / step
    left = place.detach().floor().clamp(0, KNOTS - 2)
    index, table = left.long().flatten(2)[0], values
    low = table.gather(1, index).view_as(x)
    high = table.gather(1, index + 1).view_as(x)
    inside = low + (place.clamp(0, KNOTS - 1) - left) * (high - low)
    return inside + x - x.clamp(-1, 1)


def by_search(x: Tensor, values: Tensor) -> Tensor:
    """Knots that need not be equally spaced: the interval by ``searchsorted``."""
    knots = torch.linspace(-1, 1, KNOTS)
    right = torch.searchsorted(knots, x.detach().contiguous()).clamp(1, KNOTS - 1)
    index = right.flatten(2)[0]
    low, high = values.gather(1, index - 1).view_as(x), values.gather(1, index).view_as(x)
    left = knots[right - 1]
    inside = low + (x.clamp(-1, 1) - left) / (knots[right] - left) * (high - low)
    return inside + x - x.clamp(-1, 1)


def peers(layer: PiecewiseLinear) -> dict[str, tuple[Callable[[Tensor], Tensor], list[Tensor]]]:
    """Every candidate with its parameters; torchpwl's where it is installed (extra `bench`)."""
    values = layer.values
    found: dict[str, tuple[Callable[[Tensor], Tensor], list[Tensor]]] = {
        "PiecewiseLinear": (layer, [values]),
        "gather": (lambda x: by_gather(x, values), [values]),
        "searchsorted": (lambda x: by_search(x, values), [values]),
    }
    try:
        import torchpwl
    except ImportError:
        print("torchpwl is not installed (pip install .[bench]): its row is left out")
        return found
    peer = torchpwl.PWL(num_channels=CHANNELS, num_breakpoints=KNOTS)
    with torch.no_grad():
        peer.x_positions.copy_(torch.linspace(-1, 1, KNOTS).expand(CHANNELS, -1))
    flat = [parameter for name, parameter in peer.named_parameters() if name != "x_positions"]
    return found | {"torchpwl (other values)": (lambda x: peer(x.transpose(1, -1).reshape(-1, CHANNELS)), flat)}


def main(repeats: int = 9) -> dict[str, dict[str, float]]:
    """Print the table; return the milliseconds."""
    torch.manual_seed(0)
    layer = PiecewiseLinear(CHANNELS, KNOTS)
    with torch.no_grad():
        layer.values += 0.05 * torch.randn_like(layer.values)
    x = 0.4 * torch.randn(1, CHANNELS, SIZE, SIZE)
    candidates = peers(layer)
    with torch.no_grad():
        for name in ("gather", "searchsorted"):
            torch.testing.assert_close(candidates[name][0](x), layer(x), rtol=0, atol=1e-5)
    leaf = x.clone().requires_grad_()

    def forward(call: Callable[[Tensor], Tensor]) -> Callable[[], None]:
        def run() -> None:
            with torch.no_grad():
                call(x)

        return run

    def both(call: Callable[[Tensor], Tensor], parameters: list[Tensor]) -> Callable[[], object]:
        return lambda: torch.autograd.grad(call(leaf).sum(), [leaf, *parameters], allow_unused=True)

    found = {
        "forward": medians({name: forward(call) for name, (call, _) in candidates.items()}, repeats),
        "forward and backward": medians({name: both(*candidate) for name, candidate in candidates.items()}, repeats),
    }
    lines = []
    for name, (call, _) in candidates.items():
        line = [name]
        for times in found.values():
            line += [f"{times[name]:.1f}", f"{times[name] / times['PiecewiseLinear']:.1f}"]
        lines.append([*line, f"{saved_megabytes(lambda call=call: call(leaf)):.0f}"])
    show(
        f"Piecewise-linear function, (1, {CHANNELS}, {SIZE}, {SIZE}), {KNOTS} knots, one thread, CPU milliseconds",
        ["", "forward", "x ours", "forward+backward", "x ours", "saved MB"],
        lines,
    )
    return found


if __name__ == "__main__":
    main(5)
