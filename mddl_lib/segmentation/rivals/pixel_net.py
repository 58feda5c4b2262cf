"""A network without atlases (CNN): the fusion network's feature layers and a classifier a pixel."""

from __future__ import annotations

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.segmentation.deep_fusion.fusion_net import Features


class PixelNet(nn.Module):
    r"""What the features alone know: :math:`\operatorname{logit} \hat L_p = w^\top \operatorname{ReLU}(F_p(T)) + b`.

    - :math:`F`: as in :class:`~mddl_lib.segmentation.deep_fusion.fusion_net.FusionNet`; w and b: a convolution of 1 × 1.

    :param masks: P, one logit each.
    :param layers: of the feature sub-net, as the next three.

    Source: the row CNN of Yang, Sun, Li, Wang, Xu, MICCAI 2016.
    """

    family = "pixel_net"
    """its key in :data:`mddl_lib.segmentation.networks.NETWORKS`"""

    def __init__(self, masks: int = 2, layers: int = 3, width: int = 32, features: int = 16, size: int = 5) -> None:
        super().__init__()
        arguments.counts(1, masks=masks)
        self.features = Features(layers, width, features, size)
        self.classifier = nn.Sequential(nn.ReLU(), nn.Conv2d(features, masks, 1))
        self.config = {"masks": masks, "layers": layers, "width": width, "features": features, "size": size}

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of P masks: above zero is inside.

        :param pictures: standardised, (B, 1, H, W).
        :returns: (B, P, H, W).
        :raises ValueError: for another shape.
        """
        check_pictures(pictures)
        return self.classifier(self.features(pictures))


def check_pictures(pictures: Tensor) -> None:
    """Grey pictures, (B, 1, H, W), finite.

    :raises ValueError: for another shape, whole numbers, NaN or infinity.
    :raises TypeError: for what is no tensor.
    """
    arguments.tensors(pictures=pictures)
    if pictures.ndim != 4 or pictures.shape[1] != 1 or not pictures.numel():
        raise ValueError(
            f"pictures have the shape {tuple(pictures.shape)}: expected grey pictures, (batch, 1, height, width)"
        )
    if not pictures.is_floating_point():
        raise ValueError(f"pictures hold {pictures.dtype}: expected real numbers, not whole ones")
    arguments.finite("pictures", pictures)
