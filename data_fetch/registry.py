"""What data sets there are: ``registry.json`` (from the manifests) joined with ``cards.yaml`` (by hand)."""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import PurePosixPath
from typing import Literal

import yaml

from .errors import UnknownName
from .phantom import FIRST_SEED

Kind = Literal["image", "complex", "mask", "network", "file"]


@dataclass(frozen=True)
class RegisteredFile:
    """One file: its name below ``<cache>/<data set>/``, where it comes from and what it must be.

    Taught in :doc:`/data`.
    """

    name: str
    url: str
    sha256: str
    bytes: int

    @property
    def stem(self) -> str:
        """The name of its sample: no folder, no ending."""
        return PurePosixPath(self.name).stem


@dataclass(frozen=True)
class Group:
    """How the files of a set whose names start with ``prefix`` are decoded; see the head of ``cards.yaml``.

    Taught in :doc:`/data`.
    """

    kind: Kind
    decoder: Literal["picture", "matlab", "none"]
    prefix: str = ""
    subset: str | None = None
    key: str | None = None
    crop: int | None = None
    divide_by_maximum: bool = False
    embedded: str | None = None


@dataclass(frozen=True)
class Entry:
    """A data set, or a subset of one (``subset`` is then its name, and ``files`` only its own).

    Taught in :doc:`/data`.
    """

    dataset: str
    title: str
    licence: str
    citation: str
    note: str
    paper_used: str
    source: str
    people: bool
    groups: tuple[Group, ...]
    files: tuple[RegisteredFile, ...] = field(repr=False)
    embedded: str | None = None
    shown: str | None = None
    redistributable: bool = True
    subset: str | None = None

    @property
    def name(self) -> str:
        """The name that `load` takes."""
        return f"{self.dataset}/{self.subset}" if self.subset else self.dataset

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def sha256(self) -> str:
        """One hash over names and hashes of all files: it changes when any of them does."""
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def subsets(self) -> tuple[str, ...]:
        """Names of its subsets, in the order of ``cards.yaml``."""
        return tuple(dict.fromkeys(group.subset for group in self.groups if group.subset))

    def group(self, file: RegisteredFile) -> Group:
        """The group with the longest prefix that the file's name starts with."""
        return max((g for g in self.groups if file.name.startswith(g.prefix)), key=lambda g: len(g.prefix))

    def file(self, name: str) -> RegisteredFile:
        """The file of this name (``train/im-01.mat``); raises `UnknownName`."""
        for file in self.files:
            if file.name == name:
                return file
        known = [file.name for file in self.files]
        few = f" (its files: {', '.join(known)})" if len(known) <= 5 else ""
        raise UnknownName(f"no file {name!r} in {self.name}{nearest(name, known)}{few}")

    def part(self, subset: str) -> Entry:
        """The subset of this name; raises `UnknownName`."""
        if subset not in self.subsets:
            known = [f"{self.dataset}/{s}" for s in self.subsets]
            raise UnknownName(
                f"no subset {subset!r} in {self.dataset}{nearest(f'{self.dataset}/{subset}', known)}"
                f" (its subsets: {', '.join(self.subsets) or 'none'})"
            )
        files = tuple(file for file in self.files if self.group(file).subset == subset)
        embedded = next((g.embedded for g in self.groups if g.subset == subset and g.embedded), self.embedded)
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Entry(**{**values, "files": files, "embedded": embedded, "subset": subset})


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` with the known name nearest to ``name``, or nothing when none is near.

    Taught in :doc:`/data`.
    """
    by_lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean {by_lower[found[0]]!r}?" if found else ""


def parse(files: Mapping[str, dict], cards: Mapping[str, dict]) -> dict[str, Entry]:
    """Join the two halves of the registry; both must have the same names (else ValueError).

    Taught in :doc:`/data`.
    """
    if files.keys() != cards.keys():
        raise ValueError(f"in only one of registry.json and cards.yaml: {sorted(files.keys() ^ cards.keys())}")
    entries = {}
    for name, values in files.items():
        listed = tuple(RegisteredFile(**file) for file in values["files"])
        groups = tuple(Group(**group) for group in cards[name]["groups"])
        rest = {k: v for k, v in {**values, **cards[name]}.items() if k not in ("files", "groups")}
        entries[name] = Entry(dataset=name, files=listed, groups=groups, **rest)
    return entries


def stored() -> tuple[dict[str, dict], dict[str, dict]]:
    """The contents of ``registry.json`` and ``cards.yaml``, which travel with the package.

    Taught in :doc:`/data`.
    """
    package = resources.files(__package__)
    files = json.loads((package / "registry.json").read_text(encoding="utf-8"))
    return files, yaml.safe_load((package / "cards.yaml").read_text(encoding="utf-8"))


@functools.cache
def entries() -> dict[str, Entry]:
    """Every data set that can be fetched, by name.

    Taught in :doc:`/data`.
    """
    return parse(*stored())


def find(name: str) -> Entry:
    """The entry called ``name`` (``chest_mr``) or ``name/subset`` (``chest_mr/train``); raises `UnknownName`.

    Taught in :doc:`/data`.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a data set is a string, not {name!r}")
    dataset, _, subset = name.partition("/")
    known = entries()
    if dataset not in known:
        near = nearest(dataset, [*known, *FIRST_SEED])
        raise UnknownName(f"no data set {dataset!r}{near} (python -m data_fetch list shows them all)")
    return known[dataset].part(subset) if subset else known[dataset]
