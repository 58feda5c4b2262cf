"""Measurement models: a forward operator, its adjoint, and the two solves that the algorithms need.

The convention is DeepInverse's: ``A``, ``A_adjoint``, ``prox_l2(z, y, gamma)``; tensors are (batch, channel, height,
width). So these operators drop into its solvers, and its operators into our networks.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core.masks import mirrored


class MaskedFourier(nn.Module):
    r"""Sampled k-space: :math:`A = P F`.

    .. math:: A x = m \circ F x, \qquad A^H y = F^H (m \circ y)

    - :math:`F`: the **unitary** two-dimensional discrete Fourier transform, :math:`F^H F = I`. The paper's transform is
      unnormalised, :math:`\sqrt{HW}\,F`: its measurements are :math:`\sqrt{HW}` times ours, and the weight of its data
      term :math:`HW` times ours. The estimates are the same.
    - :math:`m`: the mask of zeros and ones, (H, W), DC at [0, 0]; :math:`P` keeps what it marks.

    **Real images** (``real=True``): the unknown is a real vector, so the adjoint with respect to
    :math:`\mathrm{Re}\langle\cdot,\cdot\rangle` is :math:`\mathrm{Re}\, F^H (m\circ y)`, and

    .. math:: A^H A = F^H \bar m F, \qquad \bar m(k) = \tfrac12\bigl(m(k) + m(-k)\bigr).

    For a Hermitian-symmetric mask (every radial mask) :math:`\bar m = m`, and taking the real part of the complex
    solution is exact. For other masks (Cartesian, random) it is not, and the solves here use :math:`\bar m`.

    :param mask: (H, W), zeros and ones.
    :param real: whether images are real (the talk's experiments) or complex (what a scanner gives).
    :raises ValueError: for a mask that is not two-dimensional, holds other values than 0 and 1, or is all zero.

    Source: the talk, "A basic compressive sensing (CS) model".
    """

    mask: Tensor

    def __init__(self, mask: Tensor, real: bool = True) -> None:
        super().__init__()
        mask = torch.as_tensor(mask)
        if mask.ndim != 2:
            raise ValueError(f"the mask has the shape {tuple(mask.shape)}: expected (height, width)")
        values = torch.unique(mask).tolist()
        if not set(values) <= {0, 1}:
            raise ValueError(f"the mask holds the values {values[:5]}: expected zeros and ones")
        if not mask.any():
            raise ValueError("the mask is all zero: it samples nothing, and no image can be reconstructed from it")
        self.real = real
        mask = mask.to(torch.float32)
        self.register_buffer("mask", mask, persistent=False)
        gram = (mask + mirrored(mask)) / 2 if real else mask
        # the half grid that rfft2 fills is enough for real images
        self.register_buffer("gram", gram[:, : mask.shape[1] // 2 + 1] if real else gram, persistent=False)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of image and k-space."""
        return self.mask.shape[0], self.mask.shape[1]

    @property
    def ratio(self) -> float:
        """The share of k-space that is sampled."""
        return float(self.mask.mean())

    def A(self, x: Tensor) -> Tensor:
        """m ∘ Fx: image (B, C, H, W) to k-space (B, C, H, W), complex, zero where nothing is sampled."""
        self._check(x, "image")
        return self.mask * torch.fft.fft2(x, norm="ortho")

    def A_adjoint(self, y: Tensor) -> Tensor:
        """Fᴴ(m ∘ y), its real part for real images: k-space to the zero-filled image.

        :raises ValueError: for a measurement with NaN or infinity, or of another shape than the mask's.
        """
        self._check(y, "measurement")
        if not bool(torch.isfinite(y).all()):
            raise ValueError("the measurement holds NaN or infinity: no image can be reconstructed from it")
        image = torch.fft.ifft2(self.mask * y, norm="ortho")
        return image.real if self.real else image

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float | Tensor) -> Tensor:
        r"""The proximal operator of the data term, in closed form.

        .. math:: \arg\min_x \tfrac{\gamma}{2}\|A x - y\|^2 + \tfrac12\|x - z\|^2
                  = (\gamma A^H A + I)^{-1} (\gamma A^H y + z)
        """
        return self.solve_normal(self.A_adjoint(y) + z / gamma, 1 / gamma)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        r"""x with :math:`(A^H A + F^H \mathrm{diag}(p) F)\, x = b`, by one pair of transforms.

        .. math:: x = F^H \frac{F b}{\bar m + p}

        Proposition 2 (1) of the talk: the transform diagonalises both terms. Denominators of zero become 1e-6, as in
        the authors' code.

        :param right: b, an image (B, C, H, W).
        :param penalty: p, a number or a spectrum: (H, W//2 + 1) for real images, (H, W) for complex ones.
        """
        self._check(right, "right-hand side")
        denominator = self.gram.to(right.real.dtype) + penalty  # a double stays a double
        denominator = denominator.masked_fill(denominator == 0, 1e-6)
        if self.real:
            return torch.fft.irfft2(_divided(torch.fft.rfft2(right), denominator), s=self.shape)
        return torch.fft.ifft2(_divided(torch.fft.fft2(right), denominator))

    def _check(self, tensor: Tensor, what: str) -> None:
        if tensor.ndim != 4 or tuple(tensor.shape[-2:]) != self.shape:
            raise ValueError(
                f"the {what} has the shape {tuple(tensor.shape)}: expected (batch, channel, {self.shape[0]}, "
                f"{self.shape[1]}), the mask's height and width"
            )

    def extra_repr(self) -> str:
        return f"shape={self.shape}, ratio={self.ratio:.4f}, real={self.real}"


