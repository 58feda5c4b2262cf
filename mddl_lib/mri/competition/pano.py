"""PANO: groups of similar patches, found in a guide image, are sparse in a three-dimensional Haar transform.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.collaborative_filter import GroupTransform, haar_matrix
from mddl_lib.core.normal_equations import zero_filled
from mddl_lib.core.patches import match
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ADMMState
from mddl_lib.models.tight_frame import FrameTurn
from mddl_lib.mri.competition.sidwt import sidwt


class PatchGroups:
    r"""The patch-based nonlocal operator of one set of matches: W x, and the average :math:`W^{+}`.

    .. math:: (W x)_g = (H \otimes H \otimes H)\, E_g x, \qquad
              W^{+} c = \Bigl(\sum_g E_g^T E_g\Bigr)^{-1} \sum_g E_g^T (H \otimes H \otimes H)^T c_g

    - :math:`E_g x`: the k similar patches of group g; :math:`H`: orthonormal Haar transforms.

    Always :math:`W^{+} W = I`. The frame is tight, :math:`W^{+} \propto W^T`, exactly when every pixel lies in the same
    number of patches: for groups of one patch, on a grid whose step divides the patch's side. With k > 1 a pixel that
    resembles many others lies in more patches than the rest; then W⁺ is the pseudo-inverse, not the transpose, and
    :class:`~mddl_lib.models.tight_frame.FrameTurn` solves its x step only up to that difference (the paper does so too).

    :param matches: (groups, k), as :func:`~mddl_lib.core.patches.match` returns them.
    :param shape: the image's height and width.
    :param size: of a patch, a power of two.

    Source: Qu, Hou, Lam, Guo, Zhong, Chen 2014.
    """

    def __init__(self, matches: Tensor, shape: tuple[int, int], size: int = 8) -> None:
        self.transform = GroupTransform(matches, haar_matrix(size), shape)
        self.share = 1 / self.transform.coverage()

    def analyse(self, x: Tensor) -> Tensor:
        """W x: (1, 1, H, W) to (k, groups, size²)."""
        return self.transform.analyse(x)

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """W⁺ c: (k, groups, size²) to (1, 1, H, W)."""
        return self.transform.synthesise(coefficients) * self.share.to(coefficients)


class PANOState(NamedTuple):
    """What PANO remembers between two turns: ADMM's variables, and the groups."""

    estimate: Tensor
    """x, (1, 1, H, W)"""
    split: Tensor | None
    """z, the coefficients after shrinkage, (k, groups, size²)"""
    multiplier: Tensor | None
    """β, as z"""
    zero_filled: Tensor
    """Aᴴy, computed once, (1, 1, H, W)"""
    groups: PatchGroups | None
    """W; None at the start, where nothing has been matched"""


class Guide(nn.Module):
    """Start from another method's reconstruction: similar patches are looked for in it."""

    def __init__(self, method: nn.Module) -> None:
        super().__init__()
        arguments.callables(method=method)
        self.method = method

    def forward(self, y: Tensor, physics: Any) -> PANOState:
        return PANOState(self.method(y, physics), None, None, zero_filled(y, physics), None)


class PANOTurn(nn.Module):
    r"""One turn of ADMM on :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_g \|(Wx)_g\|_1`; before it, where due, new groups.

    The turn itself is :class:`~mddl_lib.models.tight_frame.FrameTurn` on :class:`PatchGroups`. New groups make a new energy:
    W is that of the present estimate, and the multipliers begin at zero again.

    :param weight: λ.
    :param penalty: ρ.
    :param rematch: search the present estimate, the new guide.
    :param size: of a patch.
    :param step: of the grid of references, a divisor of ``size``.
    :param radius: of the window,
        2 · radius + 1 pixels wide.
    :param count: patches a group, a power of two.
    :raises ValueError: for a weight or penalty that is not positive.

    Source: Qu et al. 2014.
    """

    def __init__(
        self,
        weight: float,
        penalty: float,
        rematch: bool = False,
        size: int = 8,
        step: int = 4,
        radius: int = 19,
        count: int = 8,
    ) -> None:
        super().__init__()
        arguments.positive(weight=weight, penalty=penalty)
        arguments.counts(1, size=size, step=step, count=count)
        arguments.counts(0, radius=radius)
        self.weight, self.penalty, self.rematch = weight, penalty, rematch
        self.size, self.step, self.radius, self.count = size, step, radius, count

    def forward(self, state: PANOState, y: Tensor, physics: Any) -> PANOState:
        if self.rematch or state.groups is None:
            matches = match(state.estimate, self.size, self.step, self.radius, self.count)
            shape = (state.estimate.shape[-2], state.estimate.shape[-1])
            state = state._replace(split=None, multiplier=None, groups=PatchGroups(matches, shape, self.size))
        turn = FrameTurn(state.groups, self.weight, self.penalty, soft_but_means)
        return PANOState(*turn(ADMMState(*state[:4]), y, physics), state.groups)

    def extra_repr(self) -> str:
        return f"weight={self.weight}, penalty={self.penalty}, rematch={self.rematch}"


def soft_but_means(coefficients: Tensor, threshold: float) -> Tensor:
    r"""Soft shrinkage of all coefficients but each group's mean, which is not sparse: (k, groups, size²).

    :raises ValueError: for coefficients of another shape, or a threshold below 0.
    """
    arguments.tensors(coefficients=coefficients)
    if coefficients.ndim != 3:
        raise ValueError(f"the coefficients have the shape {tuple(coefficients.shape)}: expected (k, groups, size²)")
    shrunk = soft(coefficients, threshold)
    shrunk[0, :, 0] = coefficients[0, :, 0]
    return shrunk


def pano(
    weight: float, penalty: float | None = None, guide: nn.Module | None = None, turns: int = 40, updates: int = 2
) -> Unrolled:
    r"""PANO, sparsity of groups of 8 similar patches of 8 × 8 pixels: :class:`PANOTurn`, K times.

    :param weight: λ for images in [0, 1] and the unitary transform.
    :param penalty: ρ, 20 λ when not given.
    :param guide: the network whose reconstruction is matched first; shift-invariant wavelets when not given.
    :param turns: K.
    :param updates: how often, at equal distances, the estimate becomes the new guide.
    :raises ValueError: for a weight or penalty that is not positive, or more updates than turns.

    Source: Qu, Hou, Lam, Guo, Zhong, Chen 2014 ("Magnetic resonance image
    reconstruction from undersampled measurements using a patch-based nonlocal operator"); the solver is ours, ADMM.
    """
    arguments.counts(0, turns=turns, updates=updates)
    arguments.positive(weight=weight)
    if not 0 <= updates < turns:
        raise ValueError(f"updates is {updates}: expected 0 … {turns - 1}, fewer than the {turns} turns")
    penalty = 20 * weight if penalty is None else penalty
    due = {1 + turns * update // (updates + 1) for update in range(updates + 1)}
    start = Guide(sidwt(1e-4, 2e-3) if guide is None else guide)
    return Unrolled.untied(start, lambda k: PANOTurn(weight, penalty, rematch=k in due), turns)
