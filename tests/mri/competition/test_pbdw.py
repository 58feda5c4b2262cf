"""PBDW: between two fits it is ADMM on the stated energy; a fit changes the frame and nothing else."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from mddl_lib.core.metrics import psnr
from mddl_lib.models.admm import ADMMState, total_variation
from mddl_lib.models.tight_frame import FrameTurn
from mddl_lib.mri.competition.adapted_frame import AdaptedState, AdaptedTurn
from mddl_lib.mri.competition.patch_directions import ClassifiedFrame, classified_frame, directional_bases
from mddl_lib.mri.competition.pbdw import DirectionalFit, pbdw
from mddl_lib.mri.competition.sidwt import soft_details
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.problems import image, problem


def energy(x: Tensor, y: Tensor, physics: object, frame: ClassifiedFrame, weight: float) -> float:
    """½‖Ax − y‖² + λ Σ |details of Wx|, as the docstring states it."""
    data = (physics.A(x) - y).abs().square().sum() / 2
    return float(data + weight * frame.analyse(x)[:, 1:].abs().sum())


def plain_loop(y: Tensor, physics: object, guide: Tensor, weight: float, penalty: float, turns: int) -> Tensor:
    """ADMM with directions fixed on the guide, patch by patch, step 4, all in dense matrices."""
    height, width = guide.shape[-2:]
    bases, rows = directional_bases(16), []
    for top in range(0, height, 4):
        for left in range(0, width, 4):
            places = [(top + r) % height * width + (left + c) % width for r in range(8) for c in range(8)]
            patch = guide.flatten()[places]
            best = min(range(16), key=lambda k: float((bases[k, 1:] @ patch).abs().sum()))
            row = torch.zeros(64, height * width, dtype=guide.dtype)
            row[:, places] = bases[best] / 2  # each pixel lies in 4 patches
            rows.append(row)
    frame = torch.stack(rows)  # (N, 64, H W)
    x, beta = guide.flatten(), torch.zeros(len(rows), 64, dtype=guide.dtype)
    for _ in range(turns):
        moved = frame @ x + beta
        z = moved.sign() * (moved.abs() - weight / penalty).clamp_min(0)
        z[:, 0] = moved[:, 0]
        beta = moved - z
        back = torch.einsum("npi,np->i", frame, z - beta)
        x = physics.prox_l2(back.view(1, 1, height, width), y, 1 / penalty).flatten()
    return x.view(1, 1, height, width)


def test_it_is_the_plain_loop() -> None:
    physics, _, y = problem(16)
    guide = total_variation(1e-3, turns=5).double()
    network = pbdw(2e-3, 0.05, step=4, turns=6, updates=1, guide=guide)
    expected = plain_loop(y, physics, guide(y, physics), 2e-3, 0.05, 6)
    torch.testing.assert_close(network(y, physics), expected, rtol=0, atol=1e-10)


def test_a_turn_between_fits_is_the_turn_in_a_tight_frame() -> None:
    """Block by block, and with more patches in a class than a block holds: the same images, the same multipliers."""
    physics, truth, y = problem(64)
    frame = classified_frame(truth, directional_bases(2), 1)
    assert max(frame.sizes) > 2048
    start = zero_filling(y, physics)
    fast, slow = AdaptedState(start, None, frame), ADMMState(start, None, None, start)
    for _ in range(3):
        fast = AdaptedTurn(None, 2e-3, 0.05)(fast, y, physics)
        slow = FrameTurn(frame, 2e-3, 0.05, soft_details)(slow, y, physics)
        torch.testing.assert_close(fast.estimate, slow.estimate, rtol=0, atol=1e-12)
        torch.testing.assert_close(fast.multiplier, slow.multiplier, rtol=0, atol=1e-12)


def test_a_second_fit_starts_the_loop_anew_from_the_estimate() -> None:
    physics, _, y = problem(16)
    guide = total_variation(1e-3, turns=5).double()
    network = pbdw(2e-3, 0.05, step=4, turns=3, updates=2, guide=guide)
    first = plain_loop(y, physics, guide(y, physics), 2e-3, 0.05, 3)
    torch.testing.assert_close(network(y, physics), plain_loop(y, physics, first, 2e-3, 0.05, 3), rtol=0, atol=1e-10)


def test_the_energy_falls_to_its_minimum() -> None:
    """With the directions fixed: no turn before is below the last, and no small step lowers it."""
    physics, truth, y = problem(24)
    frame = classified_frame(truth, directional_bases(4), 4)
    turn, weight = FrameTurn(frame, 0.01, 0.3, soft_details), 0.01
    start = zero_filling(y, physics)
    state = ADMMState(start, None, None, start)
    values = [energy(start, y, physics, frame, weight)]
    for _ in range(600):
        state = turn(state, y, physics)
        values.append(energy(state.estimate, y, physics, frame, weight))
    assert values[-1] <= min(values) * (1 + 1e-5)
    assert values[-1] < 0.9 * values[0]
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        step = torch.randn(start.shape, dtype=torch.float64, generator=generator)
        for size in (1e-2, 1e-4):
            assert energy(state.estimate + size * step / step.norm(), y, physics, frame, weight) >= values[-1] * (
                1 - 1e-5
            )


def test_frames_are_fitted_when_they_should_be() -> None:
    """With 3 turns a frame and 2 frames: the guide's, then that of the third estimate; multipliers do not cross."""
    physics, _, y = problem(16)
    guide = total_variation(1e-3, turns=5).double()
    states = list(pbdw(2e-3, 0.05, step=4, turns=3, updates=2, guide=guide).iterates(y, physics))
    frames = [state.frame for state in states]
    assert frames[0] is None
    assert frames[1] is frames[2] is frames[3]
    assert frames[4] is frames[5] is frames[6]
    assert frames[4] is not frames[3]
    fit = DirectionalFit(step=4)
    assert torch.equal(frames[1].classes, fit(states[0].estimate).classes)
    assert torch.equal(frames[4].classes, fit(states[3].estimate).classes)
    assert [turn.fit is not None for turn in pbdw(1e-3, turns=1, updates=2).stages] == [True, True]


