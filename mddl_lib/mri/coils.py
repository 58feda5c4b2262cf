"""Several receiver coils: each sees the slice through its own sensitivity, and all sample the same points of k-space.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import solve_normal
from mddl_lib.core.physics import MaskedFourier


class CoilFourier(nn.Module):
    r"""Sampled k-space of J coils (the operator of SENSE), on complex images.

    .. math:: (A x)_j = m \circ F (s_j \circ x), \qquad A^H y = \sum_j \bar s_j \circ F^H (m \circ y_j)

    - :math:`F`: the unitary Fourier transform; :math:`m`: the mask of zeros and ones, (H, W), DC at [0, 0];
    - :math:`s_j`: the complex sensitivity of coil j, one number a pixel.

    Neither F nor the pixels diagonalise :math:`A^H A`: its normal equations have no closed form, and are solved by
    conjugate gradients (:func:`~mddl_lib.core.normal_equations.solve_normal`).

    :param mask: (H, W), zeros and ones.
    :param sensitivities: complex, (J, H, W).
    :param tolerance: of the conjugate gradients in :meth:`prox_l2`, relative.
    :raises TypeError: for sensitivities that are no tensor.
    :raises ValueError: for sensitivities of another shape or kind, or with NaN; as
        :class:`~mddl_lib.core.physics.MaskedFourier` does for the mask; for a tolerance below 0.

    Source: Pruessmann, Weiger, Scheidegger, Boesiger 1999.
    """

    sensitivities: Tensor

    def __init__(self, mask: Tensor, sensitivities: Tensor, tolerance: float = 1e-6) -> None:
        super().__init__()
        arguments.not_negative(tolerance=tolerance)
        arguments.tensors(sensitivities=sensitivities)
        self.sampled = MaskedFourier(mask, real=False)
        if sensitivities.ndim != 3 or tuple(sensitivities.shape[1:]) != self.sampled.shape or not len(sensitivities):
            raise ValueError(
                f"the sensitivities have the shape {tuple(sensitivities.shape)}: expected (coils, "
                f"{self.sampled.shape[0]}, {self.sampled.shape[1]}), the mask's height and width"
            )
        if not sensitivities.is_complex():
            raise ValueError(f"the sensitivities are {sensitivities.dtype}: expected complex numbers")
        arguments.finite("the sensitivities", sensitivities)
        self.register_buffer("sensitivities", sensitivities.clone(), persistent=False)
        self.tolerance = tolerance

    def A(self, x: Tensor) -> Tensor:
        """Image (B, 1, H, W), complex, to the coils' k-space (B, J, H, W).

        :raises ValueError: for an image of another shape, one that is real, or with NaN or infinity.
        """
        self._check(x, 1, "the image")
        return self.sampled.A(self.sensitivities.to(x.dtype) * x)

    def A_adjoint(self, y: Tensor) -> Tensor:
        """The coils' k-space (B, J, H, W) to the zero-filled image (B, 1, H, W).

        :raises ValueError: for a measurement of another shape, one that is real, or with NaN or infinity.
        """
        self._check(y, len(self.sensitivities), "the measurement")
        return (self.sensitivities.conj().to(y.dtype) * self.sampled.A_adjoint(y)).sum(1, keepdim=True)

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float) -> Tensor:
        r"""The minimiser of :math:`\tfrac{\gamma}{2}\|A x - y\|^2 + \tfrac12\|x - z\|^2`, by conjugate gradients.

        :param z: a complex image, (B, 1, H, W).
        :param gamma: γ, positive.
        :raises ValueError: for a γ that is not positive, and as :meth:`A` and :meth:`A_adjoint` do.
        """
        arguments.positive(gamma=gamma)
        self._check(z, 1, "z")
        return solve_normal(self, self.A_adjoint(y) + z / gamma, 1 / gamma, tolerance=self.tolerance)

    def _check(self, tensor: Tensor, channels: int, what: str) -> None:
        arguments.tensors(**{what: tensor})
        expected = (channels, *self.sampled.shape)
        if tensor.ndim != 4 or tuple(tensor.shape[1:]) != expected:
            raise ValueError(
                f"{what} has the shape {tuple(tensor.shape)}: expected (batch, {', '.join(map(str, expected))})"
            )
        if not tensor.is_complex():
            raise ValueError(
                f"{what} is {tensor.dtype}: expected complex numbers; image.to(torch.complex64) makes them"
            )


def ring_of_coils(count: int, shape: tuple[int, int], width: float = 0.5) -> Tensor:
    r"""Sensitivities of coils that stand evenly on a circle around the slice, made by a formula.

    .. math:: s_j \propto \exp\Bigl(-\frac{\|p - c_j\|^2}{2 w^2}\Bigr)\, e^{i \langle p, c_j \rangle}, \qquad \sum_j |s_j|^2 = 1

    - :math:`p`: the pixel, its coordinates from -1 to 1; :math:`c_j`: the coil's place, at distance 1.2 from the middle;
    - :math:`w`: how far a coil sees. The normalisation makes :math:`\|A\| \le 1`.

    A stand-in for measured sensitivities: as smooth as they are, but no solution of Maxwell's equations.

    :param count: J, the number of coils.
    :param shape: (H, W) in pixels.
    :param width: w.
    :returns: complex64, (J, H, W).
    :raises ValueError: for a count or shape that is none, or a width that is not positive.
    """
    arguments.counts(1, count=count)
    rows, columns = arguments.grid(shape)
    arguments.positive(width=width)
    down, across = torch.linspace(-1, 1, rows)[:, None], torch.linspace(-1, 1, columns)
    angles = [2 * math.pi * j / count for j in range(count)]
    places = [(1.2 * math.sin(angle), 1.2 * math.cos(angle)) for angle in angles]
    logarithms = torch.stack([-((down - a) ** 2 + (across - b) ** 2) / (2 * width**2) for a, b in places])
    moduli = torch.exp(logarithms - logarithms.amax(0))  # the largest is 1: no underflow for narrow coils
    phases = torch.stack([a * down + b * across for a, b in places])
    return torch.polar(moduli / moduli.norm(dim=0), phases)
