"""One training of thousands of steps, kept on disk as it goes and taken up where it was interrupted.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import hashlib
import math
import time
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.environment import quiet, require_writable
from mddl_lib.optimizers.checks import is_optimizee, is_optimizer
from mddl_lib.optimizers.evaluation import STEPS_A_DRAW, generator_of
from mddl_lib.training import weights
from mddl_lib.training.checkpoints import alone
from mddl_lib.training.objective import differences


class Long(NamedTuple):
    """What :func:`train_long` returns."""

    losses: Tensor
    """(steps,), each of a fresh minibatch, before its update"""
    parameters: Tensor
    """(n,), after the last update"""
    seconds: float
    """all sittings together"""


@torch.no_grad()
def train_long(
    optimizer: Any,
    optimizee: Any,
    steps: int = 10_000,
    run: int = 0,
    seed: int = 0,
    *,
    checkpoint: Path | str | None = None,
    every: float = 60.0,
    compiled: bool = False,
    progress: bool = True,
) -> Long:
    """Train one network for many steps. Its first steps are those of :func:`mddl_lib.optimizers.evaluation.train`'s run.

    A file of fewer steps is gone on with, also by a call that asks for more: the thousandth step of ten thousand is the
    last one of a thousand. A training that diverges keeps its losses, infinite or NaN.

    :param run: which of the runs drawn from ``seed``.
    :param checkpoint: a file to go on from, written every ``every`` seconds and at the end.
    :param compiled: let ``torch.compile`` fuse the update: twice as fast on a network of 100 000 weights, equal to rounding,
        which thousands of steps magnify. It needs a C++ compiler.
    :raises ValueError: for counts that are none, a file of another training, or one that holds more steps than are asked.
    :raises PermissionError: when the checkpoint's folder cannot be written; said at once.
    """
    is_optimizer(optimizer)
    is_optimizee(optimizee)
    arguments.counts(1, steps=steps)
    arguments.counts(0, run=run, seed=seed)
    arguments.not_negative(every=every)
    if checkpoint:
        require_writable(Path(checkpoint).absolute().parent, "checkpoints")
    with alone(checkpoint):
        training = _Training(optimizer, optimizee, run, seed)
        if checkpoint and Path(checkpoint).exists():
            training.read(checkpoint)
        if training.step > steps:
            raise ValueError(f"{checkpoint} holds {training.step} steps: expected {steps} or fewer; name another file")
        update = torch.compile(optimizer.update) if compiled else optimizer.update
        start, before = time.perf_counter(), training.seconds
        written = start
        bar = tqdm(
            range(training.step, steps), initial=training.step, total=steps, disable=quiet() or not progress,
            desc="training", unit="step", mininterval=1.0,
        )  # fmt: skip
        for _ in bar:
            training.go(update)
            now = time.perf_counter()
            training.seconds = before + now - start
            # only between two draws of minibatches: the generator's state then says all
            due = training.step % STEPS_A_DRAW == 0 and now - written > every
            if checkpoint and due:
                training.write(checkpoint)
                written = now
        if checkpoint and len(bar):
            training.write(checkpoint)
    return Long(torch.tensor(training.losses), training.parameters[0], training.seconds)


class _Training:
    """All that changes from step to step."""

    def __init__(self, optimizer: Any, optimizee: Any, run: int, seed: int) -> None:
        self.optimizee, self.kind = optimizee, optimizer.State
        self.about = {**optimizee.description(), "optimizer": fingerprint(optimizer), "seed": seed, "run": run}
        self.generator = generator_of(optimizee, seed, run)
        self.parameters = optimizee.start(1, self.generator)
        self.state = optimizer.init(self.parameters)
        self.losses: list[float] = []
        self.drawn, self.before = None, self.generator.get_state()
        self.seconds = 0.0

    @property
    def step(self) -> int:
        return len(self.losses)

    def go(self, update: Any) -> None:
        """One step."""
        place = self.step % STEPS_A_DRAW
        if place == 0 or self.drawn is None:
            self.before = self.generator.get_state()
            self.drawn = self.optimizee.draw(STEPS_A_DRAW, 1, self.generator)
        values, gradients = self.optimizee.value_and_gradient(self.parameters, self.drawn[place])
        updates, self.state = update(gradients, self.state, self.parameters)
        self.parameters = self.parameters + updates
        self.losses.append(float(values))

    def write(self, path: Path | str) -> None:
        tensors = {f"state.{name}": value.clone() for name, value in self.state._asdict().items()}
        tensors |= {"parameters": self.parameters, "losses": torch.tensor(self.losses, dtype=torch.float64)}
        # within a block of minibatches, the generator's state before it: the block is drawn again
        within = self.step % STEPS_A_DRAW
        tensors["generator"] = self.before if within else self.generator.get_state()
        weights.save(path, tensors, {"kind": "long training", "about": self.about, "seconds": self.seconds})

    def read(self, path: Path | str) -> None:
        tensors, header = weights.read(path)
        if header.get("kind") != "long training":
            raise weights.WeightsError(f"{path} is no long training: it holds {header.get('kind', 'weights')}")
        if different := differences(header["about"], weights.as_json("the optimizee's description", self.about)):
            shown = ", ".join(f"{key} is {there!r} there and {here!r} here" for key, (there, here) in different.items())
            raise ValueError(f"{path} is another training: {shown}. Expected the same; name another file, or delete it")
        place = self.parameters.device
        # copies: read in place, a tensor may not lie where torch aligns its memory, and then rounds otherwise
        self.state = self.kind(**{name: tensors[f"state.{name}"].clone().to(place) for name in self.kind._fields})
        self.parameters = tensors["parameters"].clone().to(place)
        self.losses = tensors["losses"].tolist()
        self.generator.set_state(tensors["generator"].clone())
        self.drawn, self.seconds = None, header["seconds"]


def fingerprint(optimizer: Any) -> str:
    """What tells an optimizer from others: its constants, or its class and a hash of its weights.

    :raises TypeError: for an object without ``init`` and ``update``.
    """
    is_optimizer(optimizer)
    if not isinstance(optimizer, torch.nn.Module):
        return repr(optimizer)
    digest = hashlib.sha256()
    for name, value in sorted(optimizer.state_dict().items()):
        digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return f"{type(optimizer).__name__} {digest.hexdigest()[:16]}"


def name_of(optimizer: Any) -> str:
    """A file's name for an optimizer: its class, and what tells it from others of its class.

    :raises TypeError: for an object without ``init`` and ``update``.
    """
    return f"{type(optimizer).__name__.lower()}_{hashlib.sha256(fingerprint(optimizer).encode()).hexdigest()[:8]}"


def kept_file(folder: Path | None, optimizee: Any, optimizer: Any, run: int) -> Path | None:
    """Where a training of this optimizee by this optimizer is kept; None for no folder."""
    name = getattr(optimizee, "name", None) or optimizee.description()["optimizee"]
    return folder and folder / f"{name}_{name_of(optimizer)}_{run + 1}.safetensors"


def smoothed_end(losses: Tensor, window: int = 50) -> float:
    """The mean of the last ``window`` losses: one minibatch's alone is rough. NaN when one of them is.

    :raises ValueError: for no losses, or a window below 1.
    """
    arguments.tensors(losses=losses)
    arguments.counts(1, window=window)
    if losses.ndim != 1 or not len(losses):
        raise ValueError(f"losses have the shape {tuple(losses.shape)}: expected (steps,), one or more")
    value = float(losses[-window:].double().mean())
    return value if math.isfinite(value) else math.nan