def _divided(spectrum: Tensor, denominator: Tensor) -> Tensor:
    """Complex by real, as two real quotients: torch would make the real one complex first."""
    return torch.view_as_complex(torch.view_as_real(spectrum) / denominator[..., None])


def solve_normal(
    physics: Any, right: Tensor, penalty: float | Tensor, iterations: int = 100, tolerance: float = 1e-6
) -> Tensor:
    r"""x with :math:`(A^H A + \mathrm{penalty})\, x = b`.

    Closed form where the physics has one (its own ``solve_normal``; Proposition 2 of the talk), conjugate gradients
    elsewhere.

    :param penalty: a positive number, or, on the half grid of ``rfft2`` or the full grid of ``fft2``, the spectrum of an
        operator that the Fourier transform diagonalises.
    :param iterations: the most turns of conjugate gradients.
    :param tolerance: stop when ‖residual‖ ≤ tolerance · ‖b‖.
    """
    if hasattr(physics, "solve_normal"):
        return physics.solve_normal(right, penalty)

    def penalised(x: Tensor) -> Tensor:
        if not isinstance(penalty, Tensor) or penalty.ndim == 0:
            return penalty * x
        if penalty.shape[-1] != x.shape[-1] and not x.is_complex():
            return torch.fft.irfft2(penalty * torch.fft.rfft2(x), s=x.shape[-2:])
        image = torch.fft.ifft2(penalty * torch.fft.fft2(x))
        return image if x.is_complex() else image.real

    return conjugate_gradients(
        lambda x: physics.A_adjoint(physics.A(x)) + penalised(x), right, iterations=iterations, tolerance=tolerance
    )


def conjugate_gradients(operator: Any, right: Tensor, *, iterations: int = 100, tolerance: float = 1e-6) -> Tensor:
    """Solve ``operator(x) = right`` for a symmetric positive definite operator, each image of the batch on its own."""

    def inner(a: Tensor, b: Tensor) -> Tensor:
        return (a.conj() * b).real.sum(dim=tuple(range(1, a.ndim)), keepdim=True)

    x, residual = torch.zeros_like(right), right
    direction, energy = residual, inner(residual, residual)
    goal = tolerance**2 * energy
    for _ in range(iterations):
        if bool((energy <= goal).all()):
            break
        image = operator(direction)
        step = energy / inner(direction, image).clamp_min(torch.finfo(energy.dtype).tiny)
        x, residual = x + step * direction, residual - step * image
        energy, before = inner(residual, residual), energy
        direction = residual + energy / before.clamp_min(torch.finfo(energy.dtype).tiny) * direction
    return x
