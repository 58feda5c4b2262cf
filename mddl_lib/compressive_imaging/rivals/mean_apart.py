"""The mean apart: what message passing needs where the operator measures it, for its theory knows no row that is so loud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from mddl_lib.compressive_imaging.rivals.message_passing import Denoise
from mddl_lib.core import arguments


class MeanApart:
    r"""A method for what is left when the mean is known: y's first number tells it, and the others are measured without it.

    .. math:: \hat x = \bar x + M(y' - A' \bar x,\ A'), \qquad \bar x = y_0 / \sqrt n

    - :math:`y_0`: the coefficient of the mean, row 0; :math:`y', A'`: the others; :math:`M`: the method.

    :param method: takes images around zero.
    :raises ValueError: at a call, for an operator that does not measure the mean.
    """

    def __init__(self, method: Callable[[Tensor, Any], Tensor]) -> None:
        arguments.callables(method=method)
        self.method = method

    def __call__(self, y: Tensor, physics: Any) -> Tensor:
        """The reconstruction, (B, 1, H, W)."""
        rows = getattr(physics, "rows", None)
        if rows is None or int(rows[0]) != 0:
            raise ValueError(
                f"{physics} does not measure the mean in its first number: expected rows that begin with 0"
            )
        height, width = physics.shape
        mean = (y[..., :1] / (height * width) ** 0.5).unsqueeze(-1).expand(*y.shape[:2], height, width)
        others = type(physics)((height, width), rows[1:])
        for name, value in physics.named_buffers():
            if name != "rows":
                setattr(others, name, value)
        return mean + self.method(y[..., 1:], others)


def around_zero(denoise: Denoise) -> Denoise:
    """A denoiser of images in [0, 1] as one of images around zero."""
    arguments.callables(denoise=denoise)
    return lambda v, sigma: denoise(v + 0.5, sigma) - 0.5
