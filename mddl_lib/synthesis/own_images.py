"""A reader's own MR slices: read, made into CTs, written, compared where a real CT is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from data_fetch.own_files import ImageFiles
from mddl_lib.core import arguments

LEAST = 32
"""pixels along the shorter side"""
KINDS = (".png", ".tif", ".tiff", ".npy")


def read_slice(path: Path | str, white: float | None = None) -> Tensor:
    """A grey picture of 8 or 16 bits as (1, 1, H, W) from −1, black, to 1, white.

    :param white: the value of white, for a file that does not say it, such as a scanner's of 12 bits.
    :raises ValueError: for a file that is no such picture, or smaller than 32 pixels.
    :raises FileNotFoundError: when there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: expected a picture ({', '.join(KINDS)})")
    picture = ImageFiles([path], white)[0].array
    if picture.dtype.kind == "c" or picture.ndim != 2 or not np.isfinite(picture).all():
        raise ValueError(f"{path} holds {picture.dtype} of shape {picture.shape}: expected a grey picture, finite")
    if min(picture.shape) < LEAST or picture.min() < 0 or picture.max() > 1:
        raise ValueError(
            f"{path} has {picture.shape[0]} x {picture.shape[1]} pixels from {picture.min():.4g} to {picture.max():.4g}: "
            f"expected {LEAST} or more a side, and values from 0 to 1"
        )
    return torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32))[None, None] * 2 - 1


@torch.no_grad()
def make_ct(network: nn.Module, mr: Tensor) -> Tensor:
    """The CT of an MR slice of any size: black is put around it up to multiples of 8, and cut away again.

    :param network: takes and gives (B, 1, H, W) from −1 to 1.
    :param mr: (B, 1, H, W), from −1 to 1.
    :raises ValueError: for another shape, values outside that range, or NaN.
    """
    arguments.tensors(mr=mr)
    if mr.ndim != 4 or mr.shape[1] != 1 or min(mr.shape[-2:]) < LEAST:
        raise ValueError(
            f"mr has the shape {tuple(mr.shape)}: expected (batch, 1, height, width), sides of {LEAST} or more"
        )
    arguments.finite("mr", mr)
    if mr.abs().max() > 1:
        raise ValueError(f"mr goes from {float(mr.min()):.4g} to {float(mr.max()):.4g}: expected −1 to 1")
    height, width = mr.shape[-2:]
    made = network(F.pad(mr, (0, -width % 8, 0, -height % 8), value=-1.0))
    return made[..., :height, :width].clamp(-1, 1)


def write_slice(path: Path, image: Tensor) -> None:
    """(1, 1, H, W) from −1 to 1 as a picture of 8 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = torch.round((image[0, 0] + 1) * 127.5).clamp(0, 255).to(torch.uint8)
    Image.fromarray(grey.cpu().numpy()).save(path)


def real_ct(folder: Path, name: str) -> Path | None:
    """The real CT of NAME in a folder: of that name, or NAME_ct, or with _ct for _mr; None where there is none."""
    stems = dict.fromkeys([name.replace("_mr", "_ct"), f"{name}_ct", name])
    found = (folder / f"{stem}{kind}" for stem in stems for kind in KINDS)
    return next((path for path in found if path.is_file()), None)
