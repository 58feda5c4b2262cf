"""Total variation for CS-MRI: our ADMM with its closed-form solve against FISTA around scikit-image's denoiser.

Each runs until its PSNR stays within 0.1 dB of its own best; the seconds until then are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from skimage.restoration import denoise_tv_chambolle
from torch import Tensor

from benchmarks.timing import show
from data_fetch import available, load
from mddl_lib.core.metrics import psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.models.admm import total_variation
from mddl_lib.mri.masks import radial

WEIGHT = 1e-3
NEAR = 0.1
TURNS = 80


def ours(y: Tensor, physics: MaskedFourier) -> Iterator[Tensor]:
    for state in total_variation(WEIGHT, turns=TURNS).iterates(y, physics):
        yield state.estimate


def fista(y: Tensor, physics: MaskedFourier) -> Iterator[Tensor]:
    """Beck and Teboulle 2009, step 1 (‖A‖ = 1); scikit-image's dual iteration is the proximal operator.

    Its ``weight`` w minimises w·TV + ‖·‖²/2 in the same units as ours.
    """
    x = ahead = physics.A_adjoint(y)
    momentum = 1.0
    for _ in range(TURNS):
        step = ahead - physics.A_adjoint(physics.A(ahead) - y)
        denoised = denoise_tv_chambolle(step[0, 0].numpy(), weight=WEIGHT, eps=1e-5, max_num_iter=20)
        moved = torch.from_numpy(np.ascontiguousarray(denoised))[None, None]
        faster = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        x, ahead = moved, moved + (momentum - 1) / faster * (moved - x)
        momentum = faster
        yield x


def run(
    method: Callable[[Tensor, MaskedFourier], Iterator[Tensor]], truth: Tensor, physics: MaskedFourier
) -> tuple[float, float, int]:
    """Best PSNR, and the CPU seconds and turns until PSNR is within NEAR of it for good."""
    y = physics.A(truth)
    list(zip(range(3), method(y, physics), strict=False))  # warm up
    seconds, values, spent = [], [], 0.0
    iterates = method(y, physics)
    while True:
        start = time.process_time()
        estimate = next(iterates, None)
        spent += time.process_time() - start
        if estimate is None:
            break
        seconds.append(spent)
        values.append(float(psnr(estimate, truth)))
    best = max(values)
    last_bad = max((turn for turn, value in enumerate(values) if value < best - NEAR), default=-1)
    turn = min(last_bad + 1, len(values) - 1)
    return best, seconds[turn], turn + 1


def main(repeats: int = 3) -> dict[str, float]:
    """Print the table; return {method: seconds}."""
    torch.set_num_threads(1)
    name = "brain_mr_test" if available("brain_mr_test") else "phantom_brain"
    truth = torch.from_numpy(np.array(load(name)[0].array))[None, None]
    physics = MaskedFourier(radial(20))
    methods = {"ADMM, closed-form solve (ours)": ours, "FISTA with scikit-image's denoiser": fista}
    found = {label: [run(method, truth, physics) for _ in range(repeats)] for label, method in methods.items()}
    seconds = {label: sorted(runs, key=lambda r: r[1])[repeats // 2][1] for label, runs in found.items()}
    fastest = seconds["ADMM, closed-form solve (ours)"]
    show(
        f"Total variation, weight {WEIGHT:g}, first image of {name}, 20 %, one thread, CPU seconds to within {NEAR} dB of own best",
        ["", "best dB", "turns", "seconds", "x ours"],
        [
            [label, f"{runs[0][0]:.2f}", str(runs[0][2]), f"{seconds[label]:.3f}", f"{seconds[label] / fastest:.1f}"]
            for label, runs in found.items()
        ],
    )
    return seconds


if __name__ == "__main__":
    main()
