"""Checkpoints of a training: players, optimizers, losses and carried state in one file, enough to go on bit for bit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch import Tensor, nn

from mddl_lib.training import weights
from mddl_lib.training.objective import differences


@dataclass
class State:
    """Everything that a training changes as it goes, and what it is about."""

    network: nn.Module
    optimizers: dict[str, torch.optim.Optimizer]
    """one a player"""
    about: dict[str, Any]
    """the fingerprint: the recipe, the data, the physics and every constant, as JSON values"""
    average: nn.Module | None = None
    """the moving average of the weights"""
    objective: Any = None
    """asked for what it carries from one iteration to the next"""

    @property
    def carries(self) -> bool:
        """Whether the objective hands tensors from one iteration to the next."""
        return hasattr(self.objective, "state_dict")


@contextlib.contextmanager
def alone(path: Path | str | None) -> Iterator[None]:
    """Hold a checkpoint for one training: of two that write one file, the slower would put its older state in its place.

    :raises ValueError: when another training holds it.
    """
    if not path:
        yield
        return
    path = Path(path).absolute()
    try:
        lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0).acquire()
    except Timeout:
        raise ValueError(
            f"{path} is the checkpoint of a training that runs now: expected one training at a time; wait for its end, or "
            "name another file"
        ) from None
    with lock:
        yield


def write(path: Path | str, state: State, losses: dict[str, list[float]]) -> None:
    """Write the state after so many iterations as there are losses, atomically.

    :raises OSError: when the disk is full, or the file cannot be written; the checkpoint before stays.
    """
    tensors = {f"network.{key}": value for key, value in state.network.state_dict().items()}
    if state.average is not None:
        tensors |= {f"average.{key}": value for key, value in state.average.state_dict().items()}
    if state.carries:
        tensors |= {f"carried.{key}": value for key, value in state.objective.state_dict().items()}
    tensors |= {f"losses.{name}": torch.tensor(values, dtype=torch.float64) for name, values in losses.items()}
    plans = {
        name: _flatten(optimizer.state_dict()["state"], f"optimizer.{name}", tensors)
        for name, optimizer in state.optimizers.items()
    }
    try:
        weights.save(path, tensors, {"kind": "checkpoint", "about": state.about, "optimizers": plans})
    except OSError as error:
        done = len(next(iter(losses.values())))
        reason = f"{error.strerror} (the checkpoint after {done} iterations); the same call goes on from the one before"
        raise OSError(error.errno, reason, str(path)) from None


def resume(path: Path | str, state: State) -> dict[str, list[float]]:
    """Fill everything from a checkpoint and return the players' losses; empty lists when there is no file.

    :raises mddl_lib.training.weights.WeightsError: for a file that is cut, altered, no checkpoint or of another network.
    :raises ValueError: when the checkpoint is of another training, naming what differs and how to go on.
    """
    if not Path(path).exists():
        return {name: [] for name in state.optimizers}
    tensors, header = weights.read(path)
    if header.get("kind") != "checkpoint":
        raise weights.WeightsError(f"{path} is no checkpoint: it holds {header.get('kind', 'weights')}")
    if different := differences(header.get("about", {}), state.about):
        shown = ", ".join(f"{key} is {there!r} there and {here!r} here" for key, (there, here) in different.items())
        raise ValueError(
            f"{path} is a checkpoint of another training: {shown}. To go on with it, train as it says; to begin anew, delete "
            "it or name another file; to begin a new training from its weights (a longer recipe, other images), fill the "
            f"network with mddl_lib.load({str(path)!r}, network) and name another file"
        )
    if set(header["optimizers"]) != set(state.optimizers):
        raise ValueError(
            f"{path} is a checkpoint of the players {sorted(header['optimizers'])}: expected {sorted(state.optimizers)}"
        )
    weights.fill(state.network, _under("network.", tensors), str(path))
    if state.average is not None:
        weights.fill(state.average, _under("average.", tensors), str(path))
    if state.carries:
        place = next(state.network.parameters()).device
        carried = {key: value.to(place) for key, value in _under("carried.", tensors).items()}
        state.objective.load_state_dict(carried)
    for name, optimizer in state.optimizers.items():
        content = optimizer.state_dict()
        content["state"] = _build(header["optimizers"][name], tensors)
        optimizer.load_state_dict(content)
    return {name: tensors[f"losses.{name}"].tolist() for name in state.optimizers}


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _flatten(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Nested dicts and lists with the tensors taken out into ``tensors``, a {"tensor": key} in each one's place."""
    if isinstance(value, Tensor):
        tensors[name] = value.clone()
        return {"tensor": name}
    if isinstance(value, dict):
        return {"dict": [[key, _flatten(item, f"{name}.{key}", tensors)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_flatten(item, f"{name}.{i}", tensors) for i, item in enumerate(value)]}
    return {"plain": value}


def _build(plan: dict, tensors: dict[str, Tensor]) -> Any:
    if "tensor" in plan:
        # a copy lies where torch aligns its memory: a tensor read in place may not, and a BLAS dot product of it then
        # rounds otherwise than that of an uninterrupted run
        return tensors[plan["tensor"]].clone()
    if "dict" in plan:
        return {key: _build(item, tensors) for key, item in plan["dict"]}
    if "list" in plan:
        return [_build(item, tensors) for item in plan["list"]]
    return plan["plain"]
