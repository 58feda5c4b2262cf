"""BM3D-MRI: denoise with BM3D, put the measured k-space back, at a noise level that falls from turn to turn.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.collaborative_filter import GroupTransform, dct_matrix, hard_threshold, principal_components, wiener
from mddl_lib.core.patches import match
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ZeroFilled


class MatchState(NamedTuple):
    """An estimate, and which of its patches are similar."""

    estimate: Tensor
    """x, (1, 1, H, W)"""
    matches: Tensor | None
    """corners of similar patches, (H/step, W/step, k); None before the first turn"""


class BM3DTurn(nn.Module):
    r"""One turn of BM3D-MRI: filter groups of similar patches, then go back to the measurement.

    .. math::
        p &= \mathrm{hard}(x;\ 2.7\,\sigma) \\
        z &= \mathrm{wiener}(x, p;\ 1.5\,\sigma) \\
        x &= z + A^H (y - A z)

    - :math:`\mathrm{hard}`, :math:`\mathrm{wiener}`: the two steps of BM3D
      (:func:`~mddl_lib.core.collaborative_filter.hard_threshold`, :func:`~mddl_lib.core.collaborative_filter.wiener`), on
      the same groups;
    - :math:`\sigma`: the aliasing is treated as noise of this standard deviation.

    The transform of a group is BM3D's DCT in a patch, but along the stack it is not BM3D's Haar transform: each group has
    its principal components (:func:`~mddl_lib.core.collaborative_filter.principal_components`). On training images these
    gained more than the Wiener step.

    With orthonormal rows, :math:`A A^H = I` (a mask in Fourier space, symmetric for real images), the last line puts
    the measured frequencies back as they were measured: :math:`A x = y`.

    Matches lie on a grid of ``step`` pixels, and a turn filters every fourth of them: rows and columns of the grid in
    turn, so that four turns see all. A turn is four times faster, and its block boundaries lie elsewhere than the last
    turn's.

    :param sigma: σ, for images in [0, 1].
    :param turn: its number; says which quarter is filtered.
    :param rematch: search the present estimate for similar patches; else the matches of the state serve.
    :raises ValueError: for a σ that is not positive, or a step above half the patch: a quarter would leave holes.

    Source: Eksioglu 2016; Dabov, Foi, Katkovnik, Egiazarian 2007.
    """

    def __init__(
        self,
        sigma: float,
        turn: int = 1,
        rematch: bool = True,
        size: int = 8,
        step: int = 4,
        radius: int = 12,
        count: int = 16,
    ) -> None:
        super().__init__()
        arguments.positive(sigma=sigma)
        arguments.counts(1, turn=turn, size=size, count=count)
        arguments.counts(0, radius=radius, step=step)
        if not 1 <= step <= size // 2:
            raise ValueError(f"step is {step}: expected 1 … {size // 2}, at most half the patch's side")
        self.sigma, self.turn, self.rematch = sigma, turn, rematch
        self.size, self.step, self.radius, self.count = size, step, radius, count

    def forward(self, state: MatchState, y: Tensor, physics: Any) -> MatchState:
        matches = state.matches
        shape = (state.estimate.shape[-2], state.estimate.shape[-1])
        if self.rematch or matches is None:
            matches = match(state.estimate, self.size, self.step, self.radius, self.count)
            matches = matches.unflatten(0, (-1, shape[1] // self.step))
        chosen = quarter(matches, self.turn).flatten(0, 1)
        stack = principal_components(state.estimate, chosen, self.size)
        transform = GroupTransform(chosen, dct_matrix(self.size), shape, stack)
        pilot = hard_threshold(state.estimate, transform, 2.7 * self.sigma)
        denoised = wiener(state.estimate, pilot, transform, 1.5 * self.sigma)
        return MatchState(denoised + physics.A_adjoint(y - physics.A(denoised)), matches)

    def extra_repr(self) -> str:
        return f"sigma={self.sigma:.4g}, turn={self.turn}, rematch={self.rematch}"


def quarter(matches: Tensor, turn: int) -> Tensor:
    """Every second row and column of the grid of references; four turns, one after the other, see all of them.

    :raises ValueError: for matches of another shape than (rows, columns, patches a group), or a turn below 0.
    """
    arguments.tensors(matches=matches)
    arguments.counts(0, turn=turn)
    if matches.ndim != 3:
        raise ValueError(
            f"the matches have the shape {tuple(matches.shape)}: expected (rows, columns, patches a group)"
        )
    row, column = ((0, 0), (1, 1), (0, 1), (1, 0))[turn % 4]
    return matches[row::2, column::2]


def bm3d_mri(
    first: float = 0.15, last: float = 0.0025, turns: int = 60, every: int = 10, count: int = 16, radius: int = 12
) -> Unrolled:
    r"""BM3D-MRI: :class:`BM3DTurn` with :math:`\sigma_k = \sigma_1 (\sigma_K/\sigma_1)^{(k-1)/(K-1)}`, k = 1 … K.

    It minimises no energy that could be written down: the prior is what a denoiser does.

    :param first: σ₁.
    :param last: σ_K, for images in [0, 1].
    :param turns: K, 2 or more.
    :param every: similar patches are searched anew so often.
    :param count: patches a group.
    :param radius: of the search window, in pixels.
    :raises ValueError: for fewer than 2 turns, or noise levels that are not positive or rise.

    Source: Eksioglu 2016 ("Decoupled algorithm for MRI reconstruction using
    nonlocal block matching model: BM3D-MRI").
    """
    arguments.positive(first=first, last=last)
    arguments.counts(1, count=count)
    arguments.counts(0, turns=turns, every=every, radius=radius)
    if not 0 < last <= first:
        raise ValueError(f"sigma goes from {first} to {last}: expected positive numbers that do not rise")
    if turns < 2 or every < 1:
        raise ValueError(f"turns is {turns}, every is {every}: expected 2 or more, and 1 or more")
    sigmas = [float(first * (last / first) ** (k / (turns - 1))) for k in range(turns)]
    return Unrolled.untied(
        ZeroFilled(MatchState),
        lambda k: BM3DTurn(sigmas[k - 1], turn=k, rematch=(k - 1) % every == 0, count=count, radius=radius),
        turns,
    )
