"""Which network is trained on what, and how: one plan a weights file."""

from __future__ import annotations

from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.problems import Hearts
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe


def _hearts(seed: int) -> Plan:
    """Both contours on the 15 training subjects; each target sees atlases of the other subjects.

    Window and depth were chosen on five training subjects that were held out: t = 4 and four layers gave .913 of Dice on the
    epicardium and .702 on the myocardium after 600 steps, t = 2 and three layers .907 and .683, the majority vote .905 and .669.
    """
    return Plan(lambda: FusionNet(radius=4, layers=4), Hearts(), Recipe(2000, learning_rate=2e-3, seed=seed))


PLANS: dict[str, Plan] = {
    "fusion_net_hearts": _hearts(1),
    # the spread of the headline's row over seeds, which draw targets, atlases, squares and mirrors
    **{f"fusion_net_hearts_seed{seed}": _hearts(seed) for seed in (2, 3)},
}
