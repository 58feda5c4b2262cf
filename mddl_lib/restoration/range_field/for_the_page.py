"""What a page needs of a learned descent to compute it itself.

Taught in :doc:`/unrolling/learned_gradient_descent`.
"""

from __future__ import annotations

from typing import Any

from mddl_lib.restoration.range_field.descent import LearnedDescent


def described(network: LearnedDescent) -> dict[str, Any]:
    """For the panel ``live_descent``: what the script needs of a network,
    a turn's filters and influence, its step and the data's weight.

    :raises TypeError: for something else.
    :raises ValueError: for stacks of patches, Student-t potentials, tied turns or another size of filters.
    """
    if not isinstance(network, LearnedDescent):
        raise TypeError(f"network is a {type(network).__name__}: expected a LearnedDescent")
    kind = {key: network.config[key] for key in ("potential", "size", "matches", "tied")}
    if kind != {"potential": "radial_basis", "size": 5, "matches": 1, "tied": False}:
        raise ValueError(
            f"the network has {kind}: expected radial_basis, filters of 5 x 5, one patch, turns of their own"
        )
    energies = [stage.energy for stage in network.stages]
    return {
        "sigma": energies[0].potentials.sigma,
        "reach": energies[0].potentials.curve.reach,
        "turns": [
            {
                "filters": energy.filters.kernel().detach(),
                "values": energy.potentials.curve.values.detach(),
                "step": float(stage.step.detach()),
                "weight": float(energy.weight.detach()),
            }
            for stage, energy in zip(network.stages, energies, strict=True)
        ],
    }