def test_directions_follow_the_image() -> None:
    """Along a diagonal edge, far from others, patches get the edge's direction."""
    place = torch.arange(32)
    picture = (place[:, None] + place[None, :] > 32).double()[None, None]
    classes = DirectionalFit(8)(picture).classes.view(32, 32)
    on_edge = [int(classes[top, 32 - 8 - top]) for top in range(6, 18)]
    assert on_edge == [2] * len(on_edge)  # 2 π/8 = 45°


def test_it_beats_zero_filling() -> None:
    physics, truth, y = problem(32)
    guide = total_variation(1e-3).double()
    found = pbdw(1e-3, 0.03, turns=8, updates=2, step=2, guide=guide)(y, physics)
    assert float(psnr(found, truth) - psnr(zero_filling(y, physics), truth)) > 2
    assert not list(pbdw(1e-3).parameters())


@pytest.mark.parametrize(
    "bad", [{"weight": 0.0}, {"penalty": -1.0}, {"turns": 0}, {"updates": 0}, {"weight": float("nan")}]
)
def test_constants_must_be_positive(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(bad))} is .*expected"):
        pbdw(**{"weight": 1e-3, **bad})


def test_bad_input() -> None:
    physics, _, y = problem(16, batch=2)
    with pytest.raises(ValueError, match="one image at a time"):
        pbdw(1e-3)(y, physics)
    with pytest.raises(ValueError, match="step is 3"):
        pbdw(1e-3, step=3, guide=total_variation(1e-3, turns=1).double())(y[:1], physics)
    with pytest.raises(ValueError, match="NaN or infinity"):
        pbdw(1e-3, guide=Zeros())(y[:1] * float("nan"), physics)
    state = AdaptedState(image(16), None, None)
    with pytest.raises(ValueError, match="the state has no frame"):
        AdaptedTurn(None, 1e-3, 0.02)(state, y[:1], physics)


class Zeros(nn.Module):
    """A guide that looks at nothing."""

    def forward(self, y: Tensor, physics: object) -> Tensor:
        return y.real * 0
