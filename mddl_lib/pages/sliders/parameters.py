"""The parameters of a slider figure: their values as text, checked once for both lives of the figure."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """One slider: `values` are handed to the function, `texts` are read, spoken and written into the page's address."""

    name: str
    label: str
    unit: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    start: int

    @property
    def spoken(self) -> tuple[str, ...]:
        """The values with their unit, as they stand beside the slider and in `aria-valuetext`."""
        return tuple(f"{text} {self.unit}".strip() for text in self.texts)


def text_of(value: Any) -> str:
    """Short text of a value: 20, 0.05, 1e-06, "radial"; numpy's scalars read like Python's."""
    value = value.item() if hasattr(value, "item") else value
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_parameters(
    values: Mapping[str, Sequence[Any]],
    labels: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    start: Mapping[str, Any] | None = None,
) -> tuple[Parameter, ...]:
    """Check the sequences of values and give each parameter its label, unit and start.

    Raises `ValueError` when there is no parameter, one has no values or the same value twice, or when `labels`, `units`
    or `start` name what is not there.
    """
    if not values:
        raise ValueError("explore() needs at least one parameter, e.g. stage=range(16); got none")
    labels, units, start = dict(labels or {}), dict(units or {}), dict(start or {})
    for option, given in (("labels", labels), ("units", units), ("start", start)):
        if unknown := sorted(set(given) - set(values)):
            raise ValueError(f"{option} names {unknown[0]!r}, which is no parameter; the parameters are {list(values)}")
    found = []
    for name, sequence in values.items():
        if isinstance(sequence, str) or not hasattr(sequence, "__iter__"):
            raise ValueError(
                f"parameter {name!r} is {sequence!r}; expected a sequence of values (list, range or array)"
            )
        choices = tuple(sequence)
        if not choices:
            raise ValueError(f"parameter {name!r} has no values; expected a sequence with at least one")
        texts = tuple(text_of(value) for value in choices)
        if len(set(texts)) < len(texts):
            twice = next(text for text in texts if texts.count(text) > 1)
            raise ValueError(f"parameter {name!r} has the value {twice} more than once")
        wanted = text_of(start[name]) if name in start else texts[0]
        if wanted not in texts:
            raise ValueError(f"start {name}={wanted} is not among the values {', '.join(texts)}")
        label = labels.get(name, name.replace("_", " ").capitalize() if len(name) > 1 else name)
        found.append(Parameter(name, label, units.get(name, ""), choices, texts, texts.index(wanted)))
    return tuple(found)


def combinations(parameters: Sequence[Parameter]) -> Iterator[dict[str, Any]]:
    """Every combination of values, the last parameter varying fastest (the order of the frames)."""
    for values in itertools.product(*(parameter.values for parameter in parameters)):
        yield {parameter.name: value for parameter, value in zip(parameters, values, strict=True)}


def start_index(parameters: Sequence[Parameter]) -> int:
    """Index of the start's frame in the order of `combinations`."""
    index = 0
    for parameter in parameters:
        index = index * len(parameter.values) + parameter.start
    return index


def figure_name(name: str | None, fallback: str) -> str:
    """The figure's id: letters, digits, `-` and `_`, so that it can stand in an address. Never random."""
    if name is None:
        return re.sub(r"[^A-Za-z0-9_-]+", "-", fallback).strip("-") or "figure"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise ValueError(f"name {name!r} cannot stand in an address; expected letters, digits, '-' and '_' only")
    return name
