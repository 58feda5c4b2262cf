"""Every public call names what is wrong with what it was given, and what was expected; it says so itself, not a library below."""

from __future__ import annotations

import inspect
import traceback
from typing import Any

import pytest
from torch import Tensor

from tests.laws import discovery
from tests.laws.bad_values import attempts, named

ROOMS = ("mddl_lib.core", "mddl_lib.models", "mddl_lib.check", *discovery.fields())

ANY_SHAPE = {
    *((call, "x") for call in ("soft", "hard", "group_soft")),
    ("is_symmetric", "mask"), ("mirrored", "mask"),
    ("conjugate_gradients", "right"),
    ("flipped", "pixels"),
    ("patch_index", "corner"), ("take", "index"), ("put", "patches"), ("put", "index"), ("coverage", "index"),
    ("soft_details", "coefficients"),
    ("jacobian", "image"), ("jacobian_laws", "image"), ("convex_proximal", "image"), ("masks", "image"), ("truncated", "y"),
    ("walsh_hadamard", "x"), ("cosine_transform", "x"), ("inverse_cosine_transform", "c"),
    *((call, "matrices") for call in ("mixture_of_powers", "matrix_logarithm", "upper_triangle")),
}  # fmt: skip
"""(call, parameter): tensors of every shape are good"""

ALLOWED: dict[tuple[str, str], tuple] = {
    ("pixel_order", "angle"): (-1.0,),
    ("LevelSet", "balloon"): (-1.0,),
    ("rotated", "degrees"): (-1.0,),
    ("bent", "degrees"): (-1.0,),
    ("BoundObjective", "name"): ("no such thing", 3),  # what the header calls the data
    ("proximal_step", "step"): (float("inf"),),
    ("group_soft", "dim"): (True, 2.5, "3", float("nan")),  # torch says what it expects
}
"""(call, parameter) → values that are bad elsewhere and good here, or named by the library below"""

SAYS = ("expected", "shows them all", "did you mean")
"""an error says what would have been right by one of these"""


def is_record(thing: Any) -> bool:
    """A state, an error or a protocol: nothing that computes."""
    return inspect.isclass(thing) and (
        issubclass(thing, BaseException) or hasattr(thing, "_fields") or getattr(thing, "_is_protocol", False)
    )


CALLS = discovery.cases("CALLS")
CALLABLES = {name: thing for name, thing in discovery.public(*ROOMS).items() if not is_record(thing)}


def is_good(name: str, parameter: str, value: Any) -> bool:
    place = (name.rsplit(".", 1)[1], parameter)
    if isinstance(value, Tensor):
        return place in ANY_SHAPE
    if isinstance(value, list) and parameter == "mask":
        return place[0] in (
            "MaskedFourier",
            "CoilFourier",
            "CodedDiffraction",
            "checked",
        )  # lists and arrays become tensors
    return any(type(value) is type(good) and repr(value) == repr(good) for good in ALLOWED.get(place, ()))


def test_every_public_call_has_a_good_one_to_spoil() -> None:
    modules = {name for name in discovery.no_case() if name in discovery.modules()}  # all of a module
    found = {name for name in CALLABLES if name.rsplit(".", 1)[0] not in modules}
    fault = discovery.compare(found, CALLS, set(discovery.no_case()) - modules)
    assert not fault, fault


@pytest.mark.parametrize("name", CALLS)
def test_bad_input_is_named(name: str) -> None:
    call, good = CALLABLES[name], CALLS[name]
    faults = []
    for parameter, value in attempts(call, good):
        if is_good(name, parameter, value):
            continue
        try:
            call(**{**good, parameter: value})
        except (ValueError, TypeError, LookupError) as error:
            where = traceback.extract_tb(error.__traceback__)[-1].filename
            ours = where.startswith((str(discovery.ROOT / "mddl_lib"), str(discovery.ROOT / "data_fetch")))
            if not (ours and any(word in str(error) for word in SAYS) and named(str(error), parameter, value)):
                faults.append(
                    f"{parameter}={_short(value)}: {type(error).__name__}: {error} ({where.rsplit('/', 1)[1]})"
                )
        except Exception as error:
            faults.append(f"{parameter}={_short(value)}: {type(error).__name__}: {error}")
        else:
            faults.append(f"{parameter}={_short(value)}: taken without a word")
    assert not faults, "\n" + "\n".join(faults)


def _short(value: Any) -> str:
    return f"tensor {tuple(value.shape)}" if hasattr(value, "shape") else repr(value)[:60]
