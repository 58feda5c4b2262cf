"""Which MR and which CT slice are shown together: of one head, of any two, or of two at the same height."""

from __future__ import annotations

import numpy as np

from mddl_lib.core import arguments

SELECTIONS = ("paired", "unpaired", "selected")


def same_height(slice_number: int, slices: int, others: int) -> int:
    r"""The slice of another volume at the same relative height: :math:`j = \mathrm{round}(i (N_B - 1) / (N_A - 1))`.

    :param slice_number: i, from 0.
    :param slices: N_A, how many slices its own volume has.
    :param others: N_B, how many the other one has.
    :raises ValueError: for counts below 1, or a slice outside its volume.
    """
    arguments.counts(0, slice_number=slice_number)
    arguments.counts(1, slices=slices, others=others)
    if slice_number >= slices:
        raise ValueError(f"slice_number is {slice_number}: expected one below {slices}, the number of slices")
    return round(slice_number * (others - 1) / max(slices - 1, 1))


def draw(
    cases: list[int], selection: str, random: np.random.Generator, spread: tuple[int, int] = (0, 0)
) -> tuple[int, int]:
    """The places of an MR and a CT slice in a list of slices that goes case by case, from below upwards.

    :param cases: the case of each slice.
    :param selection: one of :data:`SELECTIONS`; the last two take the CT from another case.
    :param spread: with "selected", a whole number from this range is added to j where the volume has such a slice; the paper's
        (−5, 4) are of some 270 slices, a fiftieth of a volume, so that of about 20 slices none is added.
    :raises ValueError: for another selection, or one case only where two are needed.
    """
    if selection not in SELECTIONS:
        raise ValueError(f"selection is {selection!r}: expected one of {SELECTIONS}")
    mr = int(random.integers(len(cases)))
    if selection == "paired":
        return mr, mr
    others = sorted(set(cases) - {cases[mr]})
    if not others:
        raise ValueError(f"all slices are of case {cases[mr]}: expected two cases or more")
    own = [place for place, case in enumerate(cases) if case == cases[mr]]
    if selection == "unpaired":
        return mr, int(random.choice([place for place, case in enumerate(cases) if case != cases[mr]]))
    other = int(random.choice(others))
    places = [place for place, case in enumerate(cases) if case == other]
    j = same_height(own.index(mr), len(own), len(places))
    moved = j + int(random.integers(spread[0], spread[1] + 1))
    return mr, places[moved if 0 <= moved < len(places) else j]
