"""Images and masks from a user's own files, as a data set that ``evaluate`` takes.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .decoders import arrays, matlab, picture
from .decoders.signatures import seems
from .registry import Group
from .sample import Sample

ARRAY = Group(kind="image", decoder="arrays")


class ImageFiles:
    """Some image files, read when asked for. Pictures of 8 bits are divided by 255, of 16 bits by 65535;
    floats are taken as they are, and so are complex images, whose modulus lies in [0, 1].

    :raises ValueError: for a file without a two-dimensional array, with NaN, or outside [0, 1].
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = [Path(path) for path in paths]
        self.name, self.embedded = "files", False

    @property
    def sha256(self) -> str:
        """One hash over the files' bytes."""
        return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in self.paths)).hexdigest()

    def only(self, index: int) -> ImageFiles:
        """The data set of one file alone."""
        return ImageFiles([self.paths[index]])

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Sample:
        array = np.asarray(read_array(self.paths[index]))
        if array.dtype.kind == "c":
            array = array.astype(np.complex64)
        else:
            array = array.astype(np.float32) / 255 if array.dtype == np.uint8 else array.astype(np.float32)
        if not np.isfinite(array).all():
            raise ValueError(f"{self.paths[index]} holds NaN or infinity")
        values = np.abs(array) if array.dtype.kind == "c" else array
        if values.min() < 0 or values.max() > 1 + 1e-6:  # a modulus of 1 may be rounded up
            raise ValueError(
                f"{self.paths[index]} holds values from {values.min():.3g} to {values.max():.3g}: expected [0, 1]"
            )
        return Sample(self.paths[index].name, {"image": array})


def read_mask(path: Path) -> np.ndarray:
    """A mask of zeros and ones with DC at [0, 0]: any positive entry counts as sampled.

    :raises ValueError: for a file without a two-dimensional array, or with NaN.
    """
    array = np.asarray(read_array(path))
    if not np.isfinite(array).all():
        raise ValueError(f"the mask {path} holds NaN or infinity")
    if array.dtype.kind == "c":
        raise ValueError(f"the mask {path} holds complex values: expected zeros and ones")
    return (array > 0).astype(np.float32)


def read_array(path: Path) -> np.ndarray:
    """The one two-dimensional array, real or complex, of a .png, .tif, .npy, or .mat file (v5 or v7.3). Pickles are refused.

    :raises ValueError: when there is none, or more than one, or the file cannot be read.
    """
    content = path.read_bytes()
    try:
        if path.suffix == ".npy":
            array = arrays.read(content, ARRAY)[0]
        elif path.suffix == ".mat":
            array = only_variable(content, path)
        else:
            array = picture.luminance(content)
    except Exception as error:  # the four readers raise a dozen kinds for a cut file
        message = "it is a pickle" if "pickle" in str(error) else f"{error} (it seems to be {seems(content)})"
        raise ValueError(f"{path} cannot be read, it may be cut or of another kind: {message}") from None
    if not isinstance(array, np.ndarray) or array.ndim != 2 or not array.size or array.dtype.kind not in "uifbc":
        what = f"shape {array.shape} and type {array.dtype}" if isinstance(array, np.ndarray) else f"kind {type(array)}"
        raise ValueError(f"{path} holds an array of {what}: expected one image")
    return array


def only_variable(content: bytes, path: Path) -> np.ndarray:
    """The variable of a MATLAB file that holds one.

    :raises ValueError: for a file with several.
    """
    found = matlab.variables(content)
    if len(found) != 1:
        raise ValueError(f"{path} holds {sorted(found)}: expected one array")
    return next(iter(found.values()))
