"""What a training minimises. The one loop asks an objective for a loss; everything else about a problem is in here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.training.weights import tensors_sha256

Losses = Tensor | Iterable[Tensor]
"""A loss, or parts of one that add up: each part is differentiated and forgotten before the next is computed."""


class Objective(Protocol):
    """``objective(network, iteration)`` gives the loss of one iteration, counted from 0.

    It draws its data from the recipe's seed and the iteration alone, so that a resumed training is the uninterrupted
    one. torch's own generators are seeded from the two before each call, so noise may simply be drawn.

    Optional, looked for by the loop:

    - ``players(network)``: {name: parameters} of a training with several players (a generator and a discriminator). In
      each iteration every player takes a step, in this order, down its own loss: ``objective(network, iteration,
      player)``;
    - ``state_dict()`` and ``load_state_dict(state)``: tensors that one iteration hands to the next (the state of a learned
      optimizer over truncated unrolls); they stand in the checkpoint;
    - ``forgives``: how many steps in a row may have a loss or a gradient that is not finite; such a step changes nothing
      (a learned optimizer may lose one of its runs, and the next begins anew). Without it the first one ends the training;
    - ``to(device)``: moves what the objective holds, and returns the objective.
    """

    def __call__(self, network: nn.Module, iteration: int) -> Losses: ...

    def description(self) -> dict[str, Any]:
        """What the training is about, as JSON values: hashes of data and physics, the loss's name, every constant.

        A checkpoint holds it, and another training is not resumed from it.
        """
        ...


def players_of(objective: Objective, network: nn.Module) -> dict[str, list[nn.Parameter]]:
    """The parameters that each player trains; those that are frozen (``requires_grad`` is off) are left out.

    :raises ValueError: for a player with nothing to train.
    """
    named = objective.players(network) if hasattr(objective, "players") else {"network": network.parameters()}
    found = {name: [p for p in parameters if p.requires_grad] for name, parameters in named.items()}
    if empty := [name for name, parameters in found.items() if not parameters]:
        raise ValueError(f"player {empty[0]!r} has no parameter that requires a gradient: nothing is left to train")
    return found


def parts(losses: Losses) -> Iterator[Tensor]:
    """The parts of a loss, one after the other."""
    if isinstance(losses, Tensor):
        yield losses
    else:
        yield from losses


def seed_of(seed: int, iteration: int, player: int = 0) -> int:
    """The seed of torch's generators in one iteration of one player."""
    return int(np.random.SeedSequence([seed, iteration, player]).generate_state(1, np.uint64)[0] >> 1)


def tensor_hash(values: Tensor) -> str:
    """sha256 of a tensor's shape, type and values: which images a training sees."""
    return tensors_sha256({"values": values})


def object_hash(thing: Any) -> str:
    """A hash of what an object is: its class, and the numbers, texts, arrays and tensors that it holds.

    Two physics with other masks, or another noise level, have other hashes.
    """
    digest = hashlib.sha256(f"{type(thing).__module__}.{type(thing).__qualname__}".encode())
    held: dict[str, Any] = dict(vars(thing)) if hasattr(thing, "__dict__") else {"itself": repr(thing)}
    if isinstance(thing, nn.Module):
        held |= dict(thing.named_parameters()) | dict(thing.named_buffers())
    for name in sorted(held):
        value = held[name]
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            value = torch.from_numpy(value)
        if isinstance(value, Tensor):
            digest.update(f"{name} {tensor_hash(value)}".encode())
        elif not name.startswith("_") and isinstance(value, bool | int | float | complex | str | tuple | None):
            digest.update(f"{name} {value!r}".encode())
    return digest.hexdigest()


def name_of(function: Any) -> str:
    """A function's name with its module; that of a method, or of an object's class, likewise."""
    owner = function if hasattr(function, "__qualname__") else type(function)
    return f"{owner.__module__}.{owner.__qualname__}"


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs between two records: {key: (there, here)}, nested keys joined by a dot."""
    found: dict[str, tuple[Any, Any]] = {}
    for key in dict.fromkeys([*there, *here]):
        a, b = there.get(key), here.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found |= {f"{key}.{inner}": pair for inner, pair in differences(a, b).items()}
        elif a != b:
            found[key] = (a, b)
    return found
