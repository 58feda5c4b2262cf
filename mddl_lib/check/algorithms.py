"""Is a network its algorithm? Set to the algorithm's constants, it must be, turn by turn.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from mddl_lib.check.errors import hold
from mddl_lib.core import arguments

Model = Callable[[Tensor, Any], Tensor]


def is_algorithm(
    network: Model, algorithm: Model | Sequence[Tensor], y: Tensor, physics: Any, tolerance: float = 1e-5
) -> float:
    r"""Whether a network is an algorithm, to float precision, at every turn.

    .. math:: \max_k \frac{\|\hat x^k - x^k\|}{\|x^k\|} \approx 0

    - :math:`\hat x^k`: the network's estimate after turn k, :math:`x^k`: the algorithm's.

    Where both have ``iterates``, as :class:`~mddl_lib.core.unrolled.Unrolled` has, all turns are compared, else the last.

    :param network: ``network(y, physics)``, its constants set to the algorithm's (here ``network.from_algorithm()``).
    :param algorithm: the same call, or the estimates of all turns, the start's first.
    :param tolerance: 1e-5 suits single precision; in doubles ask for 1e-10.
    :returns: the largest of the numbers.
    :raises CheckError: with the number that is too large, and the turn.
    :raises ValueError: for another number of turns, and where the turns change nothing: there a comparison says nothing.
    """
    arguments.operator(physics)
    arguments.tensors(y=y)
    arguments.callables(network=network)
    if not isinstance(algorithm, Sequence):
        arguments.callables(algorithm=algorithm)
    arguments.positive(tolerance=tolerance)
    with torch.no_grad():
        theirs = list(algorithm) if isinstance(algorithm, Sequence) else _estimates(algorithm, y, physics)
        ours = _estimates(network, y, physics)
    if len(ours) != len(theirs):
        if 1 not in (len(ours), len(theirs)):
            raise ValueError(f"the network has {len(ours)} estimates, the algorithm {len(theirs)}: expected as many")
        ours, theirs = ours[-1:], theirs[-1:]
    # a loop that starts at zero has an estimate of zeros: equal to it is equal
    gaps = [0.0 if torch.equal(a, b) else float((a - b).norm() / b.norm()) for a, b in zip(ours, theirs, strict=True)]
    for turn, gap in enumerate(gaps):
        hold(f"the network is not the algorithm at turn {turn}: ‖x̂ − x‖ / ‖x‖", gap, tolerance)
    if len(theirs) > 1 and float((theirs[-1] - theirs[0]).norm()) <= 100 * tolerance * float(theirs[0].norm()):
        raise ValueError("the algorithm's turns change nothing: expected a measurement on which they do, to compare by")
    return max(gaps)


def _estimates(model: Model, y: Tensor, physics: Any) -> list[Tensor]:
    if hasattr(model, "iterates"):
        return [state.estimate for state in model.iterates(y, physics)]
    return [model(y, physics)]
