"""The classical methods of the CS-MRI tables by the name of their row, with the parameters that are tuned for each.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mddl_lib.models.admm import total_variation
from mddl_lib.mri.competition.bm3d_mri import bm3d_mri
from mddl_lib.mri.competition.fdlcp import fdlcp
from mddl_lib.mri.competition.pano import pano
from mddl_lib.mri.competition.pbdw import pbdw
from mddl_lib.mri.competition.recpf import recpf
from mddl_lib.mri.competition.sidwt import sidwt

Model = Callable[[Tensor, Any], Tensor]


@dataclass(frozen=True)
class Method:
    """One row of the table: how it is made and what is tried for it."""

    make: Callable[..., Model]
    """from parameters to ``model(y, physics)``"""
    grid: dict[str, tuple[float, ...]]
    """the values tried of each parameter; all combinations are"""
    every: int = 15
    """one training image in so many is used for tuning"""


METHODS: dict[str, Method] = {
    "TV": Method(  # at 50 % the best weight is the least: three times as much costs less than 0.01 dB
        lambda weight, ratio: total_variation(weight, ratio * weight, turns=80),
        {"weight": (3e-5, 1e-4, 3e-4, 1e-3), "ratio": (80.0, 160.0, 320.0)},
    ),
    # RecPF: the ratio of penalty to weight, which only sets the speed, near TV's best. At 50 % the best weight is the
    # least: three times as much costs less than 0.01 dB.
    "RecPF": Method(
        lambda weight, share: recpf(weight, share * weight, ratio=80.0, turns=80),
        {"weight": (3e-5, 1e-4, 4e-4, 1e-3), "share": (0.1, 0.25, 0.5)},
        every=30,
    ),
    "SIDWT": Method(
        lambda weight, ratio: sidwt(weight, ratio * weight, turns=40),
        {"weight": (1e-5, 5e-5, 1e-4, 2e-4), "ratio": (160.0, 320.0, 640.0, 1280.0)},
        every=30,
    ),
    "PBDW": Method(  # at one ratio of penalty to weight, the weight itself changes less than 0.01 dB
        lambda weight, penalty: pbdw(weight, penalty),
        {"weight": (7.5e-6, 1.5e-5, 3e-5, 6e-5, 1.2e-4, 2.4e-4), "penalty": (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)},
        every=50,
    ),
    "FDLCP": Method(
        lambda weight, threshold: fdlcp(weight, threshold),
        {"weight": (2.5e-5, 5e-5, 1e-4, 2e-4, 4e-4), "threshold": (0.014, 0.02, 0.03, 0.04, 0.06)},
        every=50,
    ),
    "PANO": Method(  # the data hold no noise: below 3e-4 the weight changes nothing, only the ratio does
        lambda ratio, updates: pano(1e-4, ratio * 1e-4, turns=30, updates=int(updates)),
        {"ratio": (10.0, 20.0, 40.0, 80.0), "updates": (1, 2)},
        every=50,
    ),
    # BM3D-MRI: only the last noise level is tuned. As first one, 0.1 and 0.3 lost less than 0.02 dB to 0.15 at 20 %.
    # Of the turns, 50 lost 0.03 dB to 60, and 80 gained nothing.
    "BM3D-MRI": Method(
        lambda last, turns: bm3d_mri(0.15, last, int(turns)),
        {"last": (0.001, 0.0015, 0.002, 0.0025, 0.003, 0.004), "turns": (60,)},
        every=50,
    ),
}
