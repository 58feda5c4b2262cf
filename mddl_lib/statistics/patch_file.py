"""The patch prior that ships: learned by one command, kept as half-precision Cholesky factors.

``python -m mddl_lib.statistics`` learns it again from ``bsd400``: eight minutes of a processor core.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.statistics.gaussian_mixture import Mixture
from mddl_lib.statistics.patch_prior import learn, patch_vectors

SHIPPED = Path(__file__).parent / "tuned" / "patch_prior.safetensors"
SIZE, COUNT, TURNS, PER_IMAGE, SEED = 8, 120, 20, 500, 0


def training_patches(photographs: Any, each: int = PER_IMAGE, size: int = SIZE, seed: int = SEED) -> Tensor:
    """Patches at random places of photographs, less their means: (N, size²), doubles.

    :param photographs: a loaded set of grey images, such as ``bsd400``.
    :param each: so many of a photograph.
    :raises ValueError: for counts that are none, or when there is no photograph.
    """
    arguments.counts(1, each=each, size=size)
    arguments.counts(0, seed=seed)
    random, found = np.random.default_rng(seed), []
    for sample in photographs:
        patches, _ = patch_vectors(torch.from_numpy(np.ascontiguousarray(sample.array)).double(), size)
        found.append(patches[torch.from_numpy(random.choice(len(patches), min(each, len(patches)), replace=False))])
    if not found:
        raise ValueError("there are no photographs: expected one or more")
    return torch.cat(found)


def save(mixture: Mixture, path: Path | str) -> None:
    """Write weights and Cholesky factors, the lower triangles in half precision: no covariance can stop being positive definite.

    :raises ValueError: for a mixture whose covariances have no factor.
    """
    factors, failed = torch.linalg.cholesky_ex(mixture.covariances)
    if bool(failed.any()):
        raise ValueError("a covariance is not positive definite: expected one that EM gave")
    rows, columns = torch.tril_indices(*factors.shape[1:])
    tensors = {"weights": mixture.weights.float(), "factors": (64 * factors[:, rows, columns]).half().contiguous()}
    save_file(tensors, str(path), {"patches": "8 x 8 of bsd400, less their means", "scale": "factors times 64"})


def load(path: Path | str = SHIPPED) -> Mixture:
    """The mixture of a file that :func:`save` wrote.

    :raises ValueError: for a file that is missing, cut, or holds something else.
    """
    try:
        tensors = load_file(str(path))
        weights, packed = tensors["weights"].double(), tensors["factors"].double() / 64
    except Exception as error:  # whatever the reader says of a cut or foreign file
        raise ValueError(
            f"{path} is no patch prior: expected a file that `python -m mddl_lib.statistics` wrote ({error})"
        ) from error
    size = round((np.sqrt(8 * packed.shape[1] + 1) - 1) / 2)
    if packed.ndim != 2 or size * (size + 1) // 2 != packed.shape[1] or len(weights) != len(packed):
        raise ValueError(
            f"{path} holds factors of the shape {tuple(packed.shape)}: expected one lower triangle a component"
        )
    rows, columns = torch.tril_indices(size, size)
    factors = packed.new_zeros(len(packed), size, size)
    factors[:, rows, columns] = packed
    covariances = factors @ factors.mT + 1e-8 * torch.eye(size, dtype=torch.float64)
    return Mixture(weights / weights.sum(), weights.new_zeros(len(weights), size), covariances)


def learned(photographs: Any) -> Mixture:
    """The prior that ships, learned anew."""
    return learn(training_patches(photographs), COUNT, TURNS, SEED)
