"""Operators that keep some coefficients of an orthonormal transform: A Aᴴ = I, so each has Proposition 2's second closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments


class OrthonormalRows(nn.Module):
    r"""M rows of an orthonormal transform of all pixels, :math:`A = P T`.

    .. math:: A A^H = P T T^H P^H = I_M

    - :math:`T`: the transform of the N pixels, :math:`T^H T = T T^H = I`; a subclass gives it. Here it is I, and pixels are
      sampled;
    - :math:`P`: keeps the coefficients at ``rows``.

    **Proposition 2 (2)** of the talk, for :math:`A A^H = I` and :math:`p > 0`:

    .. math:: (A^H A + p)^{-1} = \frac1p \Bigl( I - \frac{1}{1 + p} A^H A \Bigr)

    Multiply by :math:`A^H A + p` and use :math:`A^H A A^H A = A^H A`. So :meth:`solve_normal` costs one A and one Aᴴ.

    :param shape: height and width of the images.
    :param rows: which coefficients are kept, whole numbers below H · W, each once; or their number, drawn at random.
    :param seed: of that draw.
    :param keep_mean: whether the coefficient of the mean, row 0, is always among those drawn; False: never.
    :raises ValueError: for rows that are none.

    Source: the talk, "Proposition 2"; Yang, Sun, Li, Xu, ADMM-CSNet, PAMI 2020.
    """

    rows: Tensor

    def __init__(self, shape: tuple[int, int], rows: Tensor | int, seed: int = 0, keep_mean: bool = True) -> None:
        super().__init__()
        self.shape = arguments.grid(shape)
        pixels = math.prod(self.shape)
        arguments.counts(0, seed=seed)
        if not isinstance(rows, Tensor):
            arguments.counts(1, rows=rows)
            rows = drawn_rows(pixels, rows, seed, keep_mean)
        if (
            rows.ndim != 1
            or rows.is_floating_point()
            or not len(rows)
            or not 0 <= int(rows.min()) <= int(rows.max()) < pixels
        ):
            raise ValueError(
                f"rows have the shape {tuple(rows.shape)}: expected whole numbers from 0 to {pixels - 1}, one a coefficient"
            )
        if len(rows.unique()) != len(rows):
            raise ValueError("rows holds a number twice: expected each coefficient once, or A Aᴴ is not I")
        self.register_buffer("rows", rows.clone(), persistent=False)

    def transform(self, x: Tensor) -> Tensor:
        """T: pixels (B, C, N) to coefficients (B, C, N)."""
        return x

    def inverse(self, c: Tensor) -> Tensor:
        """Tᴴ: coefficients (B, C, N) to pixels."""
        return c

    @property
    def ratio(self) -> float:
        """M / N."""
        return len(self.rows) / math.prod(self.shape)

    def A(self, x: Tensor) -> Tensor:
        """P T x: images (B, C, H, W) to measurements (B, C, M).

        :raises ValueError: for images of another shape, or with NaN or infinity.
        """
        self._check_image(x, "the image")
        return self.transform(x.flatten(-2))[..., self.rows]

    def A_adjoint(self, y: Tensor) -> Tensor:
        """Tᴴ Pᴴ y: measurements (B, C, M) to images.

        :raises ValueError: for measurements of another shape, or with NaN or infinity.
        """
        arguments.tensors(**{"the measurement": y})
        if y.ndim != 3 or y.shape[-1] != len(self.rows):
            raise ValueError(
                f"the measurement has the shape {tuple(y.shape)}: expected (batch, channel, {len(self.rows)})"
            )
        if not y.requires_grad:
            arguments.finite("the measurement", y)
        c = y.new_zeros(*y.shape[:2], math.prod(self.shape))
        c[..., self.rows] = y
        return self.inverse(c).unflatten(-1, self.shape)

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float) -> Tensor:
        r""":math:`\arg\min_x \tfrac\gamma2\|Ax-y\|^2 + \tfrac12\|x-z\|^2 = z + \frac{\gamma}{1+\gamma} A^H (y - A z)`.

        :raises ValueError: for a γ that is not positive.
        """
        arguments.positive(gamma=gamma)
        return z + gamma / (1 + gamma) * self.A_adjoint(y - self.A(z))

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        """x with (AᴴA + p) x = b, by the closed form above.

        :param right: b, images (B, C, H, W).
        :param penalty: p, a number above 0.
        :raises ValueError: for another p: no transform diagonalises it together with AᴴA.
        """
        if isinstance(penalty, Tensor) and penalty.ndim:
            raise ValueError(
                f"the penalty has the shape {tuple(penalty.shape)}: expected a number; a spectrum has no closed form here, "
                "conjugate gradients would serve"
            )
        arguments.positive(penalty=penalty)
        return (right - self.A_adjoint(self.A(right)) / (1 + penalty)) / penalty

    def extra_repr(self) -> str:
        return f"shape={self.shape}, ratio={self.ratio:.4f}"

    def _check_image(self, x: Tensor, what: str) -> None:
        arguments.tensors(**{what: x})
        if x.ndim != 4 or tuple(x.shape[-2:]) != self.shape:
            raise ValueError(
                f"{what} has the shape {tuple(x.shape)}: expected (batch, channel, {self.shape[0]}, {self.shape[1]})"
            )
        if not x.requires_grad:
            arguments.finite(what, x)


def drawn_rows(pixels: int, number: int, seed: int = 0, keep_mean: bool = True) -> Tensor:
    """``number`` of the coefficients, sorted: row 0, that of the mean, and others at random; or others alone.

    :raises ValueError: for more than there are.
    """
    arguments.counts(1, pixels=pixels, number=number)
    arguments.counts(0, seed=seed)
    if number > pixels - (not keep_mean):
        raise ValueError(f"number is {number}: expected at most {pixels - (not keep_mean)} rows of {pixels}")
    others = 1 + torch.randperm(pixels - 1, generator=torch.Generator().manual_seed(seed))
    chosen = torch.cat([torch.zeros(1, dtype=torch.int64), others[: number - 1]]) if keep_mean else others[:number]
    return chosen.sort().values
