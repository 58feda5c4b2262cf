"""SIDWT is its algorithm, written once more with PyWavelets, and it minimises its energy."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import torch

from mddl_lib.core.metrics import psnr
from mddl_lib.core.wavelets import ShiftInvariantWavelets
from mddl_lib.models.tight_frame import frame_energy
from mddl_lib.mri.competition.sidwt import sidwt, soft_details
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.problems import problem


def stacked(image: np.ndarray, name: str, levels: int) -> np.ndarray:
    first, *rest = pywt.swt2(image, name, levels, trim_approx=True, norm=True)
    return np.stack([first, *(band for level in rest for band in level)])


def unstacked(c: np.ndarray, name: str) -> np.ndarray:
    return pywt.iswt2([c[0], *(tuple(c[k : k + 3]) for k in range(1, len(c), 3))], name, norm=True)


@pytest.mark.filterwarnings("ignore:Level value of:UserWarning")
@pytest.mark.parametrize(("name", "levels"), [("haar", 3), ("db2", 2)])
def test_it_is_the_loop_by_hand(name: str, levels: int) -> None:
    """numpy and PyWavelets only. iswt2 is the mean over all inverses, which here is the adjoint, since Wᵀ W = I."""
    physics, _, y = problem(16)
    weight, penalty, turns = 0.01, 0.1, 6
    mask, data = physics.mask.double().numpy(), y[0, 0].numpy()
    zero_filled = np.fft.ifft2(mask * data, norm="ortho").real
    x, beta = zero_filled, 0.0
    for _ in range(turns):
        shifted = stacked(x, name, levels) + beta
        z = shifted.copy()
        z[1:] = np.sign(z[1:]) * np.maximum(np.abs(z[1:]) - weight / penalty, 0)
        beta = shifted - z
        right = zero_filled + penalty * unstacked(z - beta, name)
        x = np.fft.ifft2(np.fft.fft2(right) / (mask + penalty)).real
    found = sidwt(weight, penalty, levels, name, turns)(y, physics)
    np.testing.assert_allclose(found[0, 0].numpy(), x, rtol=0, atol=1e-10)


def test_it_finds_the_minimum_that_another_algorithm_finds() -> None:
    """Chambolle and Pock's primal-dual method on the same energy."""
    physics, _, y = problem(16)
    weight, frame = 0.02, ShiftInvariantWavelets(2)
    x = bar = physics.A_adjoint(y)
    dual, sigma, tau = torch.zeros_like(frame.analyse(x)), 0.9, 0.9  # σ τ ‖W‖² < 1, ‖W‖ = 1
    for _ in range(400):
        dual = dual + sigma * frame.analyse(bar)
        dual[:, :1] = 0  # the approximation costs nothing
        dual = dual.clamp(-weight, weight)
        moved = physics.prox_l2(x - tau * frame.synthesise(dual), y, tau)
        bar, x = 2 * moved - x, moved
    values = [
        float(frame_energy(state.estimate, y, physics, frame, weight, free=1))
        for state in sidwt(weight, 60 * weight, levels=2, turns=300).iterates(y, physics)
    ]
    assert values[-1] == pytest.approx(float(frame_energy(x, y, physics, frame, weight, free=1)), rel=2e-4)
    assert values[-1] <= min(values) * (1 + 1e-6)
    assert values[-1] < 0.8 * values[0]


def test_the_approximation_is_left_alone() -> None:
    c = torch.randn(2, 4, 3, 5, generator=torch.Generator().manual_seed(0))
    found = soft_details(c, 0.5)
    assert torch.equal(found[:, 0], c[:, 0])
    torch.testing.assert_close(found[:, 1:], torch.sign(c[:, 1:]) * (c[:, 1:].abs() - 0.5).clamp_min(0))


def test_it_beats_zero_filling() -> None:
    physics, truth, y = problem(32, ratio=0.3)
    assert float(psnr(sidwt(1e-3)(y, physics), truth) - psnr(zero_filling(y, physics), truth)) > 2


def test_single_and_double_precision_agree() -> None:
    physics, _, y = problem(32)
    network = sidwt(1e-3)
    single = network(y.to(torch.complex64), physics)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), network(y, physics), rtol=0, atol=1e-5)


def test_defaults() -> None:
    network = sidwt(3e-4)
    assert network.is_tied
    assert network.turns == 40
    assert network.stages[0].penalty == pytest.approx(20 * 3e-4)
    assert not list(network.parameters())


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"weight is 0\.0: expected a positive number"):
        sidwt(0.0)
    with pytest.raises(ValueError, match=r"penalty is 0\.0: expected a positive number"):
        sidwt(1e-3, 0.0)
    with pytest.raises(ValueError, match="levels is 0"):
        sidwt(1e-3, levels=0)
    with pytest.raises(ValueError, match=r"'bior2\.2' is not orthogonal"):
        sidwt(1e-3, name="bior2.2")
    physics, _, y = problem(24)
    with pytest.raises(ValueError, match="divisible by 16 for 4 levels"):
        sidwt(1e-3)(y, physics)
    with pytest.raises(ValueError, match="NaN"):
        sidwt(1e-3, levels=3)(y * float("nan"), physics)
