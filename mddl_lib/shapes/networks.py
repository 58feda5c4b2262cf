"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _st_net(config: dict) -> nn.Module:
    from mddl_lib.shapes.learned.st_net import STNet

    return STNet(**config)


def _surf_ml_net(config: dict) -> nn.Module:
    from mddl_lib.shapes.learned.st_net import SurfMLNet

    return SurfMLNet(**config)


def _chebnet(config: dict) -> nn.Module:
    from mddl_lib.shapes.learned.graph_convolution import ChebNet

    return ChebNet(**config)


NETWORKS = {"st_net": _st_net, "surf_ml_net": _surf_ml_net, "shape_chebnet": _chebnet}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED: dict = {}
"""The authors publish no weights."""
