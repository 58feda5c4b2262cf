"""The paper's own sampling masks, downloaded, and what stands in for them.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from data_fetch import available, load
from mddl_lib.core import arguments
from mddl_lib.core.masks import pseudo_radial

PAPER_RATIOS = (10, 20, 30, 40, 50)
"""The sampling ratios, in percent, for which the paper's pseudo-radial masks are public."""


def paper_radial(percent: int) -> Tensor:
    """The paper's own pseudo-radial mask for 256x256 images (downloaded; true ratios .1022 .2019 .3020 .4009 .4998).

    :raises ValueError: for a percentage that the paper has no mask for.
    """
    if isinstance(percent, bool) or percent not in PAPER_RATIOS:
        raise ValueError(
            f"percent is {percent!r}: the paper's masks are {', '.join(map(str, PAPER_RATIOS))} %; expected one of them"
        )
    for sample in load("radial_masks"):
        if str(percent) in sample.name:
            return torch.from_numpy(np.ascontiguousarray(sample.array, dtype=np.float32))
    raise LookupError(f"the data set radial_masks holds no mask for {percent} %")


def radial(percent: int, size: int = 256) -> Tensor:
    """The paper's mask where it is at hand and fits (size 256), else :func:`~mddl_lib.core.masks.pseudo_radial`'s.

    :raises ValueError: for a percentage outside 1 … 100, or a size below 2.
    """
    arguments.counts(1, percent=percent)
    arguments.counts(2, size=size)
    if size == 256 and percent in PAPER_RATIOS and available("radial_masks"):
        return paper_radial(percent)
    return pseudo_radial((size, size), percent / 100)
