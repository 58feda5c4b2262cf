"""The adding problem and the ring: what is drawn, what the networks are, how heaps are counted, bad input."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.deep.adding import GUESSING, Adder, AddingObjective, AddingProblem, draw
from mddl_lib.deep.ring_game import HEAPS, RADIUS, RingGame, RingObjective, RingProblem, found, heaps, real
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe


def test_two_numbers_are_marked_and_their_sum_is_asked_for() -> None:
    sequences, sums = draw(500, 11, 3)
    assert sequences.shape == (500, 11, 2)
    assert torch.equal(sequences[..., 1].sum(1), torch.full((500,), 2.0))
    assert torch.equal(sequences[:, :5, 1].sum(1), torch.ones(500))
    torch.testing.assert_close((sequences[..., 0] * sequences[..., 1]).sum(1), sums)
    assert torch.equal(draw(500, 11, 3)[0], sequences)
    _, many = draw(20000, 10, 0)
    assert float((many - 1).square().mean()) == pytest.approx(GUESSING, rel=0.05)


def test_an_lstm_step_is_its_formula() -> None:
    """σ, σ, tanh, σ by hand: what is remembered is added to."""
    torch.manual_seed(0)
    network, sequences = Adder("lstm", 4).double(), torch.rand(2, 3, 2, dtype=torch.float64)
    cell, hidden = torch.zeros(2, 4, dtype=torch.float64), torch.zeros(2, 4, dtype=torch.float64)
    m = network.memory
    for t in range(3):
        gates = sequences[:, t] @ m.weight_ih_l0.T + m.bias_ih_l0 + hidden @ m.weight_hh_l0.T + m.bias_hh_l0
        i, f, g, o = gates.chunk(4, 1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        hidden = torch.sigmoid(o) * torch.tanh(cell)
    torch.testing.assert_close(network(sequences), network.answer(hidden)[:, 0])


def test_short_sums_are_learned() -> None:
    recipe = Recipe(300, learning_rate=1e-2, batch=32, seed=0)
    torch.manual_seed(0)
    network = Adder("lstm", 16)
    train(network, AddingProblem(6).objective(network, recipe), recipe, progress=False, device="cpu")
    sequences, sums = draw(1000, 6, 99)
    with torch.no_grad():
        assert float((network(sequences) - sums).square().mean()) < 0.5 * GUESSING


def test_the_ring() -> None:
    points = real(4000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(heaps().norm(dim=1), torch.full((HEAPS,), RADIUS))
    assert found(points) == (HEAPS, pytest.approx(1.0, abs=0.01))
    assert found(heaps()[:3].repeat(50, 1)) == (3, 1.0)
    assert found(torch.zeros(100, 2)) == (0, 0.0)
    mostly = torch.cat([heaps()[:1].repeat(99, 1), heaps()[1:2]])
    assert found(mostly)[0] == 1


def test_each_player_moves_its_own_numbers_down_its_own_loss() -> None:
    torch.manual_seed(0)
    network, recipe = RingGame(8), Recipe(2, batch=16, clip=0.0)
    objective = RingProblem().objective(network, recipe)
    assert isinstance(objective, RingObjective)
    assert set(objective.players(network)) == {"discriminator", "generator"}
    torch.manual_seed(5)
    loss = objective(network, 0, "generator")
    torch.manual_seed(5)
    made = network(torch.randn(16, 2))
    expected = -torch.log(torch.sigmoid(network.discriminator(made))).mean()
    torch.testing.assert_close(loss, expected)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="kind is 'gru'"):
        Adder("gru")
    with pytest.raises(ValueError, match=r"sequences have the shape \(2, 3, 1\)"):
        Adder()(torch.zeros(2, 3, 1))
    with pytest.raises(ValueError, match="length is 1"):
        AddingObjective(Recipe(1), 1)
    with pytest.raises(ValueError, match=r"noise has the shape \(2, 3\)"):
        RingGame()(torch.zeros(2, 3))
    with pytest.raises(ValueError, match="the points holds NaN"):
        found(torch.full((3, 2), float("nan")))
