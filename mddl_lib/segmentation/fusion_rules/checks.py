"""What every rule of label fusion takes."""

from __future__ import annotations

from torch import Tensor

from mddl_lib.core import arguments


def check_rule(target: Tensor, atlases: Tensor, labels: Tensor) -> None:
    """A target, atlases on its grid, and their labels.

    :param target: (H, W).
    :param atlases: (K, H, W).
    :param labels: (K, P, H, W).
    :raises ValueError: for shapes that do not fit, or whole numbers.
    :raises TypeError: for what is no tensor.
    """
    arguments.tensors(target=target, atlases=atlases, labels=labels)
    if target.ndim != 2 or not target.numel():
        raise ValueError(f"target has the shape {tuple(target.shape)}: expected (height, width)")
    height, width = target.shape
    if atlases.ndim != 3 or not atlases.numel() or atlases.shape[1:] != target.shape:
        raise ValueError(f"atlases have the shape {tuple(atlases.shape)}: expected (atlases, {height}, {width})")
    if labels.ndim != 4 or not labels.numel() or (len(labels), *labels.shape[2:]) != tuple(atlases.shape):
        raise ValueError(
            f"labels have the shape {tuple(labels.shape)}: expected ({len(atlases)}, masks, {height}, {width})"
        )
    for what, values in {"target": target, "atlases": atlases, "labels": labels}.items():
        if not values.is_floating_point():
            raise ValueError(f"{what} holds {values.dtype}: expected real numbers, not whole ones")


def check_patch(patch: int) -> None:
    """The side of a patch: odd, so that it has a middle.

    :raises ValueError: for anything else.
    """
    arguments.counts(1, patch=patch)
    if patch % 2 == 0:
        raise ValueError(f"patch is {patch}: expected an odd number, so that a patch has a middle")
