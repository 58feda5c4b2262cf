"""The protocol in which ISTA-Net and its heirs are compared: blocks of 33 × 33 pixels, each measured by one random matrix."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.metrics import psnr
from mddl_lib.results.scores import Scores

SIDE = 33


def blocks_of(image: Tensor, side: int = SIDE) -> Tensor:
    """The blocks of an image, row by row; right and below it is filled up with zeros.

    :param image: (1, 1, H, W).
    :returns: (n, 1, side, side).
    :raises ValueError: for another shape.
    """
    arguments.counts(1, side=side)
    arguments.tensors(image=image)
    if image.ndim != 4 or image.shape[:2] != (1, 1):
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected (1, 1, height, width)")
    height, width = image.shape[-2:]
    filled = F.pad(image, (0, -width % side, 0, -height % side))
    return filled.unfold(2, side, side).unfold(3, side, side).reshape(-1, 1, side, side)


def image_of(blocks: Tensor, shape: tuple[int, int]) -> Tensor:
    """The image of so many pixels that these blocks make, (1, 1, H, W): undoes :func:`blocks_of`.

    :raises ValueError: for another number of blocks than such an image has.
    """
    arguments.tensors(blocks=blocks)
    height, width = arguments.grid(shape)
    if blocks.ndim != 4 or blocks.shape[1] != 1 or blocks.shape[-1] != blocks.shape[-2]:
        raise ValueError(f"blocks has the shape {tuple(blocks.shape)}: expected (number, 1, side, side)")
    side = blocks.shape[-1]
    down, across = -(-height // side), -(-width // side)
    if len(blocks) != down * across:
        raise ValueError(f"blocks are {len(blocks)}: expected {down * across} for an image of {height} × {width}")
    whole = blocks.view(down, across, side, side).transpose(1, 2).reshape(1, 1, down * side, across * side)
    return whole[..., :height, :width]


def score_in_blocks(
    model: Callable[[Tensor, Any], Tensor],
    data: Any,
    physics: Any,
    *,
    images: int | None = None,
    progress: bool = False,
) -> Scores:
    """Cut each photograph into blocks, measure and reconstruct them all, put them together, clip to [0, 1], compare.

    A stand-in for :func:`mddl_lib.results.evaluation.evaluate` in :func:`mddl_lib.results.cells.fill`.

    :param model: from measurements and physics to blocks (n, 1, side, side).
    :param data: a loaded data set of pictures (H, W).
    :param physics: of one block.
    :param images: the first so many; None: all.
    :raises ValueError: naming the photograph, where the model gives another shape.
    """
    arguments.callables(model=model)
    arguments.operator(physics)
    if not hasattr(data, "sha256") or not hasattr(data, "__len__"):
        raise TypeError(f"data is a {type(data).__name__}: expected a loaded data set, as data_fetch.load gives it")
    if images is not None:
        arguments.counts(1, images=images)
    count = len(data) if images is None else min(images, len(data))
    scores = Scores(data.name, data.sha256, data.embedded, [], {"psnr": []}, [])
    for sample in (data[index] for index in range(count)):
        truth = torch.as_tensor(sample.array)[None, None].float()
        with torch.no_grad():
            cut = blocks_of(truth, physics.shape[0])
            y, start = physics.A(cut), time.perf_counter()
            found = model(y, physics)
            scores.seconds.append(time.perf_counter() - start)
        if found.shape != cut.shape:
            raise ValueError(
                f"{sample.name}: the model returned {tuple(found.shape)}, expected the blocks {tuple(cut.shape)}"
            )
        scores.names.append(sample.name)
        scores.values["psnr"].append(float(psnr(image_of(found, tuple(truth.shape[-2:])).clamp(0, 1), truth)))
    return scores
