"""The bound of a belief, with draws that inference did not see.

Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.statistics.iterative.latent_model import Belief, Bound, LatentModel, check_pictures, importance_weighted

DRAWS, CHECKS, WEIGHTED = 20, 100, 500
"""draws that the gradient sees; others that the bound is measured with; those of the importance-weighted bound"""


def measure(model: LatentModel, x: Tensor, belief: Belief, weighted: bool = True) -> dict[str, float]:
    """The mean negative bound of pictures and the mean negative importance-weighted bound, nats, with draws of their own.

    :param weighted: whether the second is wanted, which takes five times as long.
    :raises ValueError: for pictures of another size than the model's, or NaN.
    """
    arguments.instances(LatentModel, model=model)
    arguments.instances(Belief, belief=belief)
    check_pictures(x, model.pixels)
    noise = torch.randn(CHECKS, len(x), model.size, generator=torch.Generator().manual_seed(10_001))
    with torch.no_grad():
        found = {"bound": -float(Bound(model, noise).value(x, belief).mean())}
        if weighted:
            found["weighted"] = -float(importance_weighted(model, x, belief, WEIGHTED, 10_002).mean())
    return found


def drawn(model: LatentModel, count: int, seed: int = 10_000, draws: int = DRAWS) -> Bound:
    """The bound with the draws that inference sees.

    :raises ValueError: for counts below 1.
    """
    arguments.instances(LatentModel, model=model)
    arguments.counts(1, count=count, draws=draws)
    arguments.counts(0, seed=seed)
    return Bound(model, torch.randn(draws, count, model.size, generator=torch.Generator().manual_seed(seed)))
