"""An entry of the registry: a data set, or a subset of one."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import UnknownName, nearest
from .group import Group, RegisteredFile
from .plan import Plan, plan


@dataclass(frozen=True)
class Embedded:
    """A set made by code: a module of `data_fetch.embedded`, its number of samples, and what its ``make`` takes."""

    maker: str
    count: int
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A data set, or a subset of one (``subset`` is then its name, and ``files`` only its own)."""

    dataset: str
    title: str
    licence: str
    citation: str
    paper_used: str
    groups: tuple[Group, ...]
    note: str = ""
    source: str = ""
    people: bool = False
    redistributable: bool = True
    files: tuple[RegisteredFile, ...] = field(default=(), repr=False)
    stand_in: str | None = None
    shown: str | None = None
    subset: str | None = None
    embedded: Embedded | None = None

    @property
    def name(self) -> str:
        """The name that `load` takes."""
        return f"{self.dataset}/{self.subset}" if self.subset else self.dataset

    @property
    def kind(self) -> Literal["fetched", "embedded"]:
        """Whether it has files somewhere, or is made by code."""
        return "embedded" if self.embedded else "fetched"

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)

    @functools.cached_property
    def sha256(self) -> str:
        """One hash over names and hashes of all files: it changes when any of them does."""
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def subsets(self) -> tuple[str, ...]:
        """Names of its subsets, in the order of its card."""
        return tuple(dict.fromkeys(group.subset for group in self.groups if group.subset))

    def group(self, file: RegisteredFile) -> Group:
        """The first group that the file's name matches.

        :raises UnknownName: when none does: the card is not complete.
        """
        for group in self.groups:
            if group.matches(file):
                return group
        raise UnknownName(f"no group on the card of {self.dataset} matches the file {file.name!r}")

    def file(self, name: str) -> RegisteredFile:
        """The file of this name (``train/im-01.mat``).

        :raises UnknownName: when there is none.
        """
        for file in self.files:
            if file.name == name:
                return file
        if self.embedded:
            raise UnknownName(f"{self.name} is made by code and has no files, so no {name!r}")
        known = [file.name for file in self.files]
        few = f" (its files: {', '.join(known)})" if len(known) <= 5 else ""
        raise UnknownName(f"no file {name!r} in {self.name}{nearest(name, known)}{few}")

    @functools.cached_property
    def plan(self) -> Plan:
        """Its samples and what each is made of; of a set made by code, nothing."""
        return plan((file, self.group(file)) for file in self.files)

    @functools.cached_property
    def parts(self) -> dict[str, Entry]:
        """Its subsets by their names."""
        files: dict[str | None, list[RegisteredFile]] = {subset: [] for subset in self.subsets}
        for file in self.files:
            files.setdefault(self.group(file).subset, []).append(file)
        stand_ins = {g.subset: g.stand_in for g in reversed(self.groups) if g.stand_in}
        return {
            subset: dataclasses.replace(
                self, files=tuple(files[subset]), stand_in=stand_ins.get(subset, self.stand_in), subset=subset
            )
            for subset in self.subsets
        }

    def part(self, subset: str) -> Entry:
        """The subset of this name.

        :raises UnknownName: when there is none.
        """
        if subset not in self.subsets:
            known = [f"{self.dataset}/{s}" for s in self.subsets]
            raise UnknownName(
                f"no subset {subset!r} in {self.dataset}{nearest(f'{self.dataset}/{subset}', known)}"
                f" (its subsets: {', '.join(self.subsets) or 'none'})"
            )
        return self.parts[subset]
