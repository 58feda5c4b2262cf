"""Carry out a plan: from a network as made to the weights file that ships. Resumable: run the same command again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from mddl_lib.environment import CHECKOUT, in_checkout, own_folder, require_writable
from mddl_lib.training import weights
from mddl_lib.training.loop import Run, train
from mddl_lib.training.objective import Objective
from mddl_lib.training.recipe import Recipe

LIBRARY = Path(__file__).resolve().parents[1]
# Where checkpoints lie: where $MDDL_RUNS says, else in the checkout, wherever in it the training is started from, else in
# the working folder.
RUNS = own_folder("MDDL_RUNS") or (CHECKOUT if in_checkout() else Path()) / "runs"


class Problem(Protocol):
    """What a plan trains on. A field has its own: images and a mask, volumes, digits, two sets of pictures."""

    data: tuple[str, ...]
    """names of the data sets"""

    def objective(self, network: nn.Module, recipe: Recipe) -> Objective:
        """The objective of one recipe; the data are loaded at the first call."""
        ...

    def record(self) -> dict[str, Any]:
        """What the weights' header says of it, such as {"mask": …, "data": {name: sha256}, "images": 150}."""
        ...


def grow(network: nn.Module, smaller: Mapping[str, Tensor]) -> None:
    """Fill a network from one with fewer stages: the missing last stages become copies of its last one.

    One that has no stages starts where the other ended.
    """
    last = max((int(key.split(".")[1]) for key in smaller if key.startswith("stages.")), default=0)
    tensors = {}
    for key in network.state_dict():
        kind, *rest = key.split(".")
        source = ".".join([kind, str(min(int(rest[0]), last)), *rest[1:]]) if kind == "stages" else key
        tensors[key] = smaller[source].clone()
    network.load_state_dict(tensors)


@dataclass(frozen=True)
class Plan:
    """How one weights file is made."""

    network: Callable[[], nn.Module]
    problem: Problem
    recipe: Recipe
    grown_from: str | None = None
    """the plan whose trained network this one starts from, its last stage doubled; None: the network as made"""
    before: tuple[Recipe, ...] = ()
    """recipes carried out first, one after the other, on the same problem: greedy training, or Adam before L-BFGS"""
    grow: Callable[[nn.Module, Mapping[str, Tensor]], None] = grow
    """how the trained network fills this one"""
    half: bool = False
    """whether its matrices are kept in half precision: large ones whose last digits do not matter"""
    keep: Callable[[nn.Module], nn.Module] | None = None
    """from the trained network to the part of it that the file holds; None: all of it"""

    def __str__(self) -> str:
        return f"{self.problem}, {self.recipe}"


def carry_out(
    name: str,
    plans: Mapping[str, Plan],
    output: Path,
    *,
    shipped: Mapping[str, Path] | None = None,
    sources: Iterable[Path] = (),
    runs: Path = RUNS,
    device: str = "auto",
    minutes: float | None = None,
) -> Run:
    """Train ``plans[name]``, writing ``runs/NAME.safetensors`` as it goes and ``output/NAME.safetensors`` at the end.

    The network that a plan starts from is trained first, into ``runs/weights``, when its file is not there. When the
    minutes are over, the weights are written as they are, with the iterations done, into ``runs/unfinished``; the next
    call goes on.

    :param shipped: weights files that may be started from, by name.
    :param sources: the field's own folders; with the shared mathematics and training they make the source's hash.
    :raises KeyError: for a name without a plan.
    :raises PermissionError: when the folders cannot be written, before anything is computed.
    """
    if name not in plans:
        raise KeyError(f"there is no plan {name!r}: expected one of {', '.join(plans)}")
    require_writable(output, "weights", "MDDL_WEIGHTS")
    require_writable(runs, "checkpoints", "MDDL_RUNS")
    plan = plans[name]
    network, start = plan.network(), None
    if plan.grown_from:
        path = _find(plan.grown_from, output, shipped or {}, runs)
        if path is None:
            path = runs / "weights" / f"{plan.grown_from}.safetensors"
            before = carry_out(
                plan.grown_from,
                plans,
                path.parent,
                shipped=shipped,
                sources=sources,
                runs=runs,
                device=device,
                minutes=minutes,
            )
            if not before.finished:
                return before
        tensors, smaller = weights.read(path)
        plan.grow(network, tensors)
        start = {key: smaller.get(key) for key in ("name", "mask", "images", "recipe", "seed", "seconds", "start")}
    parts, seconds = (*plan.before, plan.recipe), 0.0
    for number, recipe in enumerate(parts, start=1):
        print(f"{name}: {plan.problem}, {recipe}", flush=True)
        file = runs / (f"{name}.safetensors" if number == len(parts) else f"{name}.part{number}.safetensors")
        left = None if minutes is None else max(minutes - seconds / 60, 0.0)
        run = train(
            network, plan.problem.objective(network, recipe), recipe, checkpoint=file, device=device, minutes=left
        )
        seconds += run.seconds if run.resumed_at == 0 else math.nan  # of an interrupted training they are not known
        if not run.finished:
            break
    if run.finished and run.resumed_at == run.iterations and (output / f"{name}.safetensors").exists():
        return run  # it was trained before: its file, and what the header says of the code that made it, stay
    record, kept = plan.problem.record(), plan.keep(network) if plan.keep else network
    header = {
        "kind": "weights",
        "name": name,
        "network": kept.family,
        "config": kept.config,
        **record,
        "recipe": asdict(recipe),
        "before": [asdict(part) for part in parts[: number - 1]],
        "grown_from": plan.grown_from,
        "half": plan.half,
        "start": start,
        "seed": plan.recipe.seed,
        "profile": "paper",
        "device": run.device,
        "seconds": None if math.isnan(seconds) else round(seconds),
        "iterations": run.iterations,
        "finished": run.finished and number == len(parts),
        "torch": torch.__version__,
        "mean_loss_of_last_epoch": fmean(run.losses[-record.get("images", 100) :]) if run.losses else None,
        "source_sha256": source_hash(*sources),
    }
    # what is not finished never takes the place of what is
    target = (output if header["finished"] else runs / "unfinished") / f"{name}.safetensors"
    tensors = {key: value.half() if plan.half and value.ndim > 1 else value for key, value in kept.state_dict().items()}
    weights.save(target, tensors, header)
    print(f"{name}: {run.iterations} of {run.planned} iterations, the weights are in {target}", flush=True)
    return run


def source_hash(*fields: Path) -> str:
    """One hash over the code that makes a network: the shared mathematics, the training, the fields' own files."""
    return weights.source_sha256(LIBRARY / "core", LIBRARY / "models", LIBRARY / "training", *fields)


def _find(name: str, output: Path, shipped: Mapping[str, Path], runs: Path) -> Path | None:
    """The weights file of a network that another one grows from."""
    for path in (output / f"{name}.safetensors", shipped.get(name), runs / "weights" / f"{name}.safetensors"):
        if path is not None and path.exists():
            return path
    return None
