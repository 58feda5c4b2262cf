"""Which network is trained on what, and how: one plan a weights file.

Taught in :doc:`/unrolling/label_fusion`.
"""

from __future__ import annotations

from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.problems import Hearts
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe


def _hearts(seed: int) -> Plan:
    return Plan(FusionNet, Hearts(), Recipe(1600, learning_rate=2e-3, seed=seed))


PLANS: dict[str, Plan] = {"fusion_net_hearts": _hearts(1)}
