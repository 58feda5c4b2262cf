"""The one idea of the book: a network is an algorithm, cut after K turns, its constants learnable per turn.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments


class Unrolled(nn.Module):
    r"""A start and K stages.

    .. math:: s^{0} = \mathrm{start}(y, A), \qquad s^{k} = \mathrm{stage}_k(s^{k-1}, y, A), \qquad
              \hat x = \mathrm{estimate}(s^{K})

    - :math:`y` is the measurement, :math:`A` the physics (its forward operator),
    - :math:`s^k` is the state after turn :math:`k`: a named tuple with a field ``estimate`` and whatever else the
      algorithm remembers (split variables, multipliers, momentum, matches),
    - :math:`\hat x` is the last estimate.

    ``start(y, physics)`` and ``stage(state, y, physics)`` are modules that return a state. **A stage ends where its
    estimate is made**, so that the estimate depends on every parameter of its stage.

    The classical algorithm, run long, is :meth:`tied`: one stage and a count. The network is :meth:`untied`: every turn
    has constants of its own.
    """

    def __init__(self, start: nn.Module, stages: Sequence[nn.Module]) -> None:
        super().__init__()
        arguments.callables(start=start)
        if not isinstance(stages, Sequence) or not all(isinstance(stage, nn.Module) for stage in stages):
            raise TypeError(f"stages is {stages!r}: expected a list of modules, one a turn")
        if len({id(stage) for stage in stages}) != len(stages):
            raise ValueError(
                "the same stage stands twice in `stages`: use Unrolled.tied(start, stage, K) to repeat one"
            )
        self.start = start
        self.stages = nn.ModuleList(stages)
        self.turns = len(self.stages)

    @classmethod
    def tied(cls, start: nn.Module, stage: nn.Module, turns: int) -> Unrolled:
        """One stage, run ``turns`` times with the same constants: the classical algorithm."""
        network = cls(start, [stage])
        arguments.counts(0, turns=turns)
        network.turns = int(turns)
        return network

    @classmethod
    def untied(cls, start: nn.Module, make_stage: Callable[[int], nn.Module], turns: int) -> Unrolled:
        """``make_stage(k)`` for k = 1 … ``turns``: every turn has constants of its own, or another form."""
        arguments.counts(0, turns=turns)
        return cls(start, [make_stage(k) for k in range(1, turns + 1)])

    @property
    def is_tied(self) -> bool:
        """Whether one stage serves every turn."""
        return len(self.stages) == 1 and self.turns != 1

    def stage(self, turn: int) -> nn.Module:
        """The stage of turn k = 1 … K."""
        if not 1 <= turn <= self.turns:
            raise IndexError(f"turn {turn} does not exist: this network has turns 1 to {self.turns}")
        return self.stages[0] if self.is_tied else self.stages[turn - 1]

    def iterates(self, y: Tensor, physics: Any) -> Iterator[Any]:
        """The states, one a turn, the start's first: K + 1 in all. Nothing is computed before it is asked for.

        A network computes in its own precision: a measurement in another one is cast; ``network.double()`` computes in
        doubles. A classical algorithm, which has nothing to learn, computes in the measurement's.

        :raises ValueError: for a measurement on another device than the network, and whatever its start refuses.
        """
        y = self._at_home(y)
        state = self.start(y, physics)
        yield state
        for turn in range(1, self.turns + 1):
            state = self.stage(turn)(state, y, physics)
            yield state

    def forward(self, y: Tensor, physics: Any) -> Tensor:
        """The last estimate. ``y`` is what ``physics.A`` returns: (batch, channel, …).

        :raises ValueError: as :meth:`iterates` does.
        """
        for state in self.iterates(y, physics):
            last = state
        return last.estimate

    def _at_home(self, y: Tensor) -> Tensor:
        """The measurement in the network's precision; an algorithm, which has no parameters, takes any."""
        own = next((parameter for parameter in self.parameters() if parameter.is_floating_point()), None)
        if own is not None and isinstance(y, Tensor) and y.device != own.device:
            raise ValueError(
                f"the network lies on {own.device}, the measurement on {y.device}: expected one device; "
                f"network.to({str(y.device)!r}) moves it"
            )
        return in_precision_of(self, y)

    def extra_repr(self) -> str:
        return f"turns={self.turns}, {'tied' if self.is_tied else 'untied'}"


def in_precision_of(model: Any, y: Any) -> Any:
    """A measurement in the precision of a module's parameters; as it is for what has none, and for what is no number."""
    own = [p.dtype for p in model.parameters() if p.is_floating_point()] if isinstance(model, nn.Module) else []
    if not own or not isinstance(y, Tensor) or not (y.is_floating_point() or y.is_complex()):
        return y
    return y.to(own[0].to_complex() if y.is_complex() else own[0])


def place_of(*things: Any) -> torch.device:
    """Where the first of several modules that holds anything computes; the CPU, where none does."""
    held = (
        tensor for thing in things if isinstance(thing, nn.Module) for tensor in (*thing.parameters(), *thing.buffers())
    )
    first = next(held, None)
    return torch.device("cpu") if first is None else first.device


def estimates(network: Unrolled, y: Tensor, physics: Any) -> list[Tensor]:
    """Every turn's estimate, without gradients: what the iteration slider shows.

    :raises TypeError: for something that is no :class:`Unrolled`.
    :raises ValueError: as :meth:`Unrolled.iterates` does.
    """
    if not isinstance(network, Unrolled):
        raise TypeError(f"network is a {type(network).__name__}: expected an Unrolled, which has iterates(y, physics)")
    with torch.no_grad():
        return [state.estimate for state in network.iterates(y, physics)]
