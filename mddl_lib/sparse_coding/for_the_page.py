"""What a page needs of a pursuit network to compute it itself.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

from typing import Any

from mddl_lib.core.unrolled import Unrolled
from mddl_lib.sparse_coding.coupled import CoupledLISTA
from mddl_lib.sparse_coding.dictionary import Dictionary, as_dictionary
from mddl_lib.sparse_coding.lista import LISTA


def described(network: Unrolled, dictionary: Dictionary) -> dict[str, Any]:
    """For the panel ``live_pursuit``: what the script needs of a network,
    its kind, its matrices, one number of each kind a layer.

    :raises TypeError: for a network of another family.
    :raises ValueError: for one of another size than the dictionary's.
    """
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
