"""PANO: the frame, a turn against a plain loop, its fixed point, and when its groups are looked for anew."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import pywt
import torch
from torch import Tensor

from mddl_lib.core.metrics import psnr
from mddl_lib.core.patches import match
from mddl_lib.models.admm import total_variation
from mddl_lib.mri.competition.pano import PANOState, PANOTurn, PatchGroups, pano, soft_but_means
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.problems import image, problem


def groups(x: Tensor, count: int = 8, step: int = 4) -> PatchGroups:
    return PatchGroups(match(x, 8, step, 6, count), (x.shape[-2], x.shape[-1]))


def guided(turns: int, **kw) -> torch.nn.Module:
    """Small images take a small window."""
    network = pano(1e-3, guide=total_variation(1e-3, turns=20).double(), turns=turns, **kw)
    for stage in network.stages:
        stage.radius = 6
    return network


def test_synthesise_inverts_analyse() -> None:
    x = image(32)
    frame = groups(x)
    torch.testing.assert_close(frame.synthesise(frame.analyse(x)), x)


@pytest.mark.parametrize("step", [2, 4, 8])
def test_groups_of_one_patch_are_a_tight_frame(step: int) -> None:
    """W⁺ is the transpose, up to the number (8/step)² of patches a pixel lies in."""
    x = image(32)
    frame = groups(x, count=1, step=step)
    c = torch.randn(frame.analyse(x).shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    left, right = (frame.analyse(x) * c).sum(), (8 / step) ** 2 * (x * frame.synthesise(c)).sum()
    torch.testing.assert_close(left, right)


def test_groups_of_several_are_not() -> None:
    """What the docstring says: then patches that resemble many count more often."""
    x = image(32)
    covered = groups(x).transform.coverage()
    assert covered.min() >= 4
    assert covered.max() > 1.5 * covered.min()


def plain_turn(x: Tensor, y: Tensor, mask: Tensor, matches: Tensor, weight: float, penalty: float) -> Tensor:
    """The first turn (β = 0) group by group: Haar of a stack of patches, shrink, average, divide in Fourier space."""
    total, count = np.zeros((32, 32)), np.zeros((32, 32))
    for group in matches.tolist():
        stack = np.stack([np.roll(x[0, 0].numpy(), (-(c // 32), -(c % 32)), (0, 1))[:8, :8] for c in group])
        levels, names = stack, []
        for axis in range(3):  # the fully separable transform: all levels along an axis, then the next axis
            parts = pywt.wavedec(levels, "haar", level=3, axis=axis)
            names.append([part.shape[axis] for part in parts])
            levels = np.concatenate(parts, axis=axis)
        response = levels.copy()
        split = pywt.threshold(response, weight / penalty, "soft")
        split[0, 0, 0] = response[0, 0, 0]
        target = 2 * split - response  # z − β with β = Wx − z
        for axis in reversed(range(3)):
            parts = np.split(target, np.cumsum(names[axis])[:-1], axis=axis)
            target = pywt.waverec(parts, "haar", axis=axis)
        for corner, patch in zip(group, target, strict=True):
            rows, columns = (corner // 32 + np.arange(8)) % 32, (corner % 32 + np.arange(8)) % 32
            total[np.ix_(rows, columns)] += patch
            count[np.ix_(rows, columns)] += 1
    average = torch.from_numpy(total / count)[None, None]
    spectrum = (mask * y + penalty * torch.fft.fft2(average, norm="ortho")) / (mask + penalty)
    return torch.fft.ifft2(spectrum, norm="ortho").real


def test_a_turn_is_a_plain_loop() -> None:
    physics, _, y = problem(32)
    x = physics.A_adjoint(y)
    state = PANOTurn(0.004, 0.1, radius=6)(PANOState(x, None, None, x, None), y, physics)
    expected = plain_turn(x, y, physics.mask.double(), match(x, 8, 4, 6, 8), 0.004, 0.1)
    torch.testing.assert_close(
        state.estimate, expected, rtol=0, atol=1e-7
    )  # the mask's solve divides in single precision


def test_little_weight_leaves_the_truth_alone() -> None:
    physics, truth, y = problem(32)
    state = PANOState(truth, None, None, physics.A_adjoint(y), None)
    for _ in range(3):
        state = PANOTurn(1e-10, 0.1, radius=6)(state, y, physics)
    torch.testing.assert_close(state.estimate, truth, rtol=0, atol=1e-6)


def test_the_mean_of_a_group_is_not_shrunk() -> None:
    coefficients = torch.tensor([[[3.0, 3.0], [-3.0, 0.5]], [[3.0, -3.0], [0.5, 1.0]]])
    found = soft_but_means(coefficients, 1.0)
    assert found.tolist() == [[[3.0, 2.0], [-3.0, 0.0]], [[2.0, -2.0], [0.0, 0.0]]]
    assert coefficients[0, 0, 1] == 3.0  # the argument is left as it was


def test_groups_are_looked_for_when_due() -> None:
    """Six turns, two updates: new groups before turns 1, 3 and 5, those of the estimate at that time."""
    physics, _, y = problem(32)
    states = list(guided(6, updates=2).iterates(y, physics))
    kept = [after.groups is before.groups for before, after in pairwise(states)]
    assert kept == [False, True, False, True, False, True]
    assert states[0].groups is None
    expected = PatchGroups(match(states[2].estimate, 8, 4, 6, 8), (32, 32)).transform.index
    assert torch.equal(states[3].groups.transform.index, expected)


def test_it_starts_from_its_guide() -> None:
    physics, _, y = problem(32)
    first = next(iter(guided(2, updates=0).iterates(y, physics)))
    assert torch.equal(first.estimate, total_variation(1e-3, turns=20).double()(y, physics))
    torch.testing.assert_close(first.zero_filled, physics.A_adjoint(y))


def test_it_stays_near_the_measurement_and_beats_zero_filling() -> None:
    physics, truth, y = problem(32)
    found = guided(20)(y, physics)
    assert (physics.A(found) - y).norm() < 0.05 * y.norm()
    assert float(psnr(found, truth) - psnr(zero_filling(y, physics), truth)) > 2


def test_twice_the_same() -> None:
    physics, _, y = problem(32)
    network = guided(6)
    assert torch.equal(network(y, physics), network(y, physics))


def test_it_has_nothing_to_learn_and_a_guide_of_its_own() -> None:
    network = pano(1e-3)
    assert not list(network.parameters())
    assert network.stages[0].penalty == pytest.approx(0.02)
    assert network.start.method.turns > 1


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"weight": 0.0}, "weight is 0.0"),
        ({"penalty": -1.0}, "penalty is -1.0"),
        ({"weight": float("nan")}, "weight is nan"),
        ({"updates": 40}, "updates is 40: expected 0 … 39"),
        ({"updates": -1}, "updates is -1"),
    ],
)
def test_bad_constants(bad: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pano(**{"weight": 1e-3, **bad})


def test_bad_images() -> None:
    physics, _, y = problem(32)
    with pytest.raises(ValueError, match="NaN or infinity"):
        guided(2, updates=0)(y * float("nan"), physics)
    with pytest.raises(ValueError, match=r"expected \(1, 1, height, width\)"):
        guided(2, updates=0)(y.expand(2, 1, 32, 32), physics)
