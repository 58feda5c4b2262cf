"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def _fusion_net(config: dict) -> nn.Module:
    from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet

    return FusionNet(**config)


def _pixel_net(config: dict) -> nn.Module:
    from mddl_lib.segmentation.rivals.pixel_net import PixelNet

    return PixelNet(**config)


def _shape_nets(name: str) -> Callable[[dict], nn.Module]:
    def make(config: dict) -> nn.Module:
        from mddl_lib.segmentation.rivals import shape_nets

        return getattr(shape_nets, name)(**config)

    return make


NETWORKS = {
    "fusion_net": _fusion_net,
    "pixel_net": _pixel_net,
    "region_net": _shape_nets("RegionNet"),
    "shape_net": _shape_nets("ShapeNet"),
    "context_net": _shape_nets("ContextNet"),
}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED: dict = {}
"""Nobody publishes weights of this network."""
