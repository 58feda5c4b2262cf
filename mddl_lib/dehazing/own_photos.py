"""A reader's own photographs: any size, grey, transparent, of 16 bits, turned by EXIF; cleared at a size that memory allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor, nn

from data_fetch.own_files.opening import read_regular
from mddl_lib.core import arguments
from mddl_lib.dehazing.model.guided_filter import fitted
from mddl_lib.dehazing.model.haze import LEAST, air_light, check

MOST = 1_000_000
"""pixels that a network is shown; a larger photograph is shown smaller, and its transmission enlarged along its edges"""
LARGEST = 2**26
SMALLEST = 16
"""pixels along the shorter side"""
WINDOW, EDGES = 9, 1e-4
"""window and ε of the enlargement"""


def read_photo(path: Path | str) -> tuple[Tensor, Tensor | None]:
    """A photograph as (1, 3, H, W) from 0 to 1, turned as its EXIF data say, and its alpha (H, W) where it has one.

    Grey ones get three equal colours. Of 16 bits in colour only TIFF keeps all, in PNG the upper eight.

    :raises ValueError: for a file that is no photograph, has several frames, or less than 16 or more than 2²⁶ pixels.
    :raises FileNotFoundError: when there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: expected a photograph")
    content = read_regular(path)
    if content[:4] in (b"II*\x00", b"MM\x00*"):
        return _tiff(path)
    try:
        with Image.open(path) as image:
            _check_size(path, image.height, image.width)
            if getattr(image, "n_frames", 1) > 1:
                raise ValueError(f"{path} has {image.n_frames} frames: expected one picture")
            turned = ImageOps.exif_transpose(image)
            deep = turned.mode.startswith("I")
            alpha = None
            if turned.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in turned.info:
                turned = turned.convert("RGBA")
                alpha = torch.from_numpy(np.asarray(turned.getchannel("A")).astype(np.float32) / 255)
            values = np.asarray(turned, dtype=np.float32) / 65535 if deep else np.asarray(turned.convert("RGB")) / 255
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is no photograph that can be read: {str(error).splitlines()[0]}") from None
    return _as_tensor(values), alpha


@torch.no_grad()
def clear_photo(network: nn.Module, image: Tensor, most: int = MOST) -> tuple[Tensor, Tensor]:
    r"""The clear photograph and its transmission.

    A large one is halved, thirded, … until the network sees at most ``most`` pixels. Its transmission is enlarged as the guided
    filter would have it: :math:`T = \bar a\, g + \bar b`, a and b fitted at the small size and interpolated, g the large guide.

    :param network: from (1, 3, H, W) to a clear image and a transmission (1, 1, H, W).
    :param image: (1, 3, H, W), from 0 to 1.
    :raises ValueError: for another shape or range, NaN, or a large photograph and a network that gives no transmission.

    Source: the enlargement: He, Sun 2015, fast guided filter.
    """
    check("image", image)
    arguments.counts(SMALLEST**2, most=most)
    if image.min() < 0 or image.max() > 1 or len(image) != 1 or min(image.shape[-2:]) < SMALLEST:
        raise ValueError(
            f"image has the shape {tuple(image.shape)}, values from {float(image.min()):.4g} to {float(image.max()):.4g}: "
            f"expected one image from 0 to 1, sides of {SMALLEST} or more"
        )
    height, width = image.shape[-2:]
    factor = 1
    while (height // factor) * (width // factor) > most:
        factor += 1
    if factor == 1:
        return network(image)
    size = (max(height // factor, SMALLEST), max(width // factor, SMALLEST))
    small = F.interpolate(image, size, mode="area")
    t = network(small)[1]
    if t is None:
        raise ValueError("the network gives no transmission: a photograph of this size needs one, to be enlarged")
    slope, offset = fitted(t, small.mean(1, keepdim=True), WINDOW, EDGES)
    t = F.interpolate(slope, (height, width), mode="bilinear", align_corners=False)
    t *= image.mean(1, keepdim=True)
    t += F.interpolate(offset, (height, width), mode="bilinear", align_corners=False)
    t.clamp_(LEAST, 1)
    air = air_light(small)[..., None, None]
    result = image - air
    result /= t
    result += air
    return result.clamp_(0, 1), t


def write_photo(path: Path, image: Tensor, alpha: Tensor | None = None) -> None:
    """(1, 3, H, W) from 0 to 1 as PNG of 8 bits, its alpha beside it where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = torch.round(image[0] * 255).to(torch.uint8).permute(1, 2, 0).numpy()
    if alpha is not None:
        values = np.dstack([values, np.rint(alpha.numpy() * 255).astype(np.uint8)])
    Image.fromarray(values).save(path)


def _tiff(path: Path) -> tuple[Tensor, Tensor | None]:
    import tifffile  # comes with scikit-image

    try:
        with tifffile.TiffFile(path) as file:
            if len(file.pages) > 1:
                raise ValueError(f"{path} has {len(file.pages)} frames: expected one picture")
            values = file.asarray()
    except (tifffile.TiffFileError, IndexError) as error:
        raise ValueError(f"{path} is no photograph that can be read: {error}") from None
    if values.dtype.kind != "u" or values.ndim not in (2, 3) or (values.ndim == 3 and values.shape[2] not in (3, 4)):
        raise ValueError(
            f"{path} holds {values.dtype} of shape {values.shape}: expected grey or RGB(A) of 8 or 16 bits"
        )
    _check_size(path, *values.shape[:2])
    values = values.astype(np.float32) / np.iinfo(values.dtype).max
    alpha = torch.from_numpy(values[..., 3].copy()) if values.ndim == 3 and values.shape[2] == 4 else None
    return _as_tensor(values[..., :3] if values.ndim == 3 else values), alpha


def _check_size(path: Path, height: int, width: int) -> None:
    if min(height, width) < SMALLEST or height * width > LARGEST:
        raise ValueError(
            f"{path} has {height} x {width} pixels: expected sides of {SMALLEST} or more, {LARGEST} pixels or fewer"
        )


def _as_tensor(values: np.ndarray) -> Tensor:
    values = np.repeat(values[..., None], 3, -1) if values.ndim == 2 else values
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32))[None]
