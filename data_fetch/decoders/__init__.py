"""From checked bytes to arrays, one format a module. Nothing here runs code from a file."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import CannotDecode
from ..registry import Group
from .kinds import finished
from .signatures import seems

EXPECTED = {
    "picture": "a PNG, TIFF or JPEG picture", "matlab": "a MATLAB file (v5 or v7.3)", "nifti": "a NIfTI volume",
    "idx": "an IDX file", "mesh": "an OFF or OBJ mesh", "tensors": "a safetensors file or a torch state dict",
    "arrays": "an .npy or .npz file", "network": "a trained network",
}  # fmt: skip
"""Decoder → what it reads. Each is a module of this package; only the ones that are asked for are imported."""


def read(content: bytes, group: Group, name: str) -> Sequence[Any]:
    """The samples of one file as they lie in it, ``group.samples`` of them: arrays, or part → array.

    :raises CannotDecode: for a file of another kind, a missing variable, or another number of samples. The message
        names the file, what it seems to be, and what was expected.
    """
    if group.decoder == "none":
        what = "a trained network" if group.kind == "network" else "a file of its own kind"
        raise CannotDecode(f"{name} is {what}, not a picture: open it by its path, DataSet.path({name!r})")
    module = importlib.import_module(f".{group.decoder}", __name__)
    try:
        samples = module.read(content, group)
    except CannotDecode as error:
        raise CannotDecode(f"{name}: {error}") from None
    except Exception as error:  # the libraries raise many classes on a file that is not theirs
        raise CannotDecode(
            f"{name} cannot be read as {group.decoder}: it seems to be {seems(content)}, expected"
            f" {EXPECTED[group.decoder]} ({error})"
        ) from error
    if len(samples) != group.samples:
        raise CannotDecode(f"{name} holds {len(samples)} samples, expected {group.samples}")
    return samples


def decode(content: bytes, group: Group, name: str) -> dict[str, np.ndarray]:
    """The parts of a file that is one sample, or a part of one, as its group says.

    :returns: part → array: float32 in [0, 1] for images, (height, width) or (height, width, 3); complex64 for complex
        slices; float32 0/1 for masks; whole numbers for labels; float32 (x, y, z) for volumes; vertices (V, 3) and faces
        (F, 3) for meshes; a network's arrays by their names.
    :raises CannotDecode: as `read`, and for a shape or values that do not fit the kind.
    """
    return finished(read(content, group, name)[0], group, name)
