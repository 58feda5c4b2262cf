"""The networks' tuned twins: the algorithm that each untrained network is, as many turns, a few constants tuned.

What lies between a twin and its network is what learning thousands of numbers adds to tuning three.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

from mddl_lib.models.admm import dct_sparsity
from mddl_lib.models.ista import frame_shrinkage
from mddl_lib.models.split import split_huber
from mddl_lib.mri.competition.methods import Method

TWINS: dict[str, Method] = {
    "ADMM, 17 turns, tuned": Method(  # the data hold no noise: the least weights are within 0.02 dB of one another
        lambda weight, penalty, rate: dct_sparsity(weight, penalty, rate, turns=17),
        {
            "weight": (1.25e-5, 2.5e-5, 5e-5, 1e-4, 2e-4, 4e-4),
            "penalty": (0.000625, 0.00125, 0.0025, 0.005, 0.01, 0.02),
            "rate": (1.0, 1.6),
        },
    ),
    "Split ADMM, 10 turns, tuned": Method(
        lambda penalty, bend, step, rate: split_huber(penalty, bend, step, rate, turns=10),
        {
            "penalty": (0.00125, 0.0025, 0.005, 0.01),
            "bend": (0.0025, 0.005, 0.01),
            "step": (1.5, 1.9),
            "rate": (0.125, 0.25, 0.5),
        },
        every=30,
    ),
    # a step of 2, where descent ends, is the bound of any ISTA with A Aᴴ = I
    "ISTA, 9 turns, tuned": Method(
        lambda step, threshold: frame_shrinkage(step, threshold, turns=9),
        {"step": (1.0, 1.5, 1.9), "threshold": (0.0025, 0.005, 0.01, 0.02)},
    ),
}
"""row of a table → its algorithm, with the constants that are tuned"""
