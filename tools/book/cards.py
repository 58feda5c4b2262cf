"""A notebook's card: the .yaml of the same name beside it, with what the chapter teaches and its parameters by profile.

The library reads the cards too (mddl_lib.chapters); here they are checked, and cut into what one run gets.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from tools.book.book_files import BookError, notebook_names, read_yaml
from tools.book.notebook_parameters import ParameterError, Scalar

PROFILES = ("smoke", "read", "paper")
WORDS = ("topic", "model", "algorithm", "network", "source", "idea")
LISTS = ("tables", "before")
SLIDE = {"slide", "function", "test", "equation", "table"}
KEYS = (*WORDS, *LISTS, "row", "slides", "parameters")
TO_COME = "to_come"
WANTED = "a card: lines `key: value`, see CONTRIBUTING.md"


def read_card(path: Path) -> dict[str, Any]:
    """A card that holds what a card may hold; raises BookError naming the file and the key that it refuses."""
    card = read_yaml(path, WANTED)
    for key, value in card.items():
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            raise BookError(
                f"{path}: no card has `{key}`"
                + (f"; did you mean `{near[0]}`?" if near else f"; keys are {', '.join(KEYS)}")
            )
        if key in WORDS and not (isinstance(value, str) and value):
            raise BookError(f"{path}: {key} is {value!r}; expected words")
        if key in LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise BookError(f"{path}: {key} is {value!r}; expected a list of names, [one, another]")
    if not isinstance(card.get("row", 1), int):
        raise BookError(f"{path}: row is {card['row']!r}; expected the topic's place on the talk's map, a whole number")
    for entry in card.get("slides", ()):
        if not isinstance(entry, dict) or not {"slide", "function", "test"} <= entry.keys() <= SLIDE:
            raise BookError(
                f"{path}: slides has {entry!r}; expected slide, function, test, and perhaps equation and table"
            )
    if not card.keys() <= {"parameters", "slides"} and "topic" not in card:
        raise BookError(
            f"{path}: has {', '.join(card)}, but no topic; expected the talk's topic that the chapter belongs to"
        )
    return card


def read_parameters(path: Path) -> dict[str, dict[str, Scalar]]:
    """Profile → parameters of one card; raises ParameterError when their shape is not that."""
    given = read_card(path).get("parameters")
    if not isinstance(given, dict) or set(given) != set(PROFILES):
        shown = sorted(given) if isinstance(given, dict) else given
        raise ParameterError(f"{path}: parameters are {shown!r}; expected a mapping for each of {', '.join(PROFILES)}")
    for profile, parameters in given.items():
        if not isinstance(parameters, dict):
            raise ParameterError(f"{path}: {profile}: {parameters!r} is no mapping of parameters; write {{}} for none")
        for parameter, value in parameters.items():
            if not isinstance(value, Scalar):
                raise ParameterError(f"{path}: {profile}, {parameter}: {value!r} is no scalar")
        if "profile" in parameters:
            raise ParameterError(f"{path}: {profile} gives `profile`, which every notebook gets by itself")
    return given


def parameters_for(book: Path, profile: str, name: str) -> dict[str, Scalar]:
    """What one notebook gets: its card's parameters, and always the profile's name."""
    return {**read_parameters(book / f"{name}.yaml")[profile], "profile": profile}


def card_paths(book: Path) -> list[Path]:
    """Every notebook's card, whether it is there or not, and the cards of chapters to come."""
    return [book / f"{name}.yaml" for name in notebook_names(book)] + sorted((book / TO_COME).glob("*.yaml"))
