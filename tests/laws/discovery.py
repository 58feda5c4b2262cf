"""Everything that a law is about, found by looking: all modules are imported, all their classes and functions collected.

A law asks of each thing that is found whether a case stands for it. A new physics, shrinkage or network without one is red.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import mddl_lib
from mddl_lib import catalogue
from mddl_lib.core.unrolled import Unrolled

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def modules() -> tuple[str, ...]:
    """Every module of the library that is no command, by its dotted name."""
    found = (module.name for module in pkgutil.walk_packages(mddl_lib.__path__, "mddl_lib."))
    return tuple(sorted(name for name in found if not name.endswith("__main__")))


@functools.cache
def public(*rooms: str) -> dict[str, Any]:
    """The public classes and functions of some rooms, of all when none is named: dotted name → object."""
    found = {}
    for name in modules():
        if rooms and not any(name == room or name.startswith(f"{room}.") for room in rooms):
            continue
        for key, thing in vars(importlib.import_module(name)).items():
            here = getattr(thing, "__module__", None) == name
            if here and not key.startswith("_") and (inspect.isclass(thing) or inspect.isfunction(thing)):
                found[f"{name}.{key}"] = thing
    return found


def fields() -> tuple[str, ...]:
    """The packages that declare networks."""
    return tuple(f"mddl_lib.{field}" for field in catalogue.fields())


def physics() -> dict[str, type]:
    """Every class with ``A`` and ``A_adjoint``."""
    return {name: thing for name, thing in classes().items() if hasattr(thing, "A") and hasattr(thing, "A_adjoint")}


def proximal() -> dict[str, Any]:
    """Every shrinkage and proximal operator: what is called so, and every function of a tensor and a threshold."""
    found = {}
    for name, thing in public().items():
        parameters = list(inspect.signature(thing).parameters.values()) if inspect.isfunction(thing) else []
        shrinks = len(parameters) > 1 and parameters[0].annotation == "Tensor" and "threshold" in _names(parameters)
        module, own = name.rsplit(".", 2)[1:]
        if shrinks or "shrinkage" in module or own == "shrinkage" or own.startswith("prox"):
            found[name] = thing
        if inspect.isclass(thing):
            found |= {f"{name}.{key}": value for key, value in vars(thing).items() if key.startswith("prox")}
    return found


def networks() -> dict[str, Any]:
    """Every network: each subclass of Unrolled, and each function whose annotation says that it returns one."""
    kinds = {thing.__name__: name for name, thing in classes().items() if issubclass(thing, Unrolled)}
    makers = {name for name, thing in public().items() if inspect.isfunction(thing) and returns(thing) in kinds}
    return {name: public()[name] for name in sorted(makers | set(kinds.values()))}


def classes() -> dict[str, type]:
    return {name: thing for name, thing in public().items() if inspect.isclass(thing)}


def returns(function: Callable) -> str:
    """What a function's annotation says that it returns, as text."""
    return str(inspect.signature(function).return_annotation)


@functools.cache
def cases(kind: str) -> dict[str, Any]:
    """Every room's ``CALLS``, ``PHYSICS``, ``SHRINKAGES`` or ``NETWORKS``, the full name → its case."""
    found: dict[str, Any] = {}
    for module in _case_modules():
        found |= {f"mddl_lib.{name}": case for name, case in getattr(module, kind, {}).items()}
    return found


@functools.cache
def no_case(law: str = "") -> dict[str, str]:
    """What needs no case, and why: as a call, or "as a shrinkage", "as a network"."""
    suffix = f" as a {law}" if law else ""
    found = {f"mddl_lib.{name}": why for m in _case_modules() for name, why in getattr(m, "NO_CASE", {}).items()}
    return {
        name.removesuffix(suffix): why
        for name, why in found.items()
        if name.endswith(suffix) and (law or " as a " not in name)
    }


def compare(found: Iterable[str], listed: Iterable[str], exempt: Iterable[str] = ()) -> str:
    """What is found and has no case, and what has one and does not exist; an empty text where all is well."""
    found, listed, exempt = set(found), set(listed), set(exempt)
    missing, gone = sorted(found - listed - exempt), sorted((listed | exempt) - found)
    parts = [f"{missing} have no case: give each one in tests/<room>/cases.py"] if missing else []
    return "; ".join([*parts, f"{gone} have a case and do not exist"] if gone else parts)


def _case_modules() -> list[Any]:
    paths = sorted((ROOT / "tests").rglob("cases.py"))
    return [importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in paths]


def _names(parameters: list[inspect.Parameter]) -> set[str]:
    return {parameter.name for parameter in parameters}
