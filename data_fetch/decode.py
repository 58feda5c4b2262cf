"""From checked bytes to an array: pictures, MATLAB v5 and v7.3 (HDF5). Nothing here runs code from a file."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from .errors import CannotDecode
from .registry import Group

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def decode(content: bytes, group: Group, name: str) -> np.ndarray:
    """Decode one file as its group says.

    Returns (height, width): float32 in [0, 1] for images, complex64 for complex slices, float32 0/1 for masks, DC where
    the file has it. ``crop`` takes the middle square; ``divide_by_maximum`` divides by the largest modulus of the crop.
    Raises `CannotDecode` for a network, a missing variable, a shape other than two axes or values that are not finite.

    Taught in :doc:`/data`.
    """
    if group.decoder == "none":
        what = "a trained network" if group.kind == "network" else "a file of its own kind"
        raise CannotDecode(f"{name} is {what}, not a picture: open it by its path, DataSet.path({name!r})")
    try:
        array = picture(content) if group.decoder == "picture" else matlab(content, group.key or "")
    except CannotDecode as error:
        raise CannotDecode(f"{name}: {error}") from None
    except Exception as error:  # the libraries raise many classes on a file that is not theirs
        raise CannotDecode(f"{name} cannot be read as {group.decoder}: {error}") from error
    if array.ndim != 2:
        raise CannotDecode(f"{name}: shape {array.shape}, expected (height, width)")
    if array.dtype == np.uint8 and group.kind == "image":
        array = array / np.float32(255)
    if group.crop:
        array = middle_square(array, group.crop, name)
    if not np.isfinite(array).all():
        raise CannotDecode(f"{name}: holds values that are not finite")
    if group.divide_by_maximum:
        array = array / np.abs(array).max()
    if group.kind == "mask" and not np.isin(array, (0, 1)).all():
        raise CannotDecode(f"{name}: a mask holds 0 and 1 only, this one {np.unique(array)[:5]}")
    if group.kind != "complex" and np.iscomplexobj(array):
        raise CannotDecode(f"{name}: complex values, expected a real {group.kind}")
    return np.ascontiguousarray(array, dtype=np.complex64 if group.kind == "complex" else np.float32)


def picture(content: bytes) -> np.ndarray:
    """A grey picture as uint8; a palette is looked up (its greys are exact: the luma weights sum to one).

    Taught in :doc:`/data`.
    """
    with Image.open(io.BytesIO(content)) as image:
        if image.mode not in ("L", "P", "1"):
            raise CannotDecode(f"picture mode {image.mode}, expected grey (L) or palette (P)")
        return np.asarray(image.convert("L"))


def matlab(content: bytes, key: str) -> np.ndarray:
    """Variable ``key`` of a MATLAB file; ``a.b`` is field b of struct a.

    Taught in :doc:`/data`.
    """
    header = content[512 : 512 + len(HDF5_SIGNATURE)]  # v7.3 puts a text of 512 bytes before the HDF5 file
    return matlab_hdf5(content, key) if header == HDF5_SIGNATURE else matlab_v5(content, key)


def matlab_v5(content: bytes, key: str) -> np.ndarray:
    """MATLAB v5, by scipy; structs of one element are opened along the dots of ``key``.

    Taught in :doc:`/data`.
    """
    import scipy.io  # here: it is a third of a second that most sets do not need

    first, *fields = key.split(".")
    variables = scipy.io.loadmat(io.BytesIO(content), squeeze_me=False)
    if first not in variables:
        raise CannotDecode(f"no variable {first!r}, only {sorted(k for k in variables if not k.startswith('__'))}")
    value = variables[first]
    for field in fields:
        if value.dtype.names is None or field not in value.dtype.names:
            raise CannotDecode(f"no field {field!r} on the way to {key!r}")
        value = value[field].flat[0]
    return value


def matlab_hdf5(content: bytes, key: str) -> np.ndarray:
    """MATLAB v7.3, by h5py: column-major, so arrays arrive transposed; complex ones as pairs (real, imag).

    Taught in :doc:`/data`.
    """
    import h5py  # here, as scipy.io above

    with h5py.File(io.BytesIO(content), "r") as file:
        path = key.replace(".", "/")
        if path not in file or not isinstance(file[path], h5py.Dataset):
            raise CannotDecode(f"no variable {key!r}, only {sorted(file)}")
        value = file[path][()]
    if value.dtype.names == ("real", "imag"):
        value = value["real"] + 1j * value["imag"]
    return value.T


def middle_square(array: np.ndarray, side: int, name: str) -> np.ndarray:
    """The middle ``side`` × ``side`` of an array at least that large.

    Taught in :doc:`/data`.
    """
    top, left = ((n - side) // 2 for n in array.shape)
    if top < 0 or left < 0:
        raise CannotDecode(f"{name}: shape {array.shape} is smaller than the crop of {side}")
    return array[top : top + side, left : left + side]
