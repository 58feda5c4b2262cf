"""The two networks of DLDM (deep learning and deformable model): where the heart is, and what shape it has. Both are small here."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.segmentation.rivals.pixel_net import check_pictures


class RegionNet(nn.Module):
    r"""Where the heart is: the whole picture at 64², one convolution, pooling, and a full layer that draws a mask of 32².

    .. math:: \operatorname{logit} \hat M = U V\,\operatorname{pool}_6(\operatorname{ReLU}(w * x_{64})) + b

    - :math:`w`: filters of 11 × 11; :math:`\operatorname{pool}_6`: means of 6 × 6; :math:`\hat M`: enlarged to the picture's size.

    Avendi has 100 filters and a full matrix in place of U V, 8 million numbers; a product of two thin ones has 15 thousand.

    :param filters: channels of the convolution.
    :param rank: columns of U.

    Source: Avendi, Kheradvar, Jafarkhani, Medical Image Analysis 2016, section 2.2.
    """

    family = "region_net"
    """its key in :data:`mddl_lib.segmentation.networks.NETWORKS`"""

    SIDE, POOL, KERNEL, MASK = 64, 6, 11, 32

    def __init__(self, filters: int = 8, rank: int = 8) -> None:
        super().__init__()
        arguments.counts(1, filters=filters, rank=rank)
        self.filters = nn.Conv2d(1, filters, self.KERNEL)
        cells = (self.SIDE - self.KERNEL + 1) // self.POOL
        self.thin = nn.Linear(filters * cells**2, rank)
        self.draw = nn.Linear(rank, self.MASK**2)
        self.config = {"filters": filters, "rank": rank}

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of the mask, enlarged: (B, 1, H, W) to the same.

        :raises ValueError: for another shape.
        """
        check_pictures(pictures)
        maps = F.avg_pool2d(F.relu(self.filters(reduced(pictures, self.SIDE))), self.POOL)
        mask = self.draw(self.thin(maps.flatten(1))).view(-1, 1, self.MASK, self.MASK)
        return enlarged(mask, pictures)


class ShapeNet(nn.Module):
    r"""What shape the heart has: a stacked autoencoder whose last layer draws the mask instead of the picture (DLDM_init).

    .. math:: h_1 = \sigma(W_1 x + b_1), \qquad h_2 = \sigma(W_2 h_1 + b_2), \qquad \operatorname{logit} \hat L = W_3 h_2 + b_3

    - :math:`x`: the region at side², standardised; :math:`\sigma`: the logistic function;
    - :math:`\hat L`: the mask, enlarged to the region's size.

    Avendi's is 4096-100-100-4096 (side 64, 3.3 MB); this one is smaller, and has no sparsity penalty.

    :param side: of picture and mask inside.
    :param hidden: entries of both codes.

    Source: Avendi, Kheradvar, Jafarkhani, Medical Image Analysis 2016, section 2.3.
    """

    family = "shape_net"
    """its key in :data:`mddl_lib.segmentation.networks.NETWORKS`"""

    def __init__(self, side: int = 32, hidden: int = 16) -> None:
        super().__init__()
        arguments.counts(1, side=side, hidden=hidden)
        self.first, self.second = nn.Linear(side**2, hidden), nn.Linear(hidden, hidden)
        self.draw = nn.Linear(hidden, side**2)
        self.back = nn.ParameterList([torch.zeros(side**2), torch.zeros(hidden)])  # the decoders' biases
        self.side, self.config = side, {"side": side, "hidden": hidden}

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of the mask: (B, 1, H, W) to the same.

        :raises ValueError: for another shape.
        """
        code = torch.sigmoid(self.second(self.code(pictures)))
        return enlarged(self.draw(code).view(-1, 1, self.side, self.side), pictures)

    def code(self, pictures: Tensor) -> Tensor:
        """h₁: (B, 1, H, W) to (B, hidden).

        :raises ValueError: for another shape.
        """
        check_pictures(pictures)
        return torch.sigmoid(self.first(reduced(pictures, self.side).flatten(1)))

    def reconstruction_loss(self, pictures: Tensor, layer: int) -> Tensor:
        r"""What the greedy training of a layer minimises.

        .. math:: \|W_1^\top h_1 + c_1 - x\|^2, \qquad \text{then} \qquad \|\sigma(W_2^\top h_2 + c_2) - h_1\|^2

        Decoders are tied: the matrices of the encoders, transposed. The second layer sees the first one's code as given.

        :param layer: 1 or 2.
        :returns: the mean over entries.
        :raises ValueError: for another layer.
        """
        if layer == 1:
            given = reduced(pictures, self.side).flatten(1)
            return (F.linear(self.code(pictures), self.first.weight.T, self.back[0]) - given).square().mean()
        if layer == 2:
            given = self.code(pictures).detach()
            there = torch.sigmoid(self.second(given))
            back = torch.sigmoid(F.linear(there, self.second.weight.T, self.back[1]))
            return (back - given).square().mean()
        raise ValueError(f"layer is {layer!r}: expected 1 or 2")


class ContextNet(nn.Module):
    """A segmentation network that sees far and knows where it is: dilated convolutions at half size, on picture and position.

    The network of DLLS here; its authors' is a deep belief network.

    :param width: channels.
    :param dilations: of the layers with 3 × 3 kernels, each twice the one before: 1, 2, 4 …
    :param masks: logits that it gives.
    """

    family = "context_net"
    """its key in :data:`mddl_lib.segmentation.networks.NETWORKS`"""

    def __init__(self, width: int = 12, dilations: int = 5, masks: int = 1) -> None:
        super().__init__()
        arguments.counts(1, width=width, dilations=dilations, masks=masks)
        parts: list[nn.Module] = []
        for number in range(dilations):
            reach = 2**number
            parts += [nn.Conv2d(width if number else 3, width, 3, padding=reach, dilation=reach), nn.ReLU()]
        self.layers = nn.Sequential(*parts, nn.Conv2d(width, masks, 1))
        self.config = {"width": width, "dilations": dilations, "masks": masks}

    def forward(self, pictures: Tensor) -> Tensor:
        """The logits of the masks: (B, 1, H, W) to (B, masks, H, W).

        :raises ValueError: for another shape.
        """
        check_pictures(pictures)
        half = standardised_each(F.interpolate(pictures, scale_factor=0.5, mode="area"))
        rows, columns = (torch.linspace(-1, 1, n, device=half.device, dtype=half.dtype) for n in half.shape[-2:])
        rows, columns = torch.meshgrid(rows, columns, indexing="ij")
        place = torch.stack([rows, columns]).expand(len(half), -1, -1, -1)
        return enlarged(self.layers(torch.cat([half, place], 1)), pictures)


def standardised_each(pictures: Tensor) -> Tensor:
    """Mean 0 and deviation 1, each picture of a batch by itself; one without contrast becomes 0.

    :raises ValueError: for what are no pictures.
    """
    check_pictures(pictures)
    centred = pictures - pictures.mean((-2, -1), keepdim=True)
    return centred / centred.square().mean((-2, -1), keepdim=True).sqrt().clamp(min=1e-6)


def reduced(pictures: Tensor, side: int) -> Tensor:
    """Means of cells, standardised: (B, 1, H, W) to (B, 1, side, side)."""
    return standardised_each(F.interpolate(pictures, (side, side), mode="area"))


def enlarged(maps: Tensor, like: Tensor) -> Tensor:
    """Bilinear, to the size of the pictures."""
    return F.interpolate(maps, like.shape[-2:], mode="bilinear", align_corners=False)
