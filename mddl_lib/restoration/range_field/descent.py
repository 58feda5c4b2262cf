"""Learned descent: K steps of gradient descent on an energy of range cliques, its constants learnable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.restoration.range_field.energy import RangeEnergy
from mddl_lib.restoration.range_field.matching import nearest


class DescentState(NamedTuple):
    """What descent remembers: the image, and which patches of it were found alike."""

    estimate: Tensor
    """(B, 1, H, W)"""
    matches: Tensor | None
    """(B, M, H·W), or None before they are looked for"""


class Start(nn.Module):
    """The image that the measurement shows, Aᵀy; with M > 1 and nothing to wait for, its matches too."""

    def __init__(self, matches: int = 1) -> None:
        super().__init__()
        arguments.counts(1, matches=matches)
        self.matches = matches

    def forward(self, y: Tensor, physics: Any) -> DescentState:
        if y.ndim != 4 or y.shape[1] != 1:
            raise ValueError(f"the measurement has the shape {tuple(y.shape)}: expected (batch, 1, height, width)")
        if not bool(torch.isfinite(y).all()):
            raise ValueError("the measurement holds NaN or infinity: no image can be restored from it")
        estimate = physics.A_adjoint(y)
        return DescentState(estimate, nearest(estimate, self.matches) if self.matches > 1 else None)


class Stage(nn.Module):
    r"""One step down the energy.

    .. math:: x \leftarrow x - \tau\, \nabla E(x)

    - :math:`\tau`: the step; :math:`E`: this turn's energy, see :class:`~mddl_lib.restoration.range_field.energy.RangeEnergy`.

    :param look: whether the matches are looked for in the estimate first. They are constants of the energy: no gradient
        goes through them.
    """

    def __init__(self, energy: RangeEnergy, step: float = 0.2, look: bool = False) -> None:
        super().__init__()
        if not isinstance(energy, RangeEnergy):
            raise TypeError(f"energy is a {type(energy).__name__}: expected a RangeEnergy")
        arguments.positive(step=step)
        self.energy, self.look = energy, look
        self.step = nn.Parameter(torch.tensor(float(step)))

    def forward(self, state: DescentState, y: Tensor, physics: Any) -> DescentState:
        x, matches = state
        if self.look:
            matches = nearest(x.detach(), self.energy.matches)
        return DescentState(x - self.step * self.energy.gradient(x, y, physics, matches), matches)


class LearnedDescent(Unrolled):
    r"""K steps of gradient descent on E, cut and learned: the talk's first network.

    .. math:: x^{0} = A^T y, \qquad x^{k} = x^{k-1} - \tau_k \nabla E_k(x^{k-1}), \quad k = 1 \dots K

    **Tied**, every turn descends the same energy: the classical descent on a Field of Experts. The energy falls at each
    step shorter than 2 / :meth:`~mddl_lib.restoration.range_field.energy.RangeEnergy.curvature`, and nowhere else is that promised.
    **Untied**, every turn takes one step on an energy of its own, and no energy need fall. Where
    :math:`A A^T y = y` (noise, missing pixels) descent starts in agreement with the data: :math:`\lambda` of an untied
    network's first turn has no influence, and is not learned.

    :param turns: K.
    :param tied: one energy and step for all turns.
    :param potential: "student_t" or "radial_basis".
    :param channels: filters of a local turn.
    :param size: their side.
    :param matches: M, patches in a stack.
    :param across: filters of a non-local turn beside the local ones, at first the differences between a patch and the mean
        of its matches, with potentials of zero.
    :param match_after: turns that are local, before the matches are looked for;
        0: in the measurement.
    :param separable: rank-one filters, local only.
    :param sigma: noise level of 255.
    :raises ValueError: for numbers that make no network.

    Source: Sun, Tappen, CVPR 2011 and TIP 2013, as the talk states it; numbers and sizes are ours.
    """

    family = "learned_descent"
    """its key in :data:`mddl_lib.restoration.networks.NETWORKS`"""

    def __init__(
        self, turns: int, *, sigma: float, tied: bool = False, potential: str = "radial_basis", channels: int = 24,
        size: int = 5, matches: int = 1, across: int = 25, match_after: int = 2, separable: bool = False,
    ) -> None:  # fmt: skip
        arguments.counts(1, turns=turns, matches=matches, across=across, channels=channels, size=size)
        arguments.counts(0, match_after=match_after)
        if matches > 1 and (separable or (tied and match_after)):
            raise ValueError(
                "separable filters are local, and a tied network looks for its matches first, match_after=0"
            )

        def make(turn: int) -> Stage:
            range_turn = matches > 1 and turn > match_after
            energy = RangeEnergy(
                channels + across if range_turn else channels, size, matches if range_turn else 1, sigma, potential,
                separable, fixed_weight=turn == 1 and not tied,
            )  # fmt: skip
            if range_turn:
                _compare(energy, channels)
            return Stage(energy, look=range_turn and match_after > 0 and turn == match_after + 1)

        start = Start(matches if match_after == 0 else 1)
        super().__init__(start, [make(turn) for turn in range(1, 2 if tied else turns + 1)])
        self.turns = turns
        self.config = {
            "turns": turns, "sigma": sigma, "tied": tied, "potential": potential, "channels": channels, "size": size,
            "matches": matches, "across": across, "match_after": match_after, "separable": separable,
        }  # fmt: skip

    @torch.no_grad()
    def from_algorithm(
        self, weight: float = 0.2, strength: float = 0.0125, steepness: float = 4.0, step: float = 0.19
    ) -> LearnedDescent:
        """Set every turn to the same energy and step: the network is gradient descent, whether tied or not.

        The energy is a Field of Experts with the first cosine filters and one Student-t potential; radial basis functions
        take its interpolant at their knots, and are the descent on *that* energy.
        """
        for stage in self.stages:
            stage.energy.set_constants(weight, strength, steepness)
            stage.step.fill_(step)
        return self


@torch.no_grad()
def _compare(energy: RangeEnergy, channels: int) -> None:
    """Local filters first, then cosines of a patch minus the mean of its matches, these with potentials of zero."""
    filters, count = energy.filters, energy.matches
    alone = torch.zeros(count)
    alone[0] = 1
    against = torch.full((count,), -1 / (count - 1))
    against[0] = 1
    over = torch.cat([torch.full_like(filters.basis[:1, 0], 1 / filters.basis.shape[-1]), _local_basis(filters.basis)])
    rows = [alone[:, None, None] * f for f in over[1 : channels + 1]]
    across = len(filters.coefficients) - channels
    if across > len(over):
        raise ValueError(f"across is {across}: expected at most {len(over)}, the cosines of a patch with its mean")
    rows += [against[:, None, None] / torch.linalg.vector_norm(against) * f for f in over[:across]]
    filters.coefficients.copy_(torch.stack(rows).flatten(1) @ filters.basis.flatten(1).T)
    if hasattr(energy.potentials, "curve"):
        energy.potentials.curve.values[channels:] = 0
    else:
        energy.potentials.log_strength[channels:] = -10


def _local_basis(basis: Tensor) -> Tensor:
    """The cosines of one patch without its mean, (s² − 1, s, s), from those of stacks, where they come first."""
    size = basis.shape[-1]
    return basis[: size * size - 1, 0] * basis.shape[1] ** 0.5


@torch.no_grad()
def grow_across(network: LearnedDescent, smaller: Mapping[str, Tensor]) -> None:
    """Fill a non-local network from the local one of as many turns: before it is trained, it gives the same images.

    Its local filters, seen as filters of a stack, act on the first patch alone.
    """
    if not isinstance(network, LearnedDescent):
        raise TypeError(f"network is a {type(network).__name__}: expected a LearnedDescent")
    if not isinstance(smaller, Mapping):
        raise TypeError(f"smaller is a {type(smaller).__name__}: expected the tensors of a weights file by name")
    for turn, stage in enumerate(network.stages):
        there = {key.split(".", 2)[2]: value for key, value in smaller.items() if key.startswith(f"stages.{turn}.")}
        for name, parameter in stage.named_parameters():
            if name not in there:
                raise ValueError(f"smaller has no stages.{turn}.{name}: expected the local network of as many turns")
            value = there[name]
            if name == "energy.filters.coefficients" and value.shape != parameter.shape:
                basis = stage.energy.filters.basis
                value = (value @ _local_basis(basis).flatten(1)).to(basis.dtype)
                value = value @ basis[:, 0].flatten(1).T
            if parameter.ndim:
                parameter[: len(value)] = value
            else:
                parameter.copy_(value)
