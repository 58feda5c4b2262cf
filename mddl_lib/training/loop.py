"""The one training loop of the book: any objective, one player or several, exact resume, an end in time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.environment import quiet, require_writable
from mddl_lib.training import checkpoints
from mddl_lib.training.objective import Objective, parts, players_of, seed_of
from mddl_lib.training.recipe import Recipe, choose_device
from mddl_lib.training.weights import as_json


class TrainingDivergedError(RuntimeError):
    """The loss or a gradient was NaN or infinite."""


@dataclass
class Run:
    """What a training did."""

    losses: list[float]
    """one an iteration, before its step; of several players, the first one's"""
    iterations: int
    resumed_at: int
    seconds: float
    """of this call alone"""
    device: str
    planned: int
    """how many the recipe asks for; fewer are done when the minutes were over"""
    players: dict[str, list[float]] = field(default_factory=dict, repr=False)
    """every player's losses"""

    @property
    def finished(self) -> bool:
        """Whether the recipe is carried out to its end."""
        return self.iterations == self.planned


def train(
    network: nn.Module,
    objective: Objective,
    recipe: Recipe,
    *,
    checkpoint: Path | str | None = None,
    checkpoint_every: int = 100,
    device: str = "auto",
    minutes: float | None = None,
    progress: bool = True,
    watch: Callable[[int, float], None] | None = None,
) -> Run:
    """Minimise ``objective(network, iteration)`` over the network's parameters, as the recipe says.

    The same seed gives the same weights, bit for bit, on a CPU, also when the training was interrupted: with
    ``checkpoint``, a call takes up an earlier one where it stopped. What an iteration draws depends on seed and iteration
    alone, noise included.

    :param checkpoint: file to resume from and to write every ``checkpoint_every`` iterations, once a minute at least, and
        at the end.
    :param device: "auto" (a GPU when there is one), "cpu", "cuda", "mps".
    :param minutes: stop after so many, in good order: the checkpoint is written, the next call goes on.
    :param watch: called with (iteration, loss) after each step.
    :raises TrainingDivergedError: at the first loss or gradient that is not finite; the last checkpoint stays.
    :raises ValueError: for a checkpoint of another training, naming what differs, or one that another training writes now; for
        counts, minutes or a device that are none.
    :raises TypeError: for a network or a recipe that is none.
    :raises OSError: when the disk is full; the last checkpoint stays. A folder that cannot be written is said at once.
    """
    if not isinstance(network, nn.Module) or not isinstance(recipe, Recipe):
        kinds = f"network is a {type(network).__name__}, recipe a {type(recipe).__name__}"
        raise TypeError(f"{kinds}: expected a torch module and a Recipe")
    arguments.callables(objective=objective)
    arguments.counts(1, checkpoint_every=checkpoint_every)
    if minutes is not None:
        arguments.not_negative(minutes=minutes)
    if checkpoint:
        require_writable(Path(checkpoint).absolute().parent, "checkpoints")
    place = choose_device(device)
    with checkpoints.alone(checkpoint):
        return _train(network, objective, recipe, checkpoint, checkpoint_every, place, minutes, progress, watch)


def _train(
    network: nn.Module,
    objective: Objective,
    recipe: Recipe,
    checkpoint: Path | str | None,
    checkpoint_every: int,
    place: torch.device,
    minutes: float | None,
    progress: bool,
    watch: Callable[[int, float], None] | None,
) -> Run:
    start = time.perf_counter()
    network.to(place).train()
    if hasattr(objective, "to"):
        objective = objective.to(place)
    players = players_of(objective, network)
    if recipe.optimizer == "lbfgs" and (len(players) > 1 or hasattr(objective, "state_dict")):
        raise ValueError("L-BFGS evaluates a loss several times a step: it takes one player, and no carried state")
    optimizers = {name: recipe.make_optimizer(parameters) for name, parameters in players.items()}
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average)) if recipe.average else None
    # through JSON, so that it equals what a file holds of it
    about = as_json("the objective's description", {"recipe": asdict(recipe), **objective.description()})
    state = checkpoints.State(network, optimizers, about, average, objective)
    losses = checkpoints.resume(checkpoint, state) if checkpoint else {name: [] for name in players}
    done = resumed_at = len(next(iter(losses.values())))
    written = time.perf_counter()

    bar = tqdm(
        range(resumed_at, recipe.iterations), initial=resumed_at, total=recipe.iterations, disable=quiet() or not progress,
        desc="training", unit="step", mininterval=1.0,
    )  # fmt: skip
    for iteration in bar:
        if minutes is not None and time.perf_counter() - start >= 60 * minutes:
            break
        for number, (name, optimizer) in enumerate(optimizers.items()):
            given = (network, iteration) if len(players) == 1 else (network, iteration, name)
            seed = seed_of(recipe.seed, iteration, number)
            value, problem = _step(objective, given, optimizer, players[name], recipe, seed)
            losses[name].append(value)
            if problem:
                _forgive(problem, losses[name], getattr(objective, "forgives", 0), recipe)
        done = iteration + 1
        if average is not None:
            average.update_parameters(network)
        first = next(iter(losses.values()))
        bar.set_postfix_str(f"loss {np.nanmean(first[-50:]):.4f}", refresh=False)
        if watch:
            watch(done, first[-1])
        due = done % checkpoint_every == 0 or time.perf_counter() - written > 60
        if checkpoint and (due or done == recipe.iterations):
            checkpoints.write(checkpoint, state, losses)
            written = time.perf_counter()
    if checkpoint and resumed_at < done < recipe.iterations:
        checkpoints.write(checkpoint, state, losses)
    if average is not None:
        network.load_state_dict(average.module.state_dict())
    network.eval()
    seconds = time.perf_counter() - start
    return Run(next(iter(losses.values())), done, resumed_at, seconds, str(place), recipe.iterations, losses)


def _step(
    objective: Objective,
    given: tuple,
    optimizer: torch.optim.Optimizer,
    parameters: list[nn.Parameter],
    recipe: Recipe,
    seed: int,
) -> tuple[float, str]:
    """One step of one player; its loss before the step, and what was not finite: then nothing changed."""
    iteration, place = given[1], parameters[0].device
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate(iteration) * group.get("share", 1.0)
    limit = recipe.clip if recipe.clip and recipe.optimizer == "adam" else math.inf

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), device=place)
        with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
            torch.manual_seed(seed)
            for part in parts(objective(*given)):
                if part.requires_grad:  # the loss of a run's first step does not depend on who takes the next
                    part.backward()
                total += part.detach()
        size = nn.utils.clip_grad_norm_(parameters, limit)
        if not (math.isfinite(float(total)) and math.isfinite(float(size))):
            raise _NotFiniteError(f"the loss is {float(total)}, its gradient's norm {float(size)}")
        return total

    try:
        return float(optimizer.step(closure)), ""
    except _NotFiniteError as error:
        return math.nan, str(error)


class _NotFiniteError(ArithmeticError):
    """Leaves the optimizer's step before it changes anything."""


def _forgive(problem: str, losses: list[float], times: int, recipe: Recipe) -> None:
    """Raise when more steps in a row than are forgiven were not finite."""
    last = losses[-times - 1 :]
    if len(last) > times and all(math.isnan(loss) for loss in last):
        before = f", as in the {times} steps before" if times else ""
        raise TrainingDivergedError(
            f"iteration {len(losses)}: {problem}{before}. Try a smaller learning rate than {recipe.learning_rate}"
        )
