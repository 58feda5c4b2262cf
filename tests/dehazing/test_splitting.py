"""Each closed form is the minimiser that a descent finds; with supplied proximal operators a stage is half-quadratic splitting."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.dehazing.model.dark_channel import dark_channel, frozen_dark_channel
from mddl_lib.dehazing.model.guided_filter import guided_filter
from mddl_lib.dehazing.model.splitting import (
    STAGES,
    Weights,
    clear_step,
    coupled_clear_step,
    dark_step,
    energy,
    transmission_step,
)
from mddl_lib.dehazing.proximal_net import Stage
from tests.laws.pieces import draw

WEIGHTS = Weights(5.0, 2.0, 3)


@pytest.fixture
def state() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    p = draw(1, 3, 8, 10).sigmoid()
    q, t = 0.9 * p.flip(-1), 0.3 + 0.6 * draw(1, 1, 8, 10).sigmoid()
    return p, q, t, dark_channel(q, WEIGHTS.window) * 0.7


def slope(of: Tensor, at: Tensor) -> float:
    return float(torch.autograd.grad(of, at)[0].abs().max())


def test_each_step_is_the_energys_minimiser(state: tuple[Tensor, ...]) -> None:
    p, q, t, u = state
    dark_p = dark_channel(p, WEIGHTS.window)
    best = dark_step(dark_channel(q, WEIGHTS.window), t, dark_p, WEIGHTS).requires_grad_()
    assert slope(energy(q, t, best, p, WEIGHTS), best) < 1e-4
    best = transmission_step(q, u, p, dark_p, WEIGHTS).requires_grad_()
    assert slope(energy(q, best, u, p, WEIGHTS), best) < 1e-4
    best = clear_step(p, t).requires_grad_()
    assert slope((best * t + 1 - t - p).square().sum() / 2, best) < 1e-12


def test_the_papers_clear_step_minimises_with_the_selection_kept(state: tuple[Tensor, ...]) -> None:
    p, q, t, u = state
    places = frozen_dark_channel(q, WEIGHTS.window)[1]
    best = coupled_clear_step(p, t, u, places, WEIGHTS.coupling).requires_grad_()
    dark = best.flatten(1).gather(1, places).view_as(u)
    of = (best * t + 1 - t - p).square().sum() / 2 + WEIGHTS.coupling / 2 * (u - dark).square().sum()
    assert slope(of, best) < 1e-4
    without = coupled_clear_step(p, t, u, places, 0.0)
    torch.testing.assert_close(without, clear_step(p, t), atol=1e-4, rtol=0)  # the authors' code: γ = 0 there


def test_with_supplied_operators_a_stage_is_half_quadratic_splitting(state: tuple[Tensor, ...]) -> None:
    p, q, t, _ = state
    stage = Stage((3, 3, 3), STAGES[0]).double()

    class Prox(torch.nn.Module):
        """The proximal operator of a quadratic: halfway to a level."""

        def __init__(self, level: float) -> None:
            super().__init__()
            self.level = level

        def forward(self, estimate: Tensor, p: Tensor) -> Tensor:
            return (estimate + self.level) / 2

    stage.dark_net, stage.transmission_net = Prox(0.1), Prox(0.6)
    found_q, found_t, found_u = stage(q, t, p, 5, 1e-2)
    dark_p = dark_channel(p, 7)
    u = (dark_step(dark_channel(q, 7), t, dark_p, STAGES[0]) + 0.1) / 2
    raw = (transmission_step(q, u, p, dark_p, STAGES[0]).clamp(0.1, 1) + 0.6) / 2
    expected_t = guided_filter(raw, p.mean(1, keepdim=True), 5, 1e-2)
    torch.testing.assert_close(found_u, u)
    torch.testing.assert_close(found_t, expected_t)
    torch.testing.assert_close(found_q, clear_step(p, expected_t))


def test_turns_of_exact_steps_lower_the_energy(state: tuple[Tensor, ...]) -> None:
    p, q, t, u = state
    dark_p, before = dark_channel(p, WEIGHTS.window), torch.inf
    for _ in range(5):
        u = dark_step(dark_channel(q, WEIGHTS.window), t, dark_p, WEIGHTS)
        t = transmission_step(q, u, p, dark_p, WEIGHTS)
        value = float(energy(q, t, u, p, WEIGHTS))
        assert value <= before + 1e-9
        before = value


def test_bad_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="data is 0"):
        Weights(data=0.0)
    with pytest.raises(ValueError, match="window is 0"):
        Weights(window=0)
