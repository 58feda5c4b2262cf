"""NLR-CS: groups of similar patches have low rank; shrink their singular values, then agree with the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import conjugate_gradients, zero_filled
from mddl_lib.core.patches import match, patch_index, put, take


class LowRankGroups:
    r"""Non-local low-rank regularisation, one image at a time.

    .. math:: \min_{x, L_g} \tfrac12\|A x - y\|^2 + \tfrac{\eta}{2} \sum_g \bigl( \|E_g x - L_g\|^2
              + \kappa \textstyle\sum_j \log(\sigma_j(L_g) + \varepsilon) \bigr)

    - :math:`E_g x`: the k patches of group g, one a row; :math:`\sigma_j`: singular values;
    - **L step**: singular values shrink by a weight that is small where they are large,
      :math:`\sigma_j \leftarrow \max(\sigma_j - \kappa/(\sigma_j + \varepsilon),\ 0)`: one step of reweighting;
    - **x step**: :math:`(A^H A + \eta \sum_g E_g^T E_g)\, x = A^H y + \eta \sum_g E_g^T L_g`, by conjugate gradients.

    The published method writes an ADMM around the x step and begins with a reconstruction by cosine coefficients; ours begins with
    what ``start`` gives, and matches are found anew every ``every`` turns. Patches are 6 × 6, references 3 pixels apart, groups of 45.

    :param start: a method for the first image, such as :class:`~mddl_lib.compressive_imaging.rivals.tval3.TVAL3`.
    :param threshold: κ, in the first turn; it falls by the same factor a turn, to a tenth.
    :param weight: η.
    :raises TypeError: for a start that cannot be called.

    Source: Dong, Shi, Li, Ma, Huang, "Compressive sensing via nonlocal low-rank regularization", 2014.
    """

    def __init__(
        self,
        start: Callable[[Tensor, Any], Tensor],
        threshold: float = 0.02,
        weight: float = 0.05,
        turns: int = 24,
        every: int = 6,
        count: int = 45,
    ) -> None:
        arguments.callables(start=start)
        arguments.positive(threshold=threshold, weight=weight)
        arguments.counts(1, turns=turns, every=every, count=count)
        self.start, self.threshold, self.weight = start, threshold, weight
        self.turns, self.every, self.count = turns, every, count

    @torch.no_grad()
    def __call__(self, y: Tensor, physics: Any) -> Tensor:
        """The reconstruction, (B, 1, H, W); height and width are multiples of 3."""
        return torch.cat([self._one(part, physics) for part in y.split(1)])

    def _one(self, y: Tensor, physics: Any) -> Tensor:
        back = zero_filled(y, physics)
        x = self.start(y, physics)
        shape = (x.shape[-2], x.shape[-1])
        for turn in range(self.turns):
            if turn % self.every == 0:
                index = patch_index(match(_padded(x), 6, 3, 10, self.count), _padded_shape(shape), 6)
                cover = put(torch.ones(index.shape, dtype=x.dtype), index, _padded_shape(shape))
            level = self.threshold * 0.1 ** (turn / max(self.turns - 1, 1))
            low = self._shrunk(take(_padded(x), index), level)
            total = put(low, index, _padded_shape(shape))
            # what was padded by repetition is folded back onto the image, in counts and in sums alike
            counts, sums = _folded(cover, shape), _folded(total, shape)
            right = back + self.weight * sums
            x = conjugate_gradients(
                lambda v, counts=counts: physics.A_adjoint(physics.A(v)) + self.weight * counts * v, right, iterations=30,
                tolerance=1e-4,
            )  # fmt: skip
        return x

    @staticmethod
    def _shrunk(groups: Tensor, level: float) -> Tensor:
        """The groups (N, k, s²) with their singular values shrunk, by the eigenvectors of their smaller Gram matrices."""
        values, vectors = torch.linalg.eigh(groups.mT @ groups)  # (N, s²), (N, s², s²)
        singular = values.clamp_min(0).sqrt()
        shrunk = (singular - level / (singular + 1e-6)).clamp_min(0)
        factors = shrunk / singular.clamp_min(1e-12)
        return (groups @ vectors * factors[:, None]) @ vectors.mT


def _padded_shape(shape: tuple[int, int]) -> tuple[int, int]:
    return shape[0] + -shape[0] % 3, shape[1] + -shape[1] % 3


def _padded(x: Tensor) -> Tensor:
    """Rows and columns from the other side until 3 divides the image's."""
    height, width = _padded_shape((x.shape[-2], x.shape[-1]))
    rows = torch.arange(height, device=x.device) % x.shape[-2]
    columns = torch.arange(width, device=x.device) % x.shape[-1]
    return x[..., rows, :][..., columns]


def _folded(z: Tensor, shape: tuple[int, int]) -> Tensor:
    """The adjoint of :func:`_padded`."""
    rows = torch.arange(z.shape[-2], device=z.device) % shape[0]
    columns = torch.arange(z.shape[-1], device=z.device) % shape[1]
    down = z.new_zeros(*z.shape[:-2], shape[0], z.shape[-1]).index_add(-2, rows, z)
    return down.new_zeros(*down.shape[:-1], shape[1]).index_add(-1, columns, down)
