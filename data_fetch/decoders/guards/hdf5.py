"""HDF5 as a file that ends at its own borders: what lies in another file is not read, and nothing is followed for ever."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...errors import CannotDecode
from .compressed import require_bounded

if TYPE_CHECKING:
    import h5py
    import numpy as np

MOST = 100_000
"""items that are visited in one file: groups may hold each other"""


class Walk:
    """A file while it is read, and how much of it may still be visited."""

    def __init__(self, file: h5py.File) -> None:
        self.file, self.left = file, MOST

    def names(self, group: h5py.Group) -> list[str]:
        """The names of a group's members, without what MATLAB keeps for itself."""
        return [name for name in sorted(group) if not name.startswith("#")]

    def member(self, group: h5py.Group, name: str) -> Any:
        """A member of a group.

        :raises CannotDecode: for a link that leads elsewhere, and when too many were asked for.
        """
        import h5py

        self.count()
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise CannotDecode(f"{name!r} is a link to another place or file, which is not followed")
        return group[name]

    def find(self, path: str) -> Any:
        """The member that ``a/b/c`` names, or None.

        :raises CannotDecode: as `member` does.
        """
        import h5py

        item: Any = self.file
        for name in filter(None, path.split("/")):
            if not isinstance(item, h5py.Group) or name not in item:
                return None
            item = self.member(item, name)
        return item

    def referred(self, reference: Any) -> Any:
        """What an element of a cell refers to; it lies in the same file."""
        self.count()
        return self.file[reference]

    def count(self) -> None:
        """One more item is visited.

        :raises CannotDecode: when it is one too many.
        """
        self.left -= 1
        if self.left < 0:
            raise CannotDecode(f"more than {MOST} items, or items that hold each other")

    def values(self, dataset: h5py.Dataset) -> np.ndarray:
        """The values of a data set.

        :raises CannotDecode: when they lie in another file, or are too many.
        """
        if dataset.external or dataset.is_virtual:
            raise CannotDecode(f"{dataset.name!r} has its values in another file, which is not read")
        require_bounded(dataset.size * dataset.dtype.itemsize if dataset.size else 0)
        return dataset[()]


@contextlib.contextmanager
def opened(content: bytes) -> Iterator[Walk]:
    """A file's bytes as HDF5."""
    import h5py  # here: only what is HDF5 needs it

    with h5py.File(io.BytesIO(content), "r") as file:
        yield Walk(file)
