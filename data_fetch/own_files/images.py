"""Images from a user's own files, as a data set that ``evaluate`` takes.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..sample import Sample
from .opening import read_regular, split
from .reading import load
from .scale import scaled


class ImageFiles:
    """Some image files, read when asked for. Floats are taken as they are, in [0, 1]; whole numbers are divided by the
    white of their declared depth, 255 for 8 bits; of complex images the modulus lies in [0, 1].

    ``head.nii.gz:40`` is one slice of a volume, ``scan.h5:image`` one array of a file.

    :param white: the value of white, for files whose numbers do not say it.
    :raises ValueError: for a white that is no positive number; on access, for a file without one two-dimensional image, with
        NaN, or of another scale.
    """

    def __init__(self, paths: Sequence[Path | str], white: float | None = None) -> None:
        if white is not None and not 0 < white < float("inf"):
            raise ValueError(f"white is {white}: expected a positive number, the value of white")
        self.paths, self.white = [Path(path) for path in paths], white
        self.name, self.embedded = "files", False
        self._last: tuple[int, Sample] | None = None  # who asks twice for one gets no second warning

    @property
    def sha256(self) -> str:
        """One hash over the files' bytes."""
        contents = (read_regular(split(path)[0]) for path in self.paths)
        return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()

    def only(self, index: int) -> ImageFiles:
        """The data set of one file alone."""
        return ImageFiles([self.paths[index]], self.white)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Sample:
        path = self.paths[index]
        if self._last is None or self._last[0] != index:
            found = load(path)
            sample = Sample(path.name, {"image": scaled(found.array, found.white, self.white, path)})
            self._last = index, sample
        return self._last[1]
