"""A reader's own slices: atlases from a folder, a target from a file, its mask as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from skimage.transform import resize

from data_fetch.own_files import ImageFiles, read_array
from mddl_lib.segmentation.atlases import Atlas, check_picture
from mddl_lib.segmentation.hearts import Case
from mddl_lib.segmentation.problems import as_fusion
from mddl_lib.segmentation.registration import registered
from mddl_lib.segmentation.selection import most_similar, most_similar_moved

PART = "label"
KINDS = (".png", ".tif", ".tiff", ".npy")
LEAST = 16
"""pixels along the shorter side of a picture: registration halves it twice"""


def read_picture(path: Path | str) -> np.ndarray:
    """A grey picture of 8 or 16 bits, any size, as numbers in [0, 1].

    :raises ValueError: for a file that is none, has no contrast, or is smaller than 16 pixels.
    :raises FileNotFoundError: when there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: expected a picture ({', '.join(KINDS)})")
    picture = ImageFiles([path])[0].array
    if picture.dtype.kind == "c":
        raise ValueError(f"{path} holds complex values: expected a grey picture")
    check_picture(str(path), picture)
    if min(picture.shape) < LEAST:
        raise ValueError(f"{path} has {picture.shape[0]} x {picture.shape[1]} pixels: expected {LEAST} or more a side")
    return picture


def label_path(path: Path) -> Path | None:
    """The mask that belongs to NAME.png: NAME_label.png beside it, of any kind; None when there is none."""
    found = (path.with_name(f"{path.stem}_label{kind}") for kind in KINDS)
    return next((label for label in found if label.is_file()), None)


def read_label(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """A mask: what is above zero is inside.

    :param shape: of the picture that it belongs to.
    :raises ValueError: for another size, values that are no label, or a mask that marks nothing.
    """
    values = np.asarray(read_array(path))
    if values.dtype.kind == "c" or not np.isfinite(values).all():
        raise ValueError(
            f"{path} holds complex values, NaN or infinity: expected zeros, and a number above for what is inside"
        )
    mask = (values > 0).astype(np.float32)
    if mask.shape != tuple(shape):
        raise ValueError(f"{path} has the shape {mask.shape}, its picture {tuple(shape)}: expected one size")
    if not mask.any():
        raise ValueError(f"{path} is empty: expected a mask that marks something")
    return mask


def read_atlases(folder: Path | str) -> list[Atlas]:
    """Every picture of a folder with the mask beside it, NAME.png and NAME_label.png.

    :raises ValueError: for a folder without pictures, a picture without a mask, or a mask that does not fit.
    :raises FileNotFoundError: when there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder: expected one with NAME.png and NAME_label.png for each atlas")
    paths = [p for p in sorted(folder.iterdir()) if p.suffix in KINDS and not p.stem.endswith("_label")]
    if not paths:
        raise ValueError(f"{folder} holds no picture: expected NAME.png and NAME_label.png for each atlas")
    atlases = []
    for path in paths:
        label = label_path(path)
        if label is None:
            raise ValueError(f"{path} has no label: expected {path.stem}_label.png beside it")
        picture = read_picture(path)
        atlases.append(Atlas(path.name, picture, {PART: read_label(label, picture.shape)}))
    return atlases


def prepare(name: str, target: np.ndarray, atlases: list[Atlas], count: int, folder: Path | str) -> Case:
    """The most similar atlases, registered to the target; the sizes may differ.

    :param target: (H, W), in [0, 1].
    :param folder: where registered atlases are kept.
    :returns: a case whose target has no true label (all zero).
    :raises ValueError: for no atlas, or a count below 1.
    """
    check_picture(name, target)
    fitted = [
        Atlas(atlas.name, _resized(atlas.image, target), {PART: _resized(atlas.labels[PART], target)})
        for atlas in atlases
    ]
    chosen = most_similar_moved(target, fitted, count)
    moved = registered(target, chosen, folder)
    usable = [atlas for atlas in moved if atlas.image.min() < atlas.image.max()]
    if not usable:
        raise ValueError(f"{name}: no atlas overlaps it after registration; expected pictures of the same organ")
    return Case(Atlas(name, target, {PART: np.zeros(target.shape, np.float32)}), most_similar(target, usable, count))


def segment(case: Case, method: object) -> np.ndarray:
    """The mask of a target: votes above one half.

    :param method: as in :mod:`mddl_lib.segmentation.methods`.
    """
    return method(as_fusion(case, (PART,)))[0, 0].numpy() > 0.5


def write_mask(path: Path, mask: np.ndarray) -> None:
    """A picture of 0 and 255."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(255 * mask.astype(np.uint8)).save(path)


def _resized(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    return resize(values, like.shape, order=1).astype(np.float32)
