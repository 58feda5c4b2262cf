"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _fusion_net(config: dict) -> nn.Module:
    from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet

    return FusionNet(**config)


NETWORKS = {"fusion_net": _fusion_net}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED: dict = {}
"""Nobody publishes weights of this network."""
