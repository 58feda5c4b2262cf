"""Meta-training on one machine: ``python -m mddl_lib.optimizers.meta_training hyperadam --data FILE.npz --out DIR``.

A plain loop, until the book's one training loop takes it over.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from mddl_lib.core import weights
from mddl_lib.optimizers.meta_objective import MetaObjective
from mddl_lib.optimizers.networks import NETWORKS
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.plans import PLANS, Plan

MOST_SKIPPED = 50
"""unrolls in a row without a finite gradient that end a training"""


class Training:
    """A learned optimizer, its objective, and what a checkpoint holds of them."""

    def __init__(self, plan: Plan, objective: MetaObjective, device: str, schedule: dict) -> None:
        self.plan, self.objective = plan, objective.to(device)
        with torch.random.fork_rng():
            torch.manual_seed(objective.seed)
            self.network = NETWORKS[plan.network](**plan.config).to(device)
        self.parameters = list(self.network.parameters())
        self.adam = torch.optim.Adam(self.parameters, lr=plan.learning_rate)
        self.fingerprint = {"plan": asdict(plan), "objective": self.objective.description(), "schedule": schedule}
        self.losses: list[float] = []
        self.seconds, self.skipped = 0.0, 0

    def step(self, done: float) -> None:
        """One unroll, the learning rate at ``done`` (0 to 1) of its cosine.

        An unroll whose loss or gradient is not finite changes nothing: its run goes on or, mostly, stays lost until the
        next run begins.

        :raises RuntimeError: after :data:`MOST_SKIPPED` such unrolls in a row.
        """
        self.adam.param_groups[0]["lr"] = self.plan.learning_rate * (1 + math.cos(math.pi * min(done, 1.0))) / 2
        self.adam.zero_grad()
        loss = self.objective(self.network, len(self.losses))
        if loss.requires_grad:  # the last loss of a one-step unroll does not depend on the network
            loss.backward()
        size = nn.utils.clip_grad_norm_(self.parameters, self.plan.clip)
        value, norm = torch.stack([loss.detach(), size]).tolist()
        self.losses.append(value)
        if math.isfinite(value) and math.isfinite(norm):
            self.adam.step()
            self.skipped = 0
            return
        self.skipped += 1
        if self.skipped > MOST_SKIPPED:
            raise RuntimeError(
                f"{self.skipped} unrolls in a row without a finite gradient, the last at iteration {len(self.losses)}: "
                f"loss {value}, norm {norm}. Try a smaller learning rate than {self.plan.learning_rate}"
            )

    def save(self, path: Path | str) -> None:
        """Everything that a resumed training needs."""
        tensors = {f"network.{key}": value for key, value in self.network.state_dict().items()}
        tensors |= {f"objective.{key}": value for key, value in self.objective.state_dict().items()}
        for position, state in self.adam.state_dict()["state"].items():
            tensors |= {f"adam.{position}.{key}": value.clone() for key, value in state.items()}
        tensors["losses"] = torch.tensor(self.losses, dtype=torch.float64)
        header = {
            "kind": "checkpoint",
            "fingerprint": self.fingerprint,
            "skipped": self.skipped,
            "seconds": self.seconds,
        }
        weights.save(path, tensors, header)

    def resume(self, path: Path | str) -> None:
        """Go on from a checkpoint.

        :raises ValueError: for a checkpoint of another plan, data set or schedule.
        """
        tensors, header = weights.read(path)
        if header.get("fingerprint") != self.fingerprint:
            raise ValueError(f"{path} is a checkpoint of another training: {header.get('fingerprint')}")
        weights.fill(self.network, _under("network.", tensors), str(path))
        self.objective.load_state_dict(_under("objective.", tensors))
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _under("adam.", tensors).items():
            position, name = key.split(".", 1)
            state.setdefault(int(position), {})[name] = value.clone()
        self.adam.load_state_dict({**self.adam.state_dict(), "state": state})
        self.losses = tensors["losses"].tolist()
        self.seconds, self.skipped = header["seconds"], header["skipped"]

    def write(self, path: Path | str, finished: bool) -> None:
        """The weights, with how they were made."""
        header = {
            "kind": "weights", "network": self.plan.network, "config": self.network.config, "name": Path(path).stem,
            "seed": self.objective.seed, **self.fingerprint, "iterations": len(self.losses), "finished": finished,
            "seconds": round(self.seconds, 1), "device": _device_name(self.parameters[0].device),
            "torch": torch.__version__, "last_losses": round(_recent(self.losses), 5),
        }  # fmt: skip
        weights.save(path, self.network.state_dict(), header)


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
            f"{name} {seed}: {len(training.losses)} unrolls, {training.seconds:.0f} s, loss {_recent(training.losses):.4f}",
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


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _recent(losses: list[float], number: int = 100) -> float:
    recent = [loss for loss in losses[-number:] if math.isfinite(loss)]
    return sum(recent) / len(recent) if recent else math.nan


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


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
