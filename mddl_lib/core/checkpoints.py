"""Checkpoints of a training: network, optimizer and losses in one safetensors file, enough to go on bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import weights


def write(
    path: Path | str,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    recipe: dict,
    losses: list[float],
    average: nn.Module | None = None,
) -> None:
    """Write the state after ``len(losses)`` iterations, atomically; ``average`` is the moving average of the weights.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{key}": value for key, value in average.state_dict().items()}
    tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
    plan = _flatten(optimizer.state_dict()["state"], "optimizer", tensors)
    weights.save(path, tensors, {"kind": "checkpoint", "recipe": recipe, "optimizer": plan})


def resume(
    path: Path | str,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    recipe: dict,
    average: nn.Module | None = None,
) -> list[float]:
    """Fill network, optimizer and average from a checkpoint and return its losses; an empty list when there is none.

    :raises ValueError: when the checkpoint is of another recipe, naming what differs.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    if not Path(path).exists():
        return []
    tensors, header = weights.read(path)
    if header.get("kind") != "checkpoint":
        raise weights.WeightsError(f"{path} is no checkpoint: it holds {header.get('kind', 'weights')}")
    differing = {
        key: (header["recipe"].get(key), value) for key, value in recipe.items() if header["recipe"].get(key) != value
    }
    if differing:
        raise ValueError(
            f"{path} is a checkpoint of another recipe: {differing} (there, here). Delete it, or train elsewhere"
        )
    weights.fill(network, _under("network.", tensors), str(path))
    if average is not None:
        weights.fill(average, _under("average.", tensors), str(path))
    state = optimizer.state_dict()
    state["state"] = _build(header["optimizer"], tensors)
    optimizer.load_state_dict(state)
    return tensors["losses"].tolist()


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
