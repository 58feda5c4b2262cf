"""How each learned optimizer of the book is trained."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """Network, objective and meta-training of one weights file."""

    network: str
    config: dict[str, object] = field(default_factory=dict)
    objective: dict[str, object] = field(default_factory=dict)
    """for :class:`~mddl_lib.optimizers.meta_objective.MetaObjective`"""
    learning_rate: float = 1e-3
    """of Adam, falling to zero along half a cosine. The papers keep 1e-4 for 350 000 unrolls, many more than ours"""
    clip: float = 1.0
    """the largest norm of the meta-gradient"""


DISGUISED = {"scaling": True, "convex": True}
PLAIN = {"scaling": False, "convex": False}

PLANS = {
    "hyperadam": Plan("hyperadam", objective={"loss": "mean", **DISGUISED}),
    "rnnprop": Plan("rnnprop", objective={"loss": "last", **DISGUISED}),
    "dmoptimizer": Plan("dmoptimizer", objective={"loss": "mean", **PLAIN}),
}
