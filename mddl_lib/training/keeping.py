"""A network of one's own, kept in a file and read back: the simple face of :mod:`mddl_lib.training.weights`.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.training import weights
from mddl_lib.training.recipe import Recipe


def save(network: nn.Module, path: Path | str, recipe: Recipe | None = None, **notes: Any) -> None:
    """Keep a network in a file: its weights, how it was trained, and whatever should be remembered.

    ``mddl_lib.load(path, MyNetwork(…))`` reads it back; a network of this book is read back by ``mddl_lib.load(path)`` alone.

    :param path: usually ends with ".safetensors". A file that is there is replaced at once, never half.
    :param recipe: how it was trained.
    :param notes: numbers, texts and lists of them, for the header: ``data="my scans", psnr=31.2``.
    :raises TypeError: for something that is no module, or a recipe that is none.
    :raises ValueError: for weights with NaN or infinity, or a note that JSON cannot hold; it is named.
    :raises OSError: when the file cannot be written.
    """
    if not isinstance(network, nn.Module):
        raise TypeError(f"network is a {type(network).__name__}: expected a torch module")
    if recipe is not None and not isinstance(recipe, Recipe):
        raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe, such as fit takes")
    if not isinstance(path, str | Path):
        raise TypeError(f"path is a {type(path).__name__}: expected a file's name")
    if taken := sorted(notes.keys() & {"kind", "network", "config", "recipe", "torch", "format", *weights.HASHES}):
        raise ValueError(f"{taken[0]!r} is written by itself: expected another name for this note")
    header = {
        "kind": "weights",
        "name": Path(path).stem,
        "network": getattr(network, "family", None) or f"{type(network).__module__}.{type(network).__qualname__}",
        "config": getattr(network, "config", None) if hasattr(network, "family") else None,
        "recipe": None if recipe is None else asdict(recipe),
        "torch": torch.__version__,
        **notes,
    }
    for key, value in notes.items():
        weights.as_json(f"the note {key!r}", value)
    for key, value in network.state_dict().items():
        if not bool(value.isfinite().all()):
            raise ValueError(f"{key} holds NaN or infinity: the network is not kept; expected finite numbers")
    weights.save(path, network.state_dict(), header)


def fill_own(network: nn.Module, tensors: Mapping[str, Tensor], header: Mapping[str, Any], origin: str) -> nn.Module:
    """Put what a file holds into a network: its weights, or those of a checkpoint, averaged where the training averages.

    :param network: as it was built when the file was made.
    :returns: the network, ready to call, with the file's header as its attribute ``header``.
    :raises TypeError: for something that is no module.
    :raises mddl_lib.training.weights.WeightsError: when a key, a shape or a kind of number differs.
    """
    if not isinstance(network, nn.Module):
        raise TypeError(
            f"network is a {type(network).__name__}: expected a torch module, built as it was when it was kept"
        )
    if header.get("kind") == "checkpoint":
        inside = "average.module." if any(key.startswith("average.") for key in tensors) else "network."
        tensors = {key.removeprefix(inside): value for key, value in tensors.items() if key.startswith(inside)}
    weights.fill(network, tensors, origin)
    network.header = dict(header)  # type: ignore[assignment]
    return network.eval()
