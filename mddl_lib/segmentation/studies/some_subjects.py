"""Small fusion networks that learned from some subjects only, and the table of what they reach with few and many atlases."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from mddl_lib.core import arguments
from mddl_lib.results.cells import Cell
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.hearts import cases, slices, subject_of
from mddl_lib.segmentation.methods import RULES, Method, by_network
from mddl_lib.segmentation.problems import Fusion, Hearts, as_fusion
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

EIGHT = ("SC-HF-NI-03", "SC-N-02", "SC-HF-I-01", "SC-HYP-01", "SC-HF-I-02", "SC-HYP-03", "SC-HF-NI-04", "SC-N-03")
"""of the training subjects, two of each group; the first four are one of each"""
FAILING = (*(f"SC-HF-I-{n}" for n in ("01", "02", "04", "40")), *(f"SC-HF-NI-{n}" for n in ("03", "04", "34", "36")))
"""the training subjects with heart failure, with or without an infarct"""
SUBJECTS: dict[str, tuple[str, ...]] = {
    "fusion_net_study_2": EIGHT[:2],
    "fusion_net_study_4": EIGHT[:4],
    "fusion_net_study_8": EIGHT,
    "fusion_net_study_15": (),
    "fusion_net_study_failing": FAILING,
}
"""weights → the subjects that they learned from; none named: all 15"""
ROWS = {
    "2 subjects": "fusion_net_study_2",
    "4 subjects": "fusion_net_study_4",
    "8 subjects": "fusion_net_study_8",
    "15 subjects": "fusion_net_study_15",
    "8 with heart failure": "fusion_net_study_failing",
}
"""row of the table → its weights"""
COUNTS = (1, 4, 12)
"""atlases that vote: the columns"""
PART = "myocardium"


@dataclass(frozen=True)
class SomeHearts(Hearts):
    """Targets *and* atlases of some subjects alone."""

    subjects: tuple[str, ...] = ()
    """none: all"""

    @functools.cached_property
    def registered(self) -> list[Fusion]:
        """Every target with its atlases; the first call registers them, which is kept.

        :raises ValueError: for a subject that the data do not hold.
        """
        found = [slice_ for name in self.data for slice_ in slices(name)]
        known = {subject_of(atlas.name) for atlas in found}
        if unknown := sorted(set(self.subjects) - known):
            raise ValueError(f"there is no subject {unknown[0]!r} in {self.data}: expected some of {sorted(known)}")
        chosen = [atlas for atlas in found if not self.subjects or subject_of(atlas.name) in self.subjects]
        return [as_fusion(case) for case in cases(chosen, chosen)]

    def record(self) -> dict[str, Any]:
        """As those of :class:`~mddl_lib.segmentation.problems.Hearts`, and the subjects."""
        return {**super().record(), "subjects": list(self.subjects)}

    def __str__(self) -> str:
        return f"{super().__str__()}, {len(self.subjects) or 'all'} subjects"


PLANS: dict[str, Plan] = {
    # one recipe for all: what differs is whom they learned from
    name: Plan(
        functools.partial(FusionNet, width=16, features=8),
        SomeHearts(subjects=subjects),
        Recipe(600, learning_rate=2e-3, seed=1),
    )
    for name, subjects in SUBJECTS.items()
}


def with_first(rule: Method, count: int) -> Method:
    """A rule that hears the first atlases only, those most similar to the target.

    :raises TypeError: for what cannot be called.
    :raises ValueError: for a count below 1.
    """
    arguments.callables(rule=rule)
    arguments.counts(1, count=count)

    def method(seen: Fusion) -> Any:
        return rule(seen._replace(atlases=seen.atlases[:, :count], labels=seen.labels[:, :count]))

    return method


def column(count: int) -> str:
    """A column's name: "1 atlas", "8 atlases".

    :raises ValueError: for a count below 1.
    """
    arguments.counts(1, count=count)
    return "1 atlas" if count == 1 else f"{count} atlases"


def cells(load: Callable[[str], FusionNet], shipped: Collection[str]) -> list[Cell]:
    """Every cell of the table whose weights are at hand, for :func:`mddl_lib.results.cells.fill` with
    :func:`mddl_lib.segmentation.evaluation.score`.

    :param load: :func:`mddl_lib.load`, which a field does not import.
    :param shipped: names of the weights at hand, as :func:`mddl_lib.catalogue.weights_files` knows them.
    """
    found = []
    for count in COUNTS:
        for rule in ("MV", "PB"):
            make = functools.partial(with_first, RULES[rule], count)
            found.append(Cell(rule, column(count), make, PART, {"rule": rule, "atlases": count}, slow=True))
        for row, name in ROWS.items():
            if name in shipped:
                origin = {"name": name, "tensors_sha256": load(name).header["tensors_sha256"], "atlases": count}
                found.append(
                    Cell(row, column(count), functools.partial(_voting, load, name, count), PART, origin, slow=True)
                )
    return found


def _voting(load: Callable[[str], FusionNet], name: str, count: int) -> Method:
    return by_network(load(name), count, deep=False)
