"""The methods of the tables by their names in there: each takes what a fusion network sees and gives votes.

Their constants are those that behaved in small trials; none was chosen on a test subject.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.fusion_rules.augmented_svm import augmented_svm
from mddl_lib.segmentation.fusion_rules.majority_vote import majority_vote
from mddl_lib.segmentation.fusion_rules.patch_based import patch_based
from mddl_lib.segmentation.fusion_rules.patch_match import patch_match
from mddl_lib.segmentation.problems import Fusion
from mddl_lib.segmentation.selection import nearest_features

Method = Callable[[Fusion], Tensor]
"""from a target with its atlases, the most similar first, to the votes (B, P, H, W)"""


def by_rule(rule: Callable[..., Tensor]) -> Method:
    """A rule of label fusion as a method, one target after the other.

    :param rule: ``rule(target, atlases, labels)``, as those of ``fusion_rules`` are.
    :raises TypeError: for what cannot be called.
    """
    arguments.callables(rule=rule)

    def method(seen: Fusion) -> Tensor:
        return torch.stack([rule(t[0], a[:, 0], l) for t, a, l in zip(*seen[:3], strict=True)])

    return method


def by_network(network: FusionNet, count: int | None = None, deep: bool = True) -> Method:
    """A fusion network as a method.

    :param count: how many of the atlases vote; None: all.
    :param deep: choose them by the distance of the features; else the first ones, by mutual information.
    :raises TypeError: for what is no fusion network.
    """
    if not isinstance(network, FusionNet):
        raise TypeError(f"network is a {type(network).__name__}: expected a FusionNet, such as mddl_lib.load gives")
    if count is not None:
        arguments.counts(1, count=count)

    @torch.no_grad()
    def method(seen: Fusion) -> Tensor:
        if count is None or count >= seen.atlases.shape[1]:
            return network(*seen[:3])
        votes = []
        for t, a, l in zip(*(part.split(1) for part in seen[:3]), strict=True):
            chosen = torch.arange(count)
            if deep:
                mine, theirs = network.describe(t, a)
                chosen = nearest_features(mine[0], theirs[0], count)
            votes.append(network(t, a[:, chosen], l[:, chosen]))
        return torch.cat(votes)

    return method


RULES: dict[str, Method] = {
    "MV": by_rule(majority_vote),
    "PB": by_rule(patch_based),
    "MAPM": by_rule(patch_match),
    "SVMAF": by_rule(augmented_svm),
}
"""the methods without training"""
