"""Training of an unrolled network: the loss, the loop, exact resume. What differs per chapter is data, not this code."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from mddl_lib.core import checkpoints
from mddl_lib.core.display import quiet
from mddl_lib.core.metrics import nmse

Loss = Callable[[Tensor, Tensor], Tensor]


class TrainingDivergedError(RuntimeError):
    """The loss or a gradient was NaN or infinite.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """


@dataclass(frozen=True)
class Recipe:
    """How a network is trained; recorded in the header of its weights.

    ``adam`` takes one batch an iteration, with a cosine fall of the learning rate to zero; ``lbfgs`` (the paper's) takes
    all images an iteration, five pairs of memory and a strong Wolfe line search.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """

    iterations: int = 1000
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    batch: int = 1
    clip: float = 1.0
    """the largest norm of the gradient, 0 for no limit"""
    symmetries: bool = True
    """whether images are flipped and turned at random (all eight symmetries of the square)"""
    seed: int = 0
    turns: int | None = None
    """train on the estimate after this turn only (greedy training); None: the last"""
    images: int | None = None
    """train on so many of the images, evenly spread: L-BFGS looks at each one an iteration; None: on all"""
    average: float = 0.0
    """decay a step of the exponential moving average of the weights that the network ends with; 0: the last weights"""

    def __post_init__(self) -> None:
        if self.optimizer not in ("adam", "lbfgs"):
            raise ValueError(f"optimizer is {self.optimizer!r}: expected 'adam' or 'lbfgs'")
        if self.iterations < 1 or self.batch < 1 or self.learning_rate <= 0 or self.clip < 0:
            raise ValueError(f"{self}: iterations and batch must be ≥ 1, learning_rate > 0, clip ≥ 0")
        if self.images is not None and self.images < 1:
            raise ValueError(f"images is {self.images}: expected 1 or more, or None for all")
        if not 0 <= self.average < 1:
            raise ValueError(f"average is {self.average}: expected a decay from 0 up to, but not, 1")

    def rate(self, iteration: int) -> float:
        """The learning rate of an iteration, counted from 0: half a cosine from ``learning_rate`` to 0."""
        return self.learning_rate * (1 + math.cos(math.pi * iteration / self.iterations)) / 2


@dataclass
class Run:
    """What a training did.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """

    losses: list[float]
    """one an iteration, before its step"""
    iterations: int
    resumed_at: int
    seconds: float
    """of this call alone"""
    device: str


def relative_error(estimate: Tensor, truth: Tensor) -> Tensor:
    r"""The talk's training loss: :math:`\frac1m \sum_i \|\hat x_i - x_i\|_2 / \|x_i\|_2`.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    return nmse(estimate, truth).mean()


def fit(
    network: nn.Module,
    images: Tensor,
    physics: Any,
    recipe: Recipe | None = None,
    *,
    loss: Loss = relative_error,
    checkpoint: Path | str | None = None,
    checkpoint_every: int = 100,
    device: str = "auto",
    progress: bool = True,
    watch: Callable[[int, float], None] | None = None,
) -> Run:
    """Train ``network(y, physics)`` to give back ``images`` from their measurements ``physics.A(images)``.

    The same seed gives the same weights, bit for bit, on a CPU, also when the training was interrupted: with
    ``checkpoint``, a call takes up an earlier one where it stopped. The images drawn at an iteration depend on seed and
    iteration alone.

    :param images: (N, C, H, W), the truths.
    :param physics: a measurement model, moved to the device when it is a module.
    :param checkpoint: file to resume from and to write every ``checkpoint_every`` iterations (and at the end).
    :param device: "auto" (a GPU when there is one), "cpu", "cuda", "mps".
    :param watch: called with (iteration, loss) after each step.
    :raises TrainingDivergedError: at the first loss or gradient that is not finite; the last checkpoint stays.
    :raises ValueError: for images with NaN or of the wrong rank, or a checkpoint of another recipe.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    recipe = recipe or Recipe()
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images have the shape {tuple(images.shape)}: expected (number, channel, height, width)")
    if not bool(torch.isfinite(torch.view_as_real(images) if images.is_complex() else images).all()):
        raise ValueError("the training images hold NaN or infinity")
    images = images if recipe.images is None else images[torch.linspace(0, len(images) - 1, recipe.images).long()]
    place = choose_device(device)
    network.to(place).train()
    physics = physics.to(place) if isinstance(physics, nn.Module) else physics
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = _optimizer(parameters, recipe)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average)) if recipe.average else None
    losses = checkpoints.resume(checkpoint, network, optimizer, asdict(recipe), average) if checkpoint else []
    resumed_at, start = len(losses), time.perf_counter()

    bar = tqdm(
        range(resumed_at, recipe.iterations), initial=resumed_at, total=recipe.iterations, disable=quiet() or not progress,
        desc="training", unit="step", mininterval=1.0,
    )  # fmt: skip
    for iteration in bar:
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(iteration) if recipe.optimizer == "adam" else 1.0

        def closure(iteration: int = iteration) -> Tensor:
            optimizer.zero_grad()
            total = torch.zeros((), device=place)
            groups = list(_groups(images, recipe, iteration))
            for truth in groups:
                truth = truth.to(place)
                with torch.no_grad():
                    y = physics.A(truth)
                value = loss(_estimate(network, y, physics, recipe.turns), truth) / len(groups)
                value.backward()
                total += value.detach()
            size = nn.utils.clip_grad_norm_(
                parameters, recipe.clip if recipe.clip and recipe.optimizer == "adam" else math.inf
            )
            if not (math.isfinite(float(total)) and math.isfinite(float(size))):
                raise TrainingDivergedError(
                    f"iteration {iteration + 1}: the loss is {float(total)}, its gradient's norm {float(size)}. "
                    f"Try a smaller learning rate than {recipe.learning_rate}"
                )
            return total

        value = float(optimizer.step(closure))
        losses.append(value)
        if average is not None:
            average.update_parameters(network)
        bar.set_postfix_str(f"loss {np.mean(losses[-50:]):.4f}", refresh=False)
        if watch:
            watch(iteration + 1, value)
        if checkpoint and ((iteration + 1) % checkpoint_every == 0 or iteration + 1 == recipe.iterations):
            checkpoints.write(checkpoint, network, optimizer, asdict(recipe), losses, average)
    if average is not None:
        network.load_state_dict(average.module.state_dict())
    network.eval()
    return Run(losses, len(losses), resumed_at, time.perf_counter() - start, str(place))


def choose_device(device: str) -> torch.device:
    """ "auto": CUDA, else Apple's MPS, else the CPU.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    if device != "auto":
        return torch.device(device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _optimizer(parameters: list[nn.Parameter], recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=recipe.learning_rate)
    return torch.optim.LBFGS(parameters, lr=1.0, max_iter=1, max_eval=25, history_size=5, line_search_fn="strong_wolfe")


def _groups(images: Tensor, recipe: Recipe, iteration: int) -> Iterator[Tensor]:
    """The truths of one iteration: a random batch for Adam, every image in turn for L-BFGS."""
    if recipe.optimizer == "lbfgs":
        yield from images.split(recipe.batch)
        return
    first = iteration * recipe.batch
    chosen = []
    for position in range(first, first + recipe.batch):
        epoch, place = divmod(position, len(images))
        image = images[np.random.default_rng([recipe.seed, epoch]).permutation(len(images))[place]]
        chosen.append(
            _turned(image, np.random.default_rng([recipe.seed, 1 + position, 7])) if recipe.symmetries else image
        )
    yield torch.stack(chosen)


def _turned(image: Tensor, generator: np.random.Generator) -> Tensor:
    """One of the symmetries of the square (of the rectangle, where the image is none)."""
    down, across, swap = generator.integers(2, size=3)
    image = image.flip(-2) if down else image
    image = image.flip(-1) if across else image
    return image.transpose(-1, -2) if swap and image.shape[-1] == image.shape[-2] else image


def _estimate(network: Any, y: Tensor, physics: Any, turns: int | None) -> Tensor:
    if turns is None:
        return network(y, physics)
    for turn, state in enumerate(network.iterates(y, physics)):
        if turn == turns:
            return state.estimate
    raise ValueError(f"the recipe trains turn {turns}: the network has only {turn}")
