"""A registered file, and how groups of files are decoded into the named parts of samples."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal[
    "image",
    "colour",
    "complex",
    "mask",
    "label",
    "volume",
    "disparity",
    "values",
    "mesh",
    "operator",
    "network",
    "file",
]
Decoder = Literal["picture", "matlab", "nifti", "idx", "mesh", "tensors", "arrays", "network", "none"]


@dataclass(frozen=True)
class RegisteredFile:
    """One file: its name below ``<cache>/<data set>/``, where it comes from and what it must be."""

    name: str
    url: str
    sha256: str
    bytes: int

    @property
    def stem(self) -> str:
        """The name without folder and ending; ``.nii.gz`` is one ending."""
        return PurePosixPath(self.name.removesuffix(".gz")).stem


@dataclass(frozen=True)
class Group:
    """How the files of a set whose names ``files`` matches are decoded; ``registry/README.md`` explains each word."""

    kind: Kind
    decoder: Decoder = "none"
    files: str = ""
    subset: str | None = None
    part: str | None = None
    key: str | Mapping[str, str] | None = None
    samples: int = 1
    names: str | None = None
    shape: tuple[int, ...] | None = None
    crop: int | None = None
    divide_by: float = 1
    divide_by_maximum: bool = False
    stand_in: str | None = None

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """``files``, compiled; a group called ``sample`` in it says which part of a file's name is the sample's."""
        return re.compile(self.files)

    def matches(self, file: RegisteredFile) -> bool:
        """Whether the file's name starts as ``files`` says."""
        return self.pattern.match(file.name) is not None

    def sample_name(self, file: RegisteredFile) -> str:
        """The name of the sample that this file is, or is a part of."""
        found = self.pattern.match(file.name)
        return (found and found.groupdict().get("sample")) or file.stem

    @property
    def part_name(self) -> str:
        """What the array is called in its sample: ``part``, else its kind; grey, colour and complex ones are images."""
        return self.part or ("image" if self.kind in ("colour", "complex") else self.kind)
