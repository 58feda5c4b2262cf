"""The best atlases of a target, registered: many start, few arrive."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mddl_lib.core import arguments
from mddl_lib.segmentation.alignment.kept import fingerprint, kept
from mddl_lib.segmentation.alignment.search import Place, places
from mddl_lib.segmentation.atlases import Atlas, stretched
from mddl_lib.segmentation.registration import Onto, Settings, one_thread
from mddl_lib.segmentation.selection import normalised_mutual_information

VERSION = 1
"""counts the changes of this room that change a result: what an older one kept is computed again"""
BINS = 16
"""of each side of the joint histogram by which registered atlases are compared"""


@dataclass(frozen=True)
class Funnel:
    """How many atlases take each step; the mutual information with the target decides who goes on."""

    affine: int = 24
    """those whose organ resembles most, where they lie"""
    bent: int = 12
    """of them, by a B-spline"""
    settings: Settings = field(default_factory=lambda: Settings(affine_steps=30, spline_steps=10))
    """fewer steps than from afar: the atlas lies there already"""

    def __post_init__(self) -> None:
        arguments.counts(1, affine=self.affine, bent=self.bent)


class Stack:
    """A subject's slices, and the atlases that they may see; the organ is looked for when a slice is first asked for.

    :param pictures: in their order, of one size; one alone is a stack too.
    :param atlases: of other subjects.
    :raises ValueError: for none of either.
    """

    def __init__(self, pictures: Sequence[np.ndarray], atlases: Sequence[Atlas]) -> None:
        if not len(pictures) or not len(atlases):
            raise ValueError(f"{len(pictures)} slices and {len(atlases)} atlases: expected one or more of each")
        self.pictures, self.atlases = list(pictures), list(atlases)

    @functools.cached_property
    def places(self) -> list[Place]:
        """Where the organ lies in each slice."""
        return places(self.pictures, self.atlases)

    @functools.cached_property
    def _digest(self) -> str:
        return fingerprint(VERSION, self.pictures, self.atlases)

    def aligned(self, index: int, count: int, folder: Path | str, funnel: Funnel | None = None) -> list[Atlas]:
        """The ``count`` atlases that resemble a slice most after registration, the likest first; kept in ``folder``.

        :param index: of the slice.
        :raises ValueError: for a count below 1, or when no atlas is left with a picture.
        :raises IndexError: for a slice that is not there.
        """
        arguments.counts(1, count=count)
        funnel, picture = funnel or Funnel(), self.pictures[index]
        if count > funnel.bent:  # a larger pool than usual, and twice as many to choose it from
            funnel = replace(funnel, bent=count, affine=max(funnel.affine, 2 * count))
        words = [self._digest, index % len(self.pictures), asdict(funnel)]
        path = Path(folder) / f"{fingerprint(words, [], [])}.safetensors"
        return kept(path, {"funnel": asdict(funnel)}, lambda: self._bent(picture, self.places[index], funnel))[:count]

    def _bent(self, picture: np.ndarray, place: Place, funnel: Funnel) -> list[Atlas]:
        """All that arrive, so that another count registers nothing again."""
        rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
        disc = np.hypot(rows - place.centre[0], columns - place.centre[1]) <= place.reach
        starts = place.starts[: funnel.affine]
        with one_thread():
            onto = Onto(picture, funnel.settings, disc)
            ways = [(self.atlases[start.atlas], onto.affine(self.atlases[start.atlas], start)) for start in starts]
            if len(ways) > funnel.bent:
                ways = [way for _, way in _likest(picture, disc, [(_there(onto, way), way) for way in ways])]
            if funnel.settings.mesh:
                ways = [(atlas, onto.bent(atlas, affine)) for atlas, affine in ways[: funnel.bent]]
            found = _likest(picture, disc, [(_there(onto, way), way) for way in ways[: funnel.bent]])
        if not found:
            raise ValueError("no atlas overlaps the picture after registration: expected pictures of the same organ")
        return [atlas for atlas, _ in found]


def _there(onto: Onto, way: tuple[Atlas, Any]) -> Atlas | None:
    """The atlas where its transform brings it; None when that leads out of the picture."""
    try:
        return onto.moved(*way)
    except ValueError:
        return None


def _likest(picture: np.ndarray, disc: np.ndarray, found: list[tuple[Atlas | None, Any]]) -> list[tuple[Atlas, Any]]:
    """Registered atlases and what belongs to them, by the mutual information inside the disc, largest first."""
    seen, scored = stretched(picture)[disc][None], []
    for atlas, way in found:
        there = None if atlas is None else atlas.image[disc][None]
        if there is not None and there.min() < there.max():
            scored.append((normalised_mutual_information(seen, there, BINS), atlas, way))
    return [(atlas, way) for _, atlas, way in sorted(scored, key=lambda entry: -entry[0])]
