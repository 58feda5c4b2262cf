"""Deep Fusion Net: non-local patch-based label fusion whose features are learned, end to end."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.segmentation.deep_fusion.fused_vote import check_fusion, fused_vote
from mddl_lib.segmentation.deep_fusion.layers import Distance, Shift, Voting, Weight
from mddl_lib.segmentation.fusion_rules.patch_based import shifted, shifts


class Features(nn.Sequential):
    """The feature sub-net, shared by target and atlases: convolutions with ReLU between them, the size of the picture kept.

    What the paper uses (layers, channels, kernels) is not known; these are ours.

    :param layers: number of convolutions.
    :param width: channels of all but the last one.
    :param features: channels of the last one.
    :param size: side of the kernels, odd.
    """

    def __init__(self, layers: int = 3, width: int = 32, features: int = 16, size: int = 5) -> None:
        arguments.counts(1, layers=layers, width=width, features=features, size=size)
        if size % 2 == 0:
            raise ValueError(f"size is {size}: expected an odd number, so that a kernel has a middle")
        channels, parts = [1, *[width] * (layers - 1), features], []
        for before, after in itertools.pairwise(channels):
            parts += [nn.Conv2d(before, after, size, padding=size // 2), nn.ReLU()]
        super().__init__(*parts[:-1])


class PatchFeatures(nn.Module):
    r"""The hand-crafted features: :math:`F_p = (x_{p+s})_s / \sqrt h`, the patch around p, 0 outside the picture.

    :param size: side of the patch, odd.
    :param bandwidth: h, fixed. (Coupé's h depends on target *and* atlases, which no feature of one picture can carry.)
    """

    def __init__(self, size: int = 7, bandwidth: float = 1.0) -> None:
        super().__init__()
        arguments.counts(1, size=size)
        arguments.positive(bandwidth=bandwidth)
        if size % 2 == 0:
            raise ValueError(f"size is {size}: expected an odd number, so that a patch has a middle")
        self.size, self.bandwidth = size, bandwidth

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 1, H, W) to (N, size², H, W)."""
        patches = F.unfold(pictures, self.size, padding=self.size // 2)
        return patches.view(len(pictures), -1, *pictures.shape[-2:]) / self.bandwidth**0.5


class FusionNet(nn.Module):
    r"""Features of target and atlases, then the vote of all atlas pixels in a window around each target pixel.

    .. math:: \hat L_p(T) = \sum_i \sum_{q \in N_p} w_{i,p,q} L_q(X_i), \qquad
              w_{i,p,q} = \frac{\exp(-\|F_p(T) - F_q(X_i)\|^2)}{\sum_j \sum_{q' \in N_p} \exp(-\|F_p(T) - F_{q'}(X_j)\|^2)}

    - :math:`T`: target; :math:`X_i, L(X_i)`: atlases and their labels; :math:`F`: features; :math:`N_p`: (2t + 1)² pixels.

    :param radius: t.
    :param layers: of the feature sub-net, as the next three.
    :param fused: compute the fusion without holding all shifts; the same numbers.

    Source: Yang, Sun, Li, Wang, Xu, MICCAI 2016; Medical Image Analysis 2018.
    """

    family = "fusion_net"
    """its key in :data:`mddl_lib.segmentation.networks.NETWORKS`"""

    def __init__(
        self, radius: int = 2, layers: int = 3, width: int = 32, features: int = 16, size: int = 5, fused: bool = True
    ) -> None:
        super().__init__()
        arguments.counts(0, radius=radius)
        self.features: nn.Module = Features(layers, width, features, size)
        self.radius, self.fused = radius, fused
        self.shift, self.distance, self.weight, self.voting = Shift(radius), Distance(), Weight(), Voting()
        self.config = {"radius": radius, "layers": layers, "width": width, "features": features, "size": size}

    @classmethod
    def from_algorithm(cls, patch: int = 7, radius: int = 2, bandwidth: float = 1.0) -> FusionNet:
        """Patch-based label fusion: raw patches as features, a fixed bandwidth, nothing to learn.

        It equals :func:`~mddl_lib.segmentation.fusion_rules.patch_based.patch_based` with the same constants.
        """
        network = cls(radius, layers=1, features=1, size=1)
        network.features = PatchFeatures(patch, bandwidth)
        return network

    def forward(self, target: Tensor, atlases: Tensor, labels: Tensor) -> Tensor:
        """The votes, in [0, 1] for labels in [0, 1]; above one half is inside.

        :param target: standardised pictures, (B, 1, H, W).
        :param atlases: on the target's grid, (B, K, 1, H, W).
        :param labels: (B, K, P, H, W), P masks each.
        :returns: (B, P, H, W).
        :raises ValueError: for shapes that do not fit.
        """
        check_fusion(target, atlases, labels, self.radius)
        if target.shape[1] != 1:
            raise ValueError(
                f"target has the shape {tuple(target.shape)}: expected grey pictures, (batch, 1, height, width)"
            )
        mine, theirs = self.describe(target, atlases)
        if self.fused:
            return fused_vote(mine, theirs, labels, self.radius)
        return self.voting(self._weights(mine, theirs), self.shift(labels))

    def describe(self, target: Tensor, atlases: Tensor) -> tuple[Tensor, Tensor]:
        """The features of both: (B, C, H, W) and (B, K, C, H, W)."""
        batch, count = atlases.shape[:2]
        maps = self.features(torch.cat([target, atlases.flatten(0, 1)]))
        return maps[:batch], maps[batch:].view(batch, count, *maps.shape[1:])

    def weights(self, target: Tensor, atlases: Tensor) -> Tensor:
        """Where the votes of each pixel come from: (B, K, (2t + 1)², H, W), summing to one over atlases and shifts."""
        mine, theirs = self.describe(target, atlases)
        inside = self.shift(torch.ones_like(theirs[:, :, :1]))[:, :, :, 0]
        # one shift after the other: all shifted features at once are C times as large as the weights
        moved = (shifted(theirs, step, self.radius) for _, step in shifts(self.radius))
        return self.weight(torch.stack([(mine[:, None] - one).square().sum(2) for one in moved], 2), inside)

    def _weights(self, mine: Tensor, theirs: Tensor) -> Tensor:
        inside = self.shift(torch.ones_like(theirs[:, :, :1]))[:, :, :, 0]
        return self.weight(self.distance(mine, self.shift(theirs)), inside)
