"""A soft assignment as a picture: who is responsible for which pixel, in colour, and in hatching for those who see none.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from mddl_lib.core import arguments

COLOURS = np.array(
    [[0.0, 0.45, 0.7], [0.84, 0.37, 0.0], [0.0, 0.62, 0.45], [0.8, 0.47, 0.65], [0.9, 0.62, 0.0], [0.34, 0.71, 0.91]]
)
"""of the components in turn, RGB: Okabe and Ito's, told apart with any colour vision"""
HATCHES = ("lying lines", "standing lines", "rising lines", "falling lines", "dots", "squares")
"""what marks the pixels of each component in turn"""


def hatch(component: int, height: int, width: int) -> np.ndarray:
    """Where the marks of one component lie, (height, width) of True and False.

    :raises ValueError: for counts that are none.
    """
    arguments.counts(0, component=component)
    arguments.counts(1, height=height, width=width)
    y, x = np.mgrid[:height, :width]
    marks = [y % 5 == 2, x % 5 == 2, (x + y) % 6 == 2, (x - y) % 6 == 2, (x % 5 == 2) & (y % 5 == 2)]
    return [*marks, marks[0] | marks[1]][component % len(HATCHES)]


def assignment(responsibilities: Tensor, pixels: Tensor, scale: int = 8, dark: float = 0.12) -> np.ndarray:
    r"""Each pixel :math:`\sum_k \gamma_{ik} c_k` as bright as it is, and hatched by its likeliest component.

    The paler the marks, the less sure is the component: they are drawn at :math:`\max_k \gamma_{ik}`.

    :param responsibilities: γ of one picture, (K, P), P a square number.
    :param pixels: of that picture, (P,), 0 to 1.
    :param scale: how many dots a pixel is wide.
    :param dark: how bright a pixel of value 0 is drawn.
    :returns: (height, width, 3), from 0 to 1.
    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(responsibilities=responsibilities, pixels=pixels)
    arguments.counts(1, scale=scale)
    arguments.not_negative(dark=dark)
    side = round(len(pixels) ** 0.5) if pixels.ndim == 1 else 0
    if responsibilities.ndim != 2 or not side or side**2 != len(pixels) or responsibilities.shape[1] != len(pixels):
        shapes = tuple(responsibilities.shape), tuple(pixels.shape)
        raise ValueError(f"responsibilities and pixels have the shapes {shapes}: expected (K, P) and (P,), P a square")
    gamma = np.kron(responsibilities.detach().numpy().reshape(-1, side, side), np.ones((scale, scale)))
    bright = np.kron(pixels.detach().numpy().reshape(side, side), np.ones((scale, scale)))
    colours = COLOURS[np.arange(len(gamma)) % len(COLOURS)]
    picture = np.einsum("khw,kc->hwc", gamma, colours) * (dark + (1 - dark) * bright)[..., None]
    likeliest, sure = gamma.argmax(0), gamma.max(0)
    for component in range(len(gamma)):
        marked = hatch(component, *bright.shape) & (likeliest == component) & (bright > 0.5)
        picture[marked] = 1 - (1 - picture[marked]) * (1 - sure[marked])[:, None]
    return picture.clip(0, 1)
