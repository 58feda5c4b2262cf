"""Which files make which sample: a sample may be several files (image and mask), a file several samples (digits)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .group import Group, RegisteredFile


class Source(NamedTuple):
    """Where a part of a sample comes from: the ``index``-th sample of a file."""

    group: Group
    file: RegisteredFile
    index: int


Plan = dict[str, tuple[Source, ...]]
"""Sample → its sources, in the order of the files."""


def plan(files: Iterable[tuple[RegisteredFile, Group]]) -> Plan:
    """The samples that these files make, each with its group; none is opened, since a card says how many samples each holds."""
    samples: Plan = {}
    counted: dict[int, int] = {}
    for file, group in files:
        if group.kind == "file":
            continue  # it lies beside the samples, and is had by its path
        before = counted.get(id(group), 0)
        counted[id(group)] = before + group.samples
        for index in range(group.samples):
            name = group.names.format(before + index) if group.names else group.sample_name(file)
            samples[name] = (*samples.get(name, ()), Source(group, file, index))
    return samples
