"""The classical methods of the table: CPU seconds to within 0.1 dB of each one's own best, and what a turn costs.

The floor of a turn is one pair of transforms, ``rfft2`` and ``irfft2``: no method here can put the measurement back for less.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.timing import medians, show
from benchmarks.total_variation import NEAR, run
from data_fetch import available, load
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.competition.methods import METHODS
from mddl_lib.mri.competition.tuning import tuned
from mddl_lib.mri.masks import radial

PERCENT = 20


def main(names: list[str]) -> dict[str, float]:
    """Print the table; return {method: seconds}."""
    torch.set_num_threads(1)
    data = "brain_mr_test" if available("brain_mr_test") else "phantom_brain"
    truth = torch.from_numpy(np.array(load(data)[0].array))[None, None]
    physics = MaskedFourier(radial(PERCENT))
    pair = medians({"pair": lambda: torch.fft.irfft2(torch.fft.rfft2(truth), s=truth.shape[-2:])})["pair"] / 1000
    found, lines = {}, []
    for name in names:
        method = tuned(name, PERCENT)

        def estimates(y: Tensor, physics: MaskedFourier, method=method) -> Iterator[Tensor]:
            with torch.no_grad():
                for state in method.iterates(y, physics):
                    yield state.estimate

        best, seconds, turns = run(estimates, truth, physics)
        found[name] = seconds
        first = seconds / found[names[0]]
        lines.append(
            [name, f"{best:.2f}", str(turns), f"{seconds:.2f}", f"{first:.1f}", f"{seconds / turns / pair:.0f}"]
        )
    show(
        f"Tuned methods, first image of {data}, {PERCENT} %, one thread, CPU seconds to within {NEAR} dB of own best",
        ["", "best dB", "turns", "seconds", f"x {names[0]}", "a turn, x floor"],
        lines,
    )
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(METHODS), help="of methods; all when not given")
    main(parser.parse_args().names or list(METHODS))
