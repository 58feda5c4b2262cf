"""A meta-training between two unrolls: one step of it, its checkpoint, the weights it ends with."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from mddl_lib.core import weights
from mddl_lib.optimizers.meta_objective import MetaObjective
from mddl_lib.optimizers.networks import NETWORKS
from mddl_lib.optimizers.plans import Plan

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
        device = self.parameters[0].device
        place = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        header = {
            "kind": "weights", "network": self.plan.network, "config": self.network.config, "name": Path(path).stem,
            "seed": self.objective.seed, **self.fingerprint, "iterations": len(self.losses), "finished": finished,
            "seconds": round(self.seconds, 1), "device": place,
            "torch": torch.__version__, "last_losses": round(self.recent(), 5),
            "source_sha256": weights.source_sha256(Path(__file__).parent),
        }  # fmt: skip
        weights.save(path, self.network.state_dict(), header)

    def recent(self, number: int = 100) -> float:
        """The mean of the last finite losses."""
        recent = [loss for loss in self.losses[-number:] if math.isfinite(loss)]
        return sum(recent) / len(recent) if recent else math.nan


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
