"""Coded diffraction: a mask of random phases before the lens, some of the pixels of its diffraction pattern."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import conjugate_gradients
from mddl_lib.core.physics import MaskedFourier


class CodedDiffraction(nn.Module):
    r"""Some Fourier coefficients of the image behind a phase mask, :math:`A x = m \circ F (\varphi \circ x)`.

    - :math:`\varphi`: phases, :math:`|\varphi| = 1`, (H, W); :math:`F`: the unitary Fourier transform;
    - :math:`m`: zeros and ones, which coefficients are kept.

    **Complex images** (``real=False``): the rows that are kept are orthonormal, and Proposition 2 (2) of the talk gives

    .. math:: (A^H A + p)^{-1} = \tfrac1p \bigl(I - \tfrac{1}{1+p} A^H A\bigr).

    **Real images**: the adjoint with respect to :math:`\mathrm{Re}\langle\cdot,\cdot\rangle` is :math:`\mathrm{Re}\,A^H`, and
    :math:`\mathrm{Re}\,A^H A` is no projection. There is no closed form then; :meth:`solve_normal` uses conjugate gradients. The
    paper takes the real part of the complex solution.

    :param phases: φ, complex, (H, W).
    :param mask: m, (H, W).
    :raises ValueError: for phases of another modulus than 1, or shapes that differ.

    Source: Candès, Li, Soltanolkotabi 2015; Yang, Sun, Li, Xu, ADMM-CSNet, PAMI 2020.
    """

    phases: Tensor

    def __init__(self, phases: Tensor, mask: Tensor, real: bool = True) -> None:
        super().__init__()
        arguments.tensors(phases=phases)
        self.fourier = MaskedFourier(mask, real=False)
        if tuple(phases.shape) != self.fourier.shape:
            raise ValueError(f"phases have the shape {tuple(phases.shape)}: expected {self.fourier.shape}, the mask's")
        if not phases.is_complex() or not bool(
            torch.isclose(phases.abs(), torch.ones(()).to(phases.abs()), atol=1e-4).all()
        ):
            raise ValueError(
                f"phases are {phases.dtype} and not all of modulus 1: expected exp(i angle) at every pixel"
            )
        self.real = real
        self.register_buffer("phases", phases.to(torch.complex128) / phases.abs().double(), persistent=False)

    @classmethod
    def random(cls, shape: tuple[int, int], number: int, seed: int = 0, real: bool = True) -> CodedDiffraction:
        """Even phases and ``number`` of the coefficients, [0, 0] among them, drawn from a seed.

        :raises ValueError: for more coefficients than pixels.
        """
        height, width = arguments.grid(shape)
        arguments.counts(1, number=number)
        arguments.counts(0, seed=seed)
        if number > height * width:
            raise ValueError(f"number is {number}: expected at most {height * width} coefficients")
        generator = torch.Generator().manual_seed(seed)
        angle = 2 * torch.pi * torch.rand(height, width, dtype=torch.float64, generator=generator)
        mask = torch.zeros(height * width)
        mask[0] = 1
        mask[1 + torch.randperm(height * width - 1, generator=generator)[: number - 1]] = 1
        phases = torch.polar(torch.ones_like(angle), angle)
        return cls(phases, mask.view(height, width), real)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.fourier.shape

    @property
    def ratio(self) -> float:
        """The share of coefficients that is kept."""
        return self.fourier.ratio

    @property
    def numbers_a_coefficient(self) -> int:
        """How many of its unknowns a coefficient tells: of real images two, its real and its imaginary part."""
        return 2 if self.real else 1

    def A(self, x: Tensor) -> Tensor:
        """m ∘ F(φ ∘ x): images (B, C, H, W) to complex (B, C, H, W), zero where nothing is kept.

        :raises ValueError: for images of another shape or kind.
        """
        arguments.tensors(**{"the image": x})
        if self.real and x.is_complex():
            raise ValueError(
                "the image is complex, and this physics has real images: expected real=False, or a real tensor"
            )
        if x.ndim != 4 or tuple(x.shape[-2:]) != self.shape:
            raise ValueError(f"the image has the shape {tuple(x.shape)}: expected (batch, channel, *{self.shape})")
        return self.fourier.A(self._phases(x) * x)

    def A_adjoint(self, y: Tensor) -> Tensor:
        """φ̄ ∘ Fᴴ(m ∘ y), its real part for real images.

        :raises ValueError: for measurements of another shape or kind.
        """
        image = self.fourier.A_adjoint(y)
        image = self._phases(image).conj() * image
        return image.real if self.real else image

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float) -> Tensor:
        r""":math:`\arg\min_x \tfrac\gamma2\|Ax-y\|^2 + \tfrac12\|x-z\|^2`.

        :raises ValueError: for a γ that is not positive.
        """
        arguments.positive(gamma=gamma)
        return self.solve_normal(self.A_adjoint(y) + z / gamma, 1 / gamma)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        """x with (AᴴA + p) x = b: the closed form for complex images, conjugate gradients for real ones.

        :param penalty: p, a number above 0.
        :raises ValueError: for another p.
        """
        if isinstance(penalty, Tensor) and penalty.ndim:
            raise ValueError(f"the penalty has the shape {tuple(penalty.shape)}: expected a number")
        arguments.positive(penalty=penalty)
        if not self.real:
            return (right - self.A_adjoint(self.A(right)) / (1 + penalty)) / penalty
        # eigenvalues of Re AᴴA lie in [0, 1]: few turns, however many pixels there are
        return conjugate_gradients(
            lambda x: self.A_adjoint(self.A(x)) + penalty * x, right,
            iterations=500, tolerance=10 * torch.finfo(right.dtype).eps,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"shape={self.shape}, ratio={self.ratio:.4f}, real={self.real}"

    def _phases(self, x: Tensor) -> Tensor:
        return self.phases.to(torch.promote_types(x.dtype, torch.complex64))
