"""The objective of every reconstruction network, and :func:`fit`: give back images from their measurements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.metrics import relative_error
from mddl_lib.training.loop import Run, train
from mddl_lib.training.objective import name_of, object_hash, tensor_hash
from mddl_lib.training.recipe import Recipe

Loss = Callable[[Tensor, Tensor], Tensor]


class Reconstruction:
    r"""The mean of a loss between ``network(physics.A(x), physics)`` and x, over the images of an iteration.

    Adam sees a random batch: every image once an epoch, each in one of the eight symmetries of the square. L-BFGS sees
    all images, a batch at a time. With ``recipe.turns`` the loss is of the estimate after that turn (greedy training).

    :param images: (N, C, …), the truths: images, volumes or vectors.
    :param physics: a measurement model, moved to the device when it is a module.
    :raises ValueError: for images with NaN, of whole numbers or of the wrong rank, symmetries asked of what has no rows and
        columns, or more images asked for than there are.
    :raises TypeError: for a physics without ``A`` and ``A_adjoint``, or a loss that is nothing to call.
    """

    def __init__(self, images: Tensor, physics: Any, recipe: Recipe, loss: Loss = relative_error) -> None:
        if not isinstance(images, Tensor) or images.ndim < 2 or not len(images):
            shape = tuple(images.shape) if hasattr(images, "shape") else type(images).__name__
            raise ValueError(f"images have the shape {shape}: expected (number, channel, height, width), or vectors")
        arguments.operator(physics)
        arguments.callables(loss=loss)
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe, such as Recipe(iterations=100)")
        if not images.is_floating_point() and not images.is_complex():
            raise ValueError(
                f"images are {images.dtype}: expected real or complex numbers; images.float() / 255 makes them of 8 bits"
            )
        if recipe.images is not None and recipe.images > len(images):
            raise ValueError(
                f"the recipe takes {recipe.images} images: expected {len(images)} at most, as many as there are"
            )
        if not bool(torch.isfinite(torch.view_as_real(images) if images.is_complex() else images).all()):
            raise ValueError("the training images hold NaN or infinity")
        if recipe.symmetries and images.ndim < 4:
            raise ValueError(
                f"images have the shape {tuple(images.shape)}: expected (number, channel, height, width); "
                "what has no rows and columns has no symmetries, so say Recipe(symmetries=False) for it"
            )
        self.images = (
            images if recipe.images is None else images[torch.linspace(0, len(images) - 1, recipe.images).long()]
        )
        self.physics, self.recipe, self.loss, self.device = physics, recipe, loss, torch.device("cpu")
        self._epoch, self._order = -1, np.empty(0)

    def description(self) -> dict[str, Any]:
        """Hashes of images and physics, and the loss's name."""
        physics = {"physics": f"{type(self.physics).__name__} {object_hash(self.physics)[:16]}"}
        return {"images": tensor_hash(self.images)[:16], **physics, "loss": name_of(self.loss)}

    def to(self, device: torch.device) -> Reconstruction:
        """Measure and compare there; the images stay where they are, a batch at a time is moved."""
        self.device = device
        if isinstance(self.physics, nn.Module):
            self.physics = self.physics.to(device)
        return self

    def __call__(self, network: nn.Module, iteration: int) -> Iterator[Tensor]:
        """The loss, a part a group of images."""
        groups = self.images.split(self.recipe.batch) if self.recipe.optimizer == "lbfgs" else [self._batch(iteration)]
        for truth in groups:
            truth = truth.to(self.device)
            with torch.no_grad():
                y = self.physics.A(truth)
            yield self.loss(_estimate(network, y, self.physics, self.recipe.turns), truth) / len(groups)

    def _batch(self, iteration: int) -> Tensor:
        """The truths of one iteration of Adam."""
        seed, chosen = self.recipe.seed, []
        for position in range(iteration * self.recipe.batch, (iteration + 1) * self.recipe.batch):
            epoch, place = divmod(position, len(self.images))
            if epoch != self._epoch:
                self._epoch, self._order = epoch, np.random.default_rng([seed, epoch]).permutation(len(self.images))
            image = self.images[self._order[place]]
            if self.recipe.symmetries:
                image = _turned(image, np.random.default_rng([seed, 1 + position, 7]))
            chosen.append(image)
        return torch.stack(chosen)


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
    minutes: float | None = None,
    progress: bool = True,
    watch: Callable[[int, float], None] | None = None,
) -> Run:
    """Train ``network(y, physics)`` to give back ``images`` from their measurements ``physics.A(images)``.

    It is :func:`~mddl_lib.training.loop.train` on a :class:`Reconstruction`, which see for the other parameters. The same
    seed gives the same weights, bit for bit, on a CPU, also when the training was interrupted.

    :param images: (N, C, …), the truths, such as (N, 1, H, W).
    :param physics: a measurement model, moved to the device when it is a module.
    :param loss: from (estimate, truth) to one number.
    :raises mddl_lib.training.loop.TrainingDivergedError: at the first loss or gradient that is not finite.
    :raises ValueError: for images with NaN or of the wrong rank, or a checkpoint of another training.
    """
    recipe = recipe or Recipe()
    return train(
        network, Reconstruction(images, physics, recipe, loss), recipe, checkpoint=checkpoint,
        checkpoint_every=checkpoint_every, device=device, minutes=minutes, progress=progress, watch=watch,
    )  # fmt: skip


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
