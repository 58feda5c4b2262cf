"""Every trained network by its name: ``mddl_lib.load("admm_net15_brain_20")``. Each field declares its own."""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from mddl_lib.results.cells import Cell
from mddl_lib.training import weights
from mddl_lib.training.keeping import fill_own

if TYPE_CHECKING:
    from mddl_lib.training.loop import Run
    from mddl_lib.training.plan import Plan

ROOT = Path(__file__).parent
LARGEST_COUNT = 10_000


@functools.cache
def fields() -> tuple[str, ...]:
    """The packages of this library that declare networks: each has a ``networks.py``, and its weights beside it."""
    return tuple(sorted(path.parent.name for path in ROOT.glob("*/networks.py")))


def networks() -> dict[str, Callable[[dict], nn.Module]]:
    """Every field's ``NETWORKS``: how a file's ``network`` and ``config`` become a module."""
    return _declared("networks", "NETWORKS")


def downloaded() -> dict[str, Callable[[], nn.Module]]:
    """Every field's ``DOWNLOADED``: networks whose weights their authors publish."""
    return _declared("networks", "DOWNLOADED")


def plans() -> dict[str, Plan]:
    """Every field's ``PLANS``: how each weights file is trained."""
    return _declared("plans", "PLANS")


def weights_files() -> dict[str, Path]:
    """The weights that ship with the package, by name."""
    return {path.stem: path for field in fields() for path in sorted((ROOT / field / "weights").glob("*.safetensors"))}


def train(name: str, *, runs: Path | None = None, device: str = "auto", minutes: float | None = None) -> Run:
    """Carry out the plan of one weights file, wherever it is declared, and write the file; a stopped training goes on.

    :param runs: folder of the checkpoints; None: the checkout's ``runs``.
    :param device: "auto" (a GPU when there is one), "cpu", "cuda", "mps".
    :param minutes: stop in time, in good order; the weights are written as they are then.
    :raises KeyError: for a name without a plan, with the nearest known one.
    """
    from mddl_lib.training.plan import RUNS, carry_out

    known = plans()
    if name not in known:
        raise KeyError(f"there is no plan {name!r}" + _near(name, known))
    field = next(field for field in fields() if name in _plans_of(field))
    return carry_out(
        name, known, ROOT / field / "weights", shipped=weights_files(), sources=[ROOT / field], runs=runs or RUNS,
        device=device, minutes=minutes,
    )  # fmt: skip


def _is_plain(value: Any) -> bool:
    """A number, text or truth value of a size that some network has: a file cannot ask for ten million stages."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) <= LARGEST_COUNT
    return value is None or isinstance(value, bool) or (isinstance(value, str) and len(value) <= 100)


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f": did you mean {near[0]!r}?" if near else f"; known: {sorted(known)}"


def _plans_of(field: str) -> dict[str, Plan]:
    there = (ROOT / field / "plans.py").exists()
    return importlib.import_module(f"mddl_lib.{field}.plans").PLANS if there else {}


def _declared(module: str, name: str) -> dict:
    """One dictionary of all fields; a field without that module declares nothing.

    :raises ValueError: for a name that two fields declare.
    """
    found: dict = {}
    for field in fields():
        if not (ROOT / field / f"{module}.py").exists():
            continue
        declared = getattr(importlib.import_module(f"mddl_lib.{field}.{module}"), name, {})
        if twice := sorted(found.keys() & declared.keys()):
            raise ValueError(f"{twice[0]!r} stands in {name} of two fields; one of them is mddl_lib.{field}.{module}")
        found |= declared
    return found


def names() -> list[str]:
    """Every name that :func:`load` takes."""
    return sorted([*weights_files(), *downloaded()])


def load(name: str | Path, network: nn.Module | None = None) -> nn.Module:
    """A trained network, ready to call: ``network(y, physics)``.

    :param name: one of :func:`names`, or the path of a weights file that :func:`mddl_lib.save` or this book's training wrote.
        The weights' header (data, seed, recipe, source) is the network's attribute ``header``.
    :param network: a network of your own, built as it was when the file was made: its weights are filled in, from a checkpoint
        too. None: a network of this book, which the file describes.
    :raises KeyError: for an unknown name, with the nearest known one.
    :raises mddl_lib.training.weights.WeightsError: for a file that is cut, altered, a pickle, or fits no network.
    :raises TypeError: for a network that is no module.
    """
    if network is None and (read := downloaded().get(str(name))):
        return read().eval()
    path = weights_files().get(str(name), Path(name))
    if str(name) not in weights_files() and not (path.suffix and path.exists()):
        raise KeyError(f"no network is called {str(name)!r}" + _near(str(name), names()))
    tensors, header = weights.read(path)
    if network is not None:
        return fill_own(network, tensors, header, str(path))
    return _of_this_book(path, tensors, header)


def _of_this_book(path: Path, tensors: Mapping[str, Tensor], header: dict[str, Any]) -> nn.Module:
    """The network that a file's header describes."""
    family, config = header.get("network"), header.get("config")
    if header.get("kind") != "weights" or not isinstance(family, str) or family not in networks():
        what = "a checkpoint" if header.get("kind") == "checkpoint" else f"{header.get('kind')!r} of {family!r}"
        goes_on = "; mddl_lib.fit(…, checkpoint=path) goes on with its training" * (what == "a checkpoint")
        raise weights.WeightsError(
            f"{path} holds {what}: expected the weights of {sorted(networks())}. A network of your own is filled by "
            f"mddl_lib.load(path, network){goes_on}"
        )
    if not isinstance(config, dict) or any(not _is_plain(value) for value in config.values()):
        raise weights.WeightsError(
            f"{path}: its config is {config!r}: expected names with numbers up to {LARGEST_COUNT}"
        )
    if tensors and not any(bool(value.any()) for value in tensors.values()):
        raise weights.WeightsError(f"{path}: all its numbers are zero: no training ends so")
    try:
        network = networks()[family](config)
    except (KeyError, TypeError, ValueError) as error:
        raise weights.WeightsError(f"{path}: its config {config} makes no {family}: {error}") from None
    return fill_own(network, tensors, header, str(path))


def network_cell(row: str, column: str, name: str, mask: Any, slow: bool = False) -> Cell:
    """A trained network as a cell of a table; the cell's origin says which weights: name, seed, hash of the tensors.

    Weights that were only published have no seed and no hash of ours: their origin is the name.

    :param name: as :func:`mddl_lib.load` takes it.
    :param mask: k-space mask or physics.
    :param slow: whether a run that only checks takes a few images instead of all.
    :raises KeyError: for an unknown name, with the nearest known one.
    :raises mddl_lib.training.weights.WeightsError: for a file that is cut, altered, a pickle, or fits no network.
    """
    record = getattr(load(name), "header", {"name": name})
    origin = {key: record[key] for key in ("name", "seed", "tensors_sha256") if key in record}
    return Cell(row, column, functools.partial(load, name), mask, origin, slow)
