"""Find a set by its name: the folder of cards is the index, and only the card and the list that are asked for are read."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from ..errors import UnknownName, nearest
from .entry import Embedded, Entry
from .group import Group, RegisteredFile

FOLDER = Path(__file__).parent
"""``cards/NAME.yaml`` is written by hand, ``files/NAME.json`` comes from a manifest; both travel with the package."""


@functools.cache
def names() -> tuple[str, ...]:
    """Every set's name, in alphabetical order; nothing is read but the folder."""
    return tuple(sorted(card.stem for card in (FOLDER / "cards").glob("*.yaml")))


def stored(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two halves of a set as they lie there: its files (nothing for a set made by code), and its card."""
    import yaml  # here: an import of data_fetch alone reads no card

    listed = FOLDER / "files" / f"{name}.json"
    files = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else {}
    return files, yaml.safe_load((FOLDER / "cards" / f"{name}.yaml").read_text(encoding="utf-8"))


def parse(name: str, files: dict[str, Any], card: dict[str, Any]) -> Entry:
    """Join the two halves; what the card says overrides the manifest.

    :raises ValueError: for a card that has neither files nor code, or both.
    """
    if bool(files.get("files")) == ("embedded" in card):
        raise ValueError(f"{name} needs either files/{name}.json or `embedded` on its card")
    values = {**files, **card}
    shaped = [{**group, "shape": tuple(group["shape"])} if "shape" in group else group for group in card["groups"]]
    values["groups"] = tuple(Group(**group) for group in shaped)
    values["files"] = tuple(RegisteredFile(**file) for file in files.get("files", ()))
    values["embedded"] = Embedded(**card["embedded"]) if "embedded" in card else None
    return Entry(dataset=name, **values)


@functools.cache
def whole(name: str) -> Entry:
    """The entry of a set that is known to exist."""
    return parse(name, *stored(name))


def entries() -> dict[str, Entry]:
    """Every set by name; this reads all cards and lists."""
    return {name: whole(name) for name in names()}


def find(name: str) -> Entry:
    """The entry called ``name`` (``chest_mr``) or ``name/subset`` (``chest_mr/train``).

    :raises UnknownName: when there is none; the message suggests the nearest.
    :raises TypeError: for a name that is no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a data set is a string, not {name!r}")
    dataset, _, subset = name.partition("/")
    if dataset not in names():
        near = nearest(dataset, names())
        raise UnknownName(f"no data set {dataset!r}{near} (python -m data_fetch list shows them all)")
    return whole(dataset).part(subset) if subset else whole(dataset)
