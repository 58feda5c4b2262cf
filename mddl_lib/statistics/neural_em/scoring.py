"""How well pixels are grouped: adjusted mutual information, and the rivals by hand.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments


def adjusted_mutual_information(owners: Tensor, found: Tensor) -> list[float]:
    """Of each image; background and pixels that several shapes cover are left out, as in the paper.

    1: the same groups, whatever their numbers; 0: as good as chance.

    :param owners: (N, P), as :class:`~mddl_lib.statistics.neural_em.shapes.Shapes` has them.
    :param found: (N, P), whole numbers.
    :raises ValueError: for shapes that differ, or a picture in which no pixel counts.
    :raises ImportError: without scikit-learn, with the command that installs it.

    Source: Vinh, Epps, Bailey 2010.
    """
    try:
        from sklearn.metrics import adjusted_mutual_info_score
    except ImportError:
        raise ImportError("the score needs scikit-learn: pip install 'mddl[segmentation]'") from None
    arguments.tensors(owners=owners, found=found)
    if owners.ndim != 2 or owners.shape != found.shape:
        raise ValueError(
            f"owners have the shape {tuple(owners.shape)}, groups {tuple(found.shape)}: expected (N, P) of both"
        )
    scores = []
    for number, (truth, group) in enumerate(zip(owners.numpy(), found.numpy(), strict=True)):
        counts = truth > 0
        if not counts.any():
            raise ValueError(f"picture {number} has no pixel that belongs to one shape alone: nothing is left to score")
        scores.append(float(adjusted_mutual_info_score(truth[counts], group[counts])))
    return scores


def places(pixels: Tensor, side: int = 28) -> Tensor:
    """The row and column of every bright pixel of one picture, (n, 2), doubles: what EM by hand groups.

    :raises ValueError: for another number of pixels.
    """
    arguments.tensors(pixels=pixels)
    arguments.counts(1, side=side)
    if pixels.shape != (side * side,):
        raise ValueError(f"pixels have the shape {tuple(pixels.shape)}: expected ({side * side},)")
    return (pixels.reshape(side, side) > 0.5).nonzero().double()


def by_hand(pixels: Tensor, components: int = 3, turns: int = 40, starts: int = 5, seed: int = 0) -> Tensor:
    """EM by hand: a mixture of Gaussians on the places of the bright pixels, the likeliest of several starts.

    It knows nothing of squares and triangles: a shape is a heap of pixels to it.

    :param pixels: (N, P), 0 or 1.
    :returns: groups, (N, P); −1 where a pixel is dark.
    :raises ValueError: for counts below 1.
    """
    from mddl_lib.statistics.gaussian_mixture import expectation_maximisation, start

    arguments.counts(1, components=components, turns=turns, starts=starts)
    arguments.counts(0, seed=seed)
    found = torch.full(pixels.shape, -1)
    for number, image in enumerate(pixels):
        points, best = places(image), -np.inf
        for attempt in range(starts):
            mixture = start(points, components, 1000 * seed + attempt)
            for step in expectation_maximisation(points, mixture, turns, floor=0.1):
                last = step
            if last.log_likelihood > best:
                best, labels = last.log_likelihood, last.responsibilities.argmax(1)
        found[number, image > 0.5] = labels
    return found
