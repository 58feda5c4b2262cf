"""Learned filters of cliques: over one patch or a stack of similar ones, and rank-one ones that run as two passes."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import dct_basis
from mddl_lib.restoration.range_field import cliques
from mddl_lib.restoration.range_field.cliques import extend, fold_back


def stack_basis(count: int, size: int) -> Tensor:
    r"""The orthonormal cosine basis of stacks of ``count`` patches, without the constant: (count · size² − 1, count, size, size).

    .. math:: B_{(a,m)} = d_a \otimes B_m

    - :math:`d_a`: cosines along the stack (a = 0: all patches alike; a > 0: differences between them);
    - :math:`B_m`: cosines over the patch; m = 0 is the patch's mean, which a stack's differences may have.

    With one patch it is :func:`mddl_lib.core.filters.dct_basis`.
    """
    arguments.counts(1, count=count, size=size)
    n = torch.arange(count, dtype=torch.float64)
    along = math.sqrt(2 / count) * torch.cos(math.pi * (2 * n[None, :] + 1) * n[:, None] / (2 * count))
    along[0] = math.sqrt(1 / count)
    flat = torch.full((1, size, size), 1 / size, dtype=torch.float64)
    over = torch.cat([flat, dct_basis(size, torch.float64)])
    basis = along[:, None, :, None, None] * over[None, :, None]
    return basis.flatten(0, 1)[1:].to(torch.get_default_dtype())


class StackFilters(nn.Module):
    r"""L filters of unit length over stacks of M patches, written in the cosine basis.

    .. math:: f_l = \frac{\sum_m c_{l,m} B_m}{\|c_l\|}

    A constant image gives no response, whatever is learned.

    :param channels: L, at most M s² − 1; as made, the first L of the basis.
    :param matches: M, 1 for local filters.
    :raises ValueError: for more filters than the basis has.
    """

    basis: Tensor

    def __init__(self, channels: int, size: int = 5, matches: int = 1) -> None:
        super().__init__()
        arguments.counts(1, channels=channels, size=size, matches=matches)
        basis = stack_basis(matches, size)
        if not 1 <= channels <= len(basis):
            raise ValueError(f"channels is {channels}: expected 1 … {len(basis)}, the size of the basis")
        self.register_buffer("basis", basis, persistent=False)
        self.coefficients = nn.Parameter(torch.eye(channels, len(basis)))

    def kernel(self) -> Tensor:
        """The filters, (L, M, s, s)."""
        unit = self.coefficients / torch.linalg.vector_norm(self.coefficients, dim=1, keepdim=True)
        return (unit @ self.basis.flatten(1)).view(-1, *self.basis.shape[1:])

    def forward(self) -> Tensor:
        """The filters, (L, M, s, s)."""
        return self.kernel()

    @staticmethod
    def analyse(x: Tensor, kernel: Tensor, matches: Tensor | None = None) -> Tensor:
        """Their responses at every clique, see :func:`mddl_lib.restoration.range_field.cliques.analyse`."""
        return cliques.analyse(x, kernel, matches)

    @staticmethod
    def synthesise(z: Tensor, kernel: Tensor, matches: Tensor | None = None) -> Tensor:
        """The adjoint of :meth:`analyse`."""
        return cliques.synthesise(z, kernel, matches)

    @torch.no_grad()
    def set_constants(self) -> None:
        """The first L filters of the basis."""
        self.coefficients.copy_(torch.eye(*self.coefficients.shape))


class SeparableFilters(nn.Module):
    r"""L rank-one filters, a column times a row, each of unit length: :math:`f_l = u_l v_l^T`.

    A filter of s × s numbers costs 2 s products a pixel instead of s². As made they are the cosine filters, which are
    separable.

    :param channels: L, at most s² − 1.
    :raises ValueError: for more filters than that.

    Source: separable filter banks of the non-local range model, Sun, Tappen, TIP 2013.
    """

    def __init__(self, channels: int, size: int = 5, matches: int = 1) -> None:
        super().__init__()
        arguments.counts(1, channels=channels, size=size, matches=matches)
        if matches != 1 or not 1 <= channels <= size * size - 1:
            raise ValueError(
                f"channels={channels}, matches={matches}: separable filters act on one patch, 1 … {size * size - 1} of them"
            )
        self.columns = nn.Parameter(torch.empty(channels, size))
        self.rows = nn.Parameter(torch.empty(channels, size))
        self.set_constants()

    def kernel(self) -> tuple[Tensor, Tensor]:
        """Columns and rows of unit length, (L, s) each."""
        return tuple(v / torch.linalg.vector_norm(v, dim=1, keepdim=True) for v in (self.columns, self.rows))

    def forward(self) -> Tensor:
        """The filters, (L, 1, s, s)."""
        columns, rows = self.kernel()
        return (columns[:, :, None] * rows[:, None, :])[:, None]

    @staticmethod
    def analyse(x: Tensor, kernel: tuple[Tensor, Tensor], matches: Tensor | None = None) -> Tensor:
        """Their responses at every pixel: down the columns first, then along the rows."""
        columns, rows = kernel
        down = F.conv2d(extend(x, columns.shape[1] // 2), columns[:, None, :, None])
        return F.conv2d(down, rows[:, None, None, :], groups=len(rows))

    @staticmethod
    def synthesise(z: Tensor, kernel: tuple[Tensor, Tensor], matches: Tensor | None = None) -> Tensor:
        """The adjoint of :meth:`analyse`."""
        columns, rows = kernel
        along = F.conv_transpose2d(z, rows[:, None, None, :], groups=len(rows))
        return fold_back(F.conv_transpose2d(along, columns[:, None, :, None]), columns.shape[1] // 2)

    @torch.no_grad()
    def set_constants(self) -> None:
        """The first L cosine filters."""
        channels, size = self.columns.shape
        filters = dct_basis(size)[:channels]
        # of a rank-one filter, the column and the row where its largest entry stands are its factors
        place = filters.flatten(1).abs().argmax(1)
        every = torch.arange(channels)
        for factor, vectors in (
            (self.columns, filters[every, :, place % size]),
            (self.rows, filters[every, place // size]),
        ):
            factor.copy_(vectors / torch.linalg.vector_norm(vectors, dim=1, keepdim=True))
        sign = torch.einsum("li,lj,lij->l", self.columns, self.rows, filters).sign()
        self.columns.mul_(sign[:, None].to(self.columns.dtype))
