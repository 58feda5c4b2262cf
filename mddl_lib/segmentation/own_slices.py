"""A reader's own slices: atlases from a folder, a target from a file, its mask as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.transform import resize

from data_fetch.own_files import ImageFiles, read_array
from mddl_lib.segmentation.alignment.aligned import Stack
from mddl_lib.segmentation.atlases import Atlas, check_picture
from mddl_lib.segmentation.hearts import Case
from mddl_lib.segmentation.problems import as_fusion

PART = "label"
KINDS = (".png", ".tif", ".tiff", ".npy")
LEAST = 16
"""pixels along the shorter side of a picture: registration halves it twice"""
SPARE = 3
"""pixels around all labels that the region of interest holds"""


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


@dataclass(frozen=True)
class Prepared:
    """A target's region of interest with its atlases, and where the region lies in the picture."""

    case: Case
    """its target has no true label (all zero)"""
    rows: slice
    columns: slice
    shape: tuple[int, int]


def prepare(
    names: Sequence[str], pictures: Sequence[np.ndarray], atlases: list[Atlas], count: int, folder: Path | str
) -> list[Prepared]:
    """The slices of one subject, in their order, with the atlases that resemble each most, registered; the sizes may differ.

    The region of interest is where the atlases have their organs, as :func:`usual_region` says it.

    :param pictures: (H, W), in [0, 1]; the organ is looked for in those of one size together.
    :param folder: where registered atlases are kept.
    :raises ValueError: for no atlas, or a count below 1.
    """
    for name, picture in zip(names, pictures, strict=True):
        check_picture(name, picture)
    found: list[Prepared | None] = [None] * len(pictures)
    for shape in dict.fromkeys(picture.shape for picture in pictures):
        numbers = [n for n, picture in enumerate(pictures) if picture.shape == shape]
        fitted = [_fitted(atlas, shape) for atlas in atlases]
        region = usual_region([atlas.labels[PART] for atlas in fitted])
        stack = Stack([_cut(pictures[n], region) for n in numbers], [_cut_atlas(atlas, region) for atlas in fitted])
        for index, n in enumerate(numbers):
            target = Atlas(names[n], stack.pictures[index], {PART: np.zeros(stack.pictures[index].shape, np.float32)})
            found[n] = Prepared(Case(target, stack.aligned(index, count, folder)), *region, shape)
    return found


def usual_region(labels: Sequence[np.ndarray]) -> tuple[slice, slice]:
    """Rows and columns of a square around the mean middle of the labels: it holds all of them, and three pixels more.

    For the challenge's training subjects it is :func:`mddl_lib.segmentation.hearts.region`. It ends where the picture ends.

    :param labels: (H, W) each, of one size.
    :raises ValueError: for no label, or one that marks nothing.
    """
    if not len(labels) or not all((label > 0.5).any() for label in labels):
        raise ValueError("labels are none, or one marks nothing: expected masks, each with a pixel above one half")
    marked = [np.argwhere(label > 0.5) for label in labels]
    middle = np.rint(np.mean([pixels.mean(0) for pixels in marked], 0)).astype(int)
    half = max(LEAST // 2, max(int(abs(pixels - middle).max()) for pixels in marked) + SPARE)
    return tuple(slice(max(0, m - half), min(n, m + half)) for m, n in zip(middle, labels[0].shape, strict=True))


def segment(prepared: Prepared, method: object) -> np.ndarray:
    """The mask of a target, of its picture's size: votes above one half.

    :param method: as in :mod:`mddl_lib.segmentation.methods`.
    """
    mask = np.zeros(prepared.shape, bool)
    mask[prepared.rows, prepared.columns] = method(as_fusion(prepared.case, (PART,)))[0, 0].numpy() > 0.5
    return mask


def write_mask(path: Path, mask: np.ndarray) -> None:
    """A picture of 0 and 255."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(255 * mask.astype(np.uint8)).save(path)


def _fitted(atlas: Atlas, shape: tuple[int, int]) -> Atlas:
    """At the size of the target, when it has another one."""
    if atlas.image.shape == shape:
        return atlas
    image, label = (resize(values, shape, order=1).astype(np.float32) for values in (atlas.image, atlas.labels[PART]))
    return Atlas(atlas.name, image, {PART: label})


def _cut(values: np.ndarray, region: tuple[slice, slice]) -> np.ndarray:
    return np.ascontiguousarray(values[region])


def _cut_atlas(atlas: Atlas, region: tuple[slice, slice]) -> Atlas:
    return Atlas(atlas.name, _cut(atlas.image, region), {PART: _cut(atlas.labels[PART], region)})
