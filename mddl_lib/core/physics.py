"""Measurement models: a forward operator, its adjoint, and the solves that it has in closed form.

The convention is DeepInverse's: ``A``, ``A_adjoint``, ``prox_l2(z, y, gamma)``; tensors are (batch, channel, height,
width). So these operators drop into its solvers, and its operators on images of one channel (blur, inpainting) into our networks;
a test runs both with DeepInverse itself. Its MRI keeps real and imaginary parts as two channels, which our networks refuse in words:
``MaskedFourier(mask, real=False)`` is that measurement with one complex channel, the zero frequency at [0, 0].

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.masks import checked, mirrored


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

    :param mask: (H, W), zeros and ones; it is copied.
    :param real: whether images are real (the talk's experiments) or complex (what a scanner gives).
    :raises ValueError: for a mask that is not two-dimensional, holds other values than 0 and 1, or is all zero.

    Source: the talk, "A basic compressive sensing (CS) model".
    """

    mask: Tensor

    def __init__(self, mask: Tensor, real: bool = True) -> None:
        super().__init__()
        mask = checked(mask)
        self.real = real
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
        """m ∘ Fx: image (B, C, H, W) to k-space (B, C, H, W), complex, zero where nothing is sampled.

        :raises ValueError: for an image of another shape or kind, on another device, or with NaN or infinity.
        """
        self._check_image(x, "the image")
        return self.mask * torch.fft.fft2(x, norm="ortho")

    def A_adjoint(self, y: Tensor) -> Tensor:
        """Fᴴ(m ∘ y), its real part for real images: k-space to the zero-filled image.

        :raises ValueError: for a measurement of another shape, one that is not complex, on another device, or with NaN or
            infinity.
        """
        self._check_shape(y, "the measurement")
        if not y.is_complex():
            raise ValueError(
                f"the measurement is {y.dtype}, and k-space is complex: expected what A(image) returns. A pair of channels "
                "with real and imaginary part becomes one by torch.complex(real, imaginary)"
            )
        arguments.finite("the measurement", y, "no image can be reconstructed from it")
        image = torch.fft.ifft2(self.mask * y, norm="ortho")
        return image.real if self.real else image

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float | Tensor) -> Tensor:
        r"""The proximal operator of the data term, in closed form.

        .. math:: \arg\min_x \tfrac{\gamma}{2}\|A x - y\|^2 + \tfrac12\|x - z\|^2
                  = (\gamma A^H A + I)^{-1} (\gamma A^H y + z)

        :param z: an image, (B, C, H, W).
        :param gamma: γ, positive.
        :raises ValueError: for a γ that is not positive, and as :meth:`A_adjoint` and :meth:`solve_normal` do.
        """
        if isinstance(gamma, Tensor):
            if not bool((gamma > 0).all()):
                raise ValueError(f"gamma holds {float(gamma.detach().min())}: expected positive numbers")
        else:
            arguments.positive(gamma=gamma)
        self._check_image(z, "z")
        return self.solve_normal(self.A_adjoint(y) + z / gamma, 1 / gamma)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        r"""x with :math:`(A^H A + F^H \mathrm{diag}(p) F)\, x = b`, by one pair of transforms.

        .. math:: x = F^H \frac{F b}{\bar m + p}

        Proposition 2 (1) of the talk: the transform diagonalises both terms. Denominators of zero become 1e-6, as in
        the authors' code.

        :param right: b, an image (B, C, H, W).
        :param penalty: p, a number or a spectrum: (H, W//2 + 1) for real images, (H, W) for complex ones.
        :raises ValueError: for a right-hand side of another shape or kind, or with NaN or infinity; for a penalty below 0,
            or a spectrum of another shape.
        """
        self._check_image(right, "the right-hand side")
        if not isinstance(penalty, Tensor):
            arguments.not_negative(penalty=penalty)
        elif penalty.ndim >= 2 and penalty.shape[-2:] != self.gram.shape:
            kind = "half grid, for real images" if self.real else "full grid, for complex images"
            raise ValueError(
                f"the penalty has the shape {tuple(penalty.shape)}: expected a number or {tuple(self.gram.shape)}, the {kind}"
            )
        denominator = self.gram.to(right.real.dtype) + penalty  # a double stays a double
        denominator = denominator.masked_fill(denominator == 0, 1e-6)
        if self.real:
            return torch.fft.irfft2(_divided(torch.fft.rfft2(right), denominator), s=self.shape)
        return torch.fft.ifft2(_divided(torch.fft.fft2(right), denominator))

    def _check_image(self, x: Tensor, what: str) -> None:
        self._check_shape(x, what)
        if self.real and x.is_complex():
            raise ValueError(
                f"{what} is complex, and this physics has real images: expected a real tensor, or "
                "MaskedFourier(mask, real=False)"
            )
        if not x.requires_grad:  # a training judges by itself whether it diverged
            arguments.finite(what, x)

    def _check_shape(self, tensor: Tensor, what: str) -> None:
        arguments.tensors(**{what: tensor})
        if tensor.ndim != 4 or tuple(tensor.shape[-2:]) != self.shape:
            raise ValueError(
                f"{what} has the shape {tuple(tensor.shape)}: expected (batch, channel, {self.shape[0]}, "
                f"{self.shape[1]}), the mask's height and width"
            )
        if tensor.device != self.mask.device:
            raise ValueError(
                f"{what} lies on {tensor.device}, the physics on {self.mask.device}: expected one device; "
                f"physics.to({str(tensor.device)!r}) moves it"
            )

    def extra_repr(self) -> str:
        return f"shape={self.shape}, ratio={self.ratio:.4f}, real={self.real}"


def _divided(spectrum: Tensor, denominator: Tensor) -> Tensor:
    """Complex by real, as two real quotients: torch would make the real one complex first."""
    return torch.view_as_complex(torch.view_as_real(spectrum) / denominator[..., None])
