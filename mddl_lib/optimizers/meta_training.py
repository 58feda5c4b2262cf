"""Meta-training on one machine: ``python -m mddl_lib.optimizers.meta_training hyperadam --data FILE.npz --out DIR``.

A plain loop, until the book's one training loop takes it over.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import torch

from mddl_lib.optimizers.meta_objective import MetaObjective
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.plans import PLANS, Plan
from mddl_lib.optimizers.training_state import Training


def meta_train(
    name: str, optimizee: Perceptron, *, seed: int = 0, runs: int = 1, iterations: int | None = None,
    minutes: float | None = None, device: str = "cpu", checkpoint: Path | str | None = None,
    output: Path | str | None = None, every: float = 60.0, compiled: bool = False, plan: Plan | None = None,
) -> Training:  # fmt: skip
    """Train a learned optimizer, resume it, stop in time.

    :param iterations: how many unrolls; the learning rate falls along them. Without, it falls along ``minutes``, and the
        weights then depend on the machine's speed; their header says so.
    :param minutes: of all sittings with ``iterations`` None; else of this call, to be resumed later.
    :param checkpoint: file to resume from and to write.
    :param output: the weights' file, written with each checkpoint too.
    :param every: seconds between checkpoints; one is also written at the end.
    :param compiled: fuse the optimizer's update with ``torch.compile``: a minute to start, for long runs on a GPU.
    :raises ValueError: without ``iterations`` and ``minutes``, or for a checkpoint of another training.
    :raises RuntimeError: when the training diverges.
    """
    if iterations is None and minutes is None:
        raise ValueError("neither iterations nor minutes are given: expected one of them")
    plan = plan or PLANS[name]
    schedule = {"iterations": iterations} if iterations else {"minutes": minutes}
    training = Training(plan, MetaObjective(optimizee, seed=seed, runs=runs, **plan.objective), device, schedule)
    if checkpoint and Path(checkpoint).exists():
        training.resume(checkpoint)
    if compiled:
        training.network.update = torch.compile(training.network.update, dynamic=False)
    before, begun, written = training.seconds, time.perf_counter(), time.perf_counter()
    stop = math.inf if minutes is None else 60 * minutes - (0 if iterations else before)

    def save(finished: bool) -> None:
        if checkpoint:
            training.save(checkpoint)
        if output:
            training.write(output, finished)
        print(
            f"{name} {seed}: {len(training.losses)} unrolls, {training.seconds:.0f} s, loss {training.recent():.4f}",
            flush=True,
        )

    while True:
        spent = time.perf_counter() - begun
        training.seconds = before + spent
        done = len(training.losses) / iterations if iterations else training.seconds / (60 * minutes)
        if done >= 1 or spent >= stop:
            break
        # on a GPU the state is large: between two runs there is none to write
        if time.perf_counter() - written > every and len(training.losses) % training.objective.parts == 0:
            save(False)
            written = time.perf_counter()
        training.step(done)
    save(done >= 1)
    return training


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Meta-train a learned optimizer.")
    parser.add_argument("name", choices=sorted(PLANS))
    parser.add_argument("--data", required=True, type=Path, help=".npz with train_images and train_labels, 8 bits")
    parser.add_argument("--out", required=True, type=Path, help="folder of the weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=1, help="runs side by side, the paper's is 1")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pooled", type=int, default=1, help="shrink the images by this factor (4 makes 7 × 7)")
    parser.add_argument("--compile", action="store_true", dest="compiled")
    given = parser.parse_args(arguments)
    digits = Digits.from_file(given.data)
    digits = digits if given.pooled == 1 else digits.pooled(given.pooled)
    stem = f"{given.name}_seed{given.seed}"
    meta_train(
        given.name, Perceptron(digits), seed=given.seed, runs=given.batch, iterations=given.iterations,
        minutes=given.minutes, device=given.device, checkpoint=given.out / f"{stem}.checkpoint.safetensors",
        output=given.out / f"{stem}.safetensors", compiled=given.compiled,
    )  # fmt: skip


if __name__ == "__main__":
    main()
