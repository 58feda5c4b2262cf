"""What a page needs of a pursuit network to compute it itself.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

from typing import Any

from mddl_lib.core.unrolled import Unrolled
from mddl_lib.sparse_coding.coupled import CoupledLISTA
from mddl_lib.sparse_coding.dictionary import Dictionary, as_dictionary
from mddl_lib.sparse_coding.lista import LISTA
from mddl_lib.sparse_coding.pursuit import ShrinkageTurn


def described(network: Unrolled, dictionary: Dictionary) -> dict[str, Any]:
    """For the panel ``live_pursuit``: what the script needs of a network or of ISTA or FISTA,
    its kind, its matrices (no weight: the dictionary itself), one number of each kind a layer.

    :raises TypeError: for a network of another family.
    :raises ValueError: for one of another size than the dictionary's.
    """
    if isinstance(network, Unrolled) and isinstance(turn := network.stages[0], ShrinkageTurn):
        return _classical(turn, network.turns)
    if not isinstance(network, LISTA | CoupledLISTA):
        raise TypeError(f"network is a {type(network).__name__}: expected a LISTA or a CoupledLISTA")
    if (network.config["rows"], network.config["columns"]) != tuple(as_dictionary(dictionary).shape):
        raise ValueError(f"the network is for {network.config}: expected the dictionary's {tuple(dictionary.shape)}")
    found: dict[str, Any] = {"thresholds": [float(layer.threshold.detach()) for layer in network.stages]}
    if isinstance(network, CoupledLISTA):
        weight = dictionary.analytic if network.start.weight is None else network.start.weight
        found |= {"kind": "coupled", "weight": weight.detach(), "kept": [layer.kept for layer in network.stages]}
        return found | {"steps": [float(layer.step.detach()) for layer in network.stages]}
    found |= {
        "kind": "recurrent",
        "weight": network.start.weight.detach(),
        "recurrent": network.start.recurrent.detach(),
    }
    if network.config["momentum"]:
        found["momenta"] = [float(layer.momentum.detach()) for layer in network.stages]
    return found


def _classical(turn: ShrinkageTurn, turns: int) -> dict[str, Any]:
    """ISTA, or FISTA with its momentum (t_{k−1} − 1)/t_k."""
    momenta, t = [], 0.0
    for _ in range(turns):
        following = (1 + (1 + 4 * t * t) ** 0.5) / 2
        momenta.append(max(t - 1, 0.0) / following if turn.fast else 0.0)
        t = following
    constants = {"steps": 1 / turn.lipschitz, "thresholds": turn.penalty / turn.lipschitz, "kept": 0}
    return {"kind": "coupled", "momenta": momenta} | {name: [value] * turns for name, value in constants.items()}
