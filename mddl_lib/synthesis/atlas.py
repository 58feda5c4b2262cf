"""The classical ends: a CT carried over from other heads by registration, and a CT put together from their patches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.environment import quiet
from mddl_lib.segmentation.atlases import Atlas, stretched
from mddl_lib.segmentation.registration import registered
from mddl_lib.synthesis.game.selection import same_height
from mddl_lib.synthesis.slices import Slices
from mddl_lib.training.plan import RUNS

PATCH = 3
"""a patch has (2 · 3 + 1)² pixels"""
REACH = 3
"""and is compared with the (2 · 3 + 1)² patches around its place in each atlas"""
SMALLEST = 1e-4
"""added to the scale of the distances"""

Fuse = Callable[[Tensor, Tensor, Tensor], Tensor]
"""from a target's MR (H, W) and its registered atlases' MRs and CTs, (A, H, W) each, to a CT (H, W); all from 0 to 1"""


def mean_ct(target: Tensor, mrs: Tensor, cts: Tensor) -> Tensor:
    """The mean of the atlases' CTs: it does not look at the MRs, which have done their work in the registration.

    :param target: (H, W), from 0 to 1.
    :param mrs: (A, H, W), the atlases' MRs on the target's grid.
    :param cts: (A, H, W), their CTs.
    :raises ValueError: for shapes that do not fit, or NaN.
    """
    _check(target, mrs, cts)
    return cts.mean(0)


def patch_regression(target: Tensor, mrs: Tensor, cts: Tensor) -> Tensor:
    r"""Each pixel's CT is a mean of the atlases' CTs around its place, weighed by how like their MR patches are.

    .. math:: J(x) = \frac{\sum_{a, \delta} w_a(x, \delta)\, J_a(x + \delta)}{\sum_{a, \delta} w_a(x, \delta)}, \qquad
              w_a(x, \delta) = \exp\Big(-\frac{d_a(x, \delta)}{h(x)}\Big), \qquad
              d_a(x, \delta) = \frac1{49} \sum_q (I(x + q) - I_a(x + \delta + q))^2

    - :math:`I, I_a`: the MRs of target and atlas, stretched to one range; :math:`J_a`: the atlas's CT; δ: up to 3 pixels;
    - :math:`h(x)`: the least of the distances at x, so that the best patch always has the weight 1/e.

    :param target: (H, W), from 0 to 1.
    :param mrs: (A, H, W), the atlases' MRs on the target's grid.
    :param cts: (A, H, W), their CTs.
    :raises ValueError: for shapes that do not fit, or NaN.

    Source: Coupé et al. 2011 (the same weights, for labels).
    """
    _check(target, mrs, cts)
    height, width = target.shape
    around = F.pad(torch.stack([mrs, cts], 1), (REACH,) * 4, mode="replicate")
    side = 2 * PATCH + 1
    distances, values = [], []
    for row in range(2 * REACH + 1):
        for column in range(2 * REACH + 1):
            moved = around[..., row : row + height, column : column + width]
            squares = F.pad((moved[:, :1] - target).square(), (PATCH,) * 4, mode="replicate")
            distances.append(F.avg_pool2d(squares, side, 1)[:, 0])
            values.append(moved[:, 1])
    distances, values = torch.cat(distances), torch.cat(values)
    weights = torch.exp(-distances / (distances.amin(0) + SMALLEST))
    return (weights * values).sum(0) / weights.sum(0)


FUSIONS: dict[str, Fuse] = {"mean": mean_ct, "patches": patch_regression}


class FromAtlases:
    """A method: the CTs of one head from the pairs of others, a slice of the same height from each.

    :param slices: of the heads that may be atlases.
    :param atlases: from the number of a case to the cases whose pairs it may use.
    :param fuse: how their CTs become one.
    :param folder: where registered slices are kept.
    """

    def __init__(
        self, slices: Slices, atlases: Callable[[int], tuple[int, ...]], fuse: Fuse, folder: Path | None = None
    ) -> None:
        arguments.callables(atlases=atlases, fuse=fuse)
        self.slices, self.atlases, self.fuse, self.folder = slices, atlases, fuse, folder or RUNS / "registered"

    def __call__(self, mr: Tensor, case: int) -> Tensor:
        """(B, 1, H, W), all slices of a case from below upwards, to their CTs."""
        heads = {other: self.slices.of(other) for other in self.atlases(case)}
        if case in heads:
            raise ValueError(f"case {case} is among its own atlases {list(heads)}: expected other heads")
        found = []
        for number, target in enumerate(tqdm(mr, desc=f"slices of case {case}", disable=quiet(), leave=False)):
            pairs = [_pair(head, other, same_height(number, len(mr), len(head.cases))) for other, head in heads.items()]
            grey = stretched(((target[0] + 1) / 2).numpy())
            there = registered(grey, pairs, self.folder)
            mrs, cts = (torch.from_numpy(np.stack([part(one) for one in there])) for part in (_mr, _ct))
            found.append(self.fuse(torch.from_numpy(grey), mrs, cts))
        return torch.stack(found)[:, None].clamp(0, 1) * 2 - 1


def _check(target: Tensor, mrs: Tensor, cts: Tensor) -> None:
    arguments.tensors(target=target, mrs=mrs, cts=cts)
    if target.ndim != 2 or mrs.shape != cts.shape or mrs.shape[1:] != target.shape or not len(mrs):
        raise ValueError(
            f"target has the shape {tuple(target.shape)}, mrs {tuple(mrs.shape)}, cts {tuple(cts.shape)}: "
            "expected (height, width), and (atlases, height, width) of both"
        )
    for name, values in (("target", target), ("mrs", mrs), ("cts", cts)):
        arguments.finite(name, values)


def _pair(head: Slices, case: int, place: int) -> Atlas:
    """One slice of an atlas: its MR, and its CT as if it were a label."""
    mr, ct = (((images[place, 0] + 1) / 2).numpy() for images in (head.mr, head.ct))
    return Atlas(f"case {case}, slice {place}", stretched(mr), {"ct": ct})


def _mr(atlas: Atlas) -> np.ndarray:
    return atlas.image


def _ct(atlas: Atlas) -> np.ndarray:
    return atlas.labels["ct"]
