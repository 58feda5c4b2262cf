"""Unrolled: tied and untied, lazy, stored once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mddl_lib.core.unrolled import Unrolled, estimates


class State(NamedTuple):
    estimate: Tensor
    turn: int


class Begin(nn.Module):
    def forward(self, y: Tensor, physics: Any) -> State:
        return State(torch.zeros_like(y), 0)


class Step(nn.Module):
    """A gradient step on ‖x − y‖²/2."""

    def __init__(self, size: float = 0.5) -> None:
        super().__init__()
        self.size = nn.Parameter(torch.tensor(size))
        self.calls = 0

    def forward(self, state: State, y: Tensor, physics: Any) -> State:
        self.calls += 1
        return State(state.estimate + self.size * (y - state.estimate), state.turn + 1)


def test_tied_runs_one_stage_again_and_again() -> None:
    network = Unrolled.tied(Begin(), Step(0.5), 6)
    assert network.is_tied
    assert len(list(network.parameters())) == 1
    assert network(torch.ones(1), None).item() == pytest.approx(1 - 0.5**6)
    assert network.stage(1) is network.stage(6)
    assert network.stage(3).calls == 6


def test_untied_makes_a_stage_a_turn_and_tells_it_which() -> None:
    network = Unrolled.untied(Begin(), lambda k: Step(1 / (k + 1)), 3)
    assert not network.is_tied
    assert [stage.size.item() for stage in network.stages] == pytest.approx([1 / 2, 1 / 3, 1 / 4])
    assert network(torch.ones(1), None).item() == pytest.approx(1 - 1 / 2 * 2 / 3 * 3 / 4)


def test_tied_and_untied_with_the_same_constants_agree() -> None:
    y = torch.randn(4)
    tied, untied = Unrolled.tied(Begin(), Step(0.3), 5), Unrolled.untied(Begin(), lambda k: Step(0.3), 5)
    for first, second in zip(tied.iterates(y, None), untied.iterates(y, None), strict=True):
        assert torch.equal(first.estimate, second.estimate)


def test_iterates_are_lazy_and_start_with_the_start() -> None:
    network = Unrolled.tied(Begin(), Step(), 100)
    states = network.iterates(torch.ones(1), None)
    assert network.stage(1).calls == 0
    assert next(states).turn == 0
    assert network.stage(1).calls == 0
    assert [next(states).turn for _ in range(3)] == [1, 2, 3]
    assert network.stage(1).calls == 3
    assert len(list(states)) == 97


def test_forward_is_the_last_iterate_and_estimates_are_all_of_them() -> None:
    network, y = Unrolled.tied(Begin(), Step(), 4), torch.randn(3)
    every = estimates(network, y, None)
    assert len(every) == 5
    assert torch.equal(every[-1], network(y, None).detach())
    assert not every[-1].requires_grad


def test_no_turns_leave_the_start() -> None:
    for network in (Unrolled.tied(Begin(), Step(), 0), Unrolled.untied(Begin(), lambda k: Step(), 0)):
        assert torch.equal(network(torch.ones(2), None), torch.zeros(2))


def test_one_turn_is_one_turn() -> None:
    network = Unrolled.tied(Begin(), Step(0.5), 1)
    assert network(torch.ones(1), None).item() == 0.5
    assert not network.is_tied  # with one turn there is nothing to tie


def test_a_tied_stage_is_stored_once(tmp_path: Path) -> None:
    network = Unrolled.tied(Begin(), Step(0.3), 9)
    save_file(network.state_dict(), tmp_path / "tied.safetensors")  # refuses tensors that share memory
    stored = load_file(tmp_path / "tied.safetensors")
    assert list(stored) == ["stages.0.size"]
    other = Unrolled.tied(Begin(), Step(0.9), 9)
    other.load_state_dict(stored)
    assert torch.equal(other(torch.ones(2), None), network(torch.ones(2), None))


def test_the_same_stage_twice_is_refused() -> None:
    step = Step()
    with pytest.raises(ValueError, match=r"use Unrolled\.tied"):
        Unrolled(Begin(), [step, Step(), step])
    with pytest.raises(ValueError, match="the same stage stands twice"):
        Unrolled.untied(Begin(), lambda k: step, 2)


@pytest.mark.parametrize("turns", [-1, 2.0, "3", True, None])
def test_bad_counts_are_named(turns: Any) -> None:
    with pytest.raises(ValueError, match="expected a whole number, 0 or more"):
        Unrolled.tied(Begin(), Step(), turns)
    with pytest.raises(ValueError, match=f"turns is {turns!r}"):
        Unrolled.untied(Begin(), lambda k: Step(), turns)


@pytest.mark.parametrize("turn", [0, 4, -1])
def test_a_turn_that_does_not_exist_is_named(turn: int) -> None:
    with pytest.raises(IndexError, match=f"turn {turn} does not exist: this network has turns 1 to 3"):
        Unrolled.tied(Begin(), Step(), 3).stage(turn)


def test_repr_says_how_many_turns() -> None:
    assert "turns=3, tied" in repr(Unrolled.tied(Begin(), Step(), 3))
    assert "turns=3, untied" in repr(Unrolled.untied(Begin(), lambda k: Step(), 3))
