"""Majority vote (MV): every atlas has one vote, whatever it looks like."""

from __future__ import annotations

from torch import Tensor

from mddl_lib.segmentation.fusion_rules.checks import check_rule


def majority_vote(target: Tensor, atlases: Tensor, labels: Tensor) -> Tensor:
    r"""The mean label: :math:`\hat L_p = \frac1K \sum_i L_p(X_i)`; above one half is inside.

    :param target: (H, W).
    :param atlases: (K, H, W).
    :param labels: (K, P, H, W).
    :returns: (P, H, W).
    :raises ValueError: for shapes that do not fit.
    """
    check_rule(target, atlases, labels)
    return labels.mean(0)
