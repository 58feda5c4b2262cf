"""RecPF is its algorithm, written once more in numpy; without wavelets it is total variation."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import torch

from mddl_lib.core.filters import analyse, finite_differences, synthesise
from mddl_lib.core.metrics import psnr
from mddl_lib.core.wavelets import OrthogonalWavelets
from mddl_lib.models.admm import total_variation
from mddl_lib.mri.competition.recpf import recpf, recpf_energy
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.problems import problem
from tests.stand_in import StandIn


@pytest.mark.filterwarnings("ignore:Level value of:UserWarning")
@pytest.mark.parametrize(("name", "levels"), [("haar", 3), ("db2", 2)])
def test_it_is_the_loop_by_hand(name: str, levels: int) -> None:
    physics, _, y = problem(16)
    weight, wavelet_weight, ratio, turns = 0.01, 0.004, 15.0, 6
    mask, data = physics.mask.double().numpy(), y[0, 0].numpy()
    k = np.arange(16)
    laplacian = 4 - 2 * np.cos(2 * np.pi * k[:, None] / 16) - 2 * np.cos(2 * np.pi * k / 16)  # of ∇ᵀ∇, in k-space
    rho_tv, rho_1 = ratio * weight, ratio * wavelet_weight
    zero_filled = np.fft.ifft2(mask * data, norm="ortho").real
    x, beta, gamma = zero_filled, 0.0, 0.0
    for _ in range(turns):
        shifted = np.stack([np.roll(x, -1, 0) - x, np.roll(x, -1, 1) - x]) + beta
        w = shifted * np.maximum(1 - weight / rho_tv / np.hypot(*shifted), 0)
        beta = shifted - w
        coefficients, slices = pywt.coeffs_to_array(pywt.wavedec2(x, name, "periodization", levels))
        shifted = coefficients + gamma
        v = np.sign(shifted) * np.maximum(np.abs(shifted) - wavelet_weight / rho_1, 0)
        gamma = shifted - v
        down, across = w - beta
        right = zero_filled + rho_tv * (np.roll(down, 1, 0) - down + np.roll(across, 1, 1) - across)
        back = pywt.array_to_coeffs(v - gamma, slices, "wavedec2")
        right = right + rho_1 * pywt.waverec2(back, name, "periodization")
        x = np.fft.ifft2(np.fft.fft2(right) / (mask + rho_tv * laplacian + rho_1)).real
    found = recpf(weight, wavelet_weight, ratio, levels, name, turns).double()(y, physics)
    np.testing.assert_allclose(found[0, 0].numpy(), x, rtol=0, atol=1e-10)


def test_without_wavelets_it_is_total_variation() -> None:
    physics, _, y = problem(24)
    ours = recpf(0.01, 0.0, ratio=20.0, turns=12).double()
    expected = total_variation(0.01, 0.2, turns=12).double()
    torch.testing.assert_close(ours(y, physics), expected(y, physics), rtol=0, atol=1e-12)
    with_wavelets = recpf(0.01, 0.002, ratio=20.0, levels=3, turns=12).double()
    assert (with_wavelets(y, physics) - expected(y, physics)).abs().max() > 1e-3


def test_it_finds_the_minimum_that_another_algorithm_finds() -> None:
    """Chambolle and Pock's primal-dual method on the same energy: σ τ ‖K‖² < 1, with K = (∇, Ψᵀ), ‖K‖² ≤ 8 + 1."""
    physics, _, y = problem(16)
    weight, wavelet_weight, basis, filters = 0.02, 0.005, OrthogonalWavelets(2), finite_differences(torch.float64)
    x = bar = physics.A_adjoint(y)
    edges, waves, sigma, tau = torch.zeros(1, 2, 16, 16).double(), torch.zeros(1, 1, 16, 16).double(), 0.33, 0.33
    for _ in range(300):
        edges = edges + sigma * analyse(bar, filters)
        edges = edges / (edges.norm(dim=1, keepdim=True) / weight).clamp_min(1)
        waves = (waves + sigma * basis.analyse(bar)).clamp(-wavelet_weight, wavelet_weight)
        moved = physics.prox_l2(x - tau * (synthesise(edges, filters) + basis.synthesise(waves)), y, tau)
        bar, x = 2 * moved - x, moved
    network = recpf(weight, wavelet_weight, levels=2, turns=150).double()
    values = [
        float(recpf_energy(state.estimate, y, physics, weight, wavelet_weight, basis))
        for state in network.iterates(y, physics)
    ]
    expected = float(recpf_energy(x, y, physics, weight, wavelet_weight, basis))
    assert values[-1] == pytest.approx(expected, rel=1e-4)
    assert values[-1] <= min(values) * (1 + 1e-6)
    assert values[-1] < 0.8 * values[0]


def test_energy_by_hand() -> None:
    physics, truth, y = problem(16)
    x = truth + 0.1
    length = ((x.roll(-1, -2) - x).square() + (x.roll(-1, -1) - x).square()).sqrt().sum()
    coefficients, _ = pywt.coeffs_to_array(pywt.wavedec2(x[0, 0].numpy(), "haar", "periodization", 2))
    expected = (physics.A(x) - y).abs().square().sum() / 2 + 0.3 * length + 0.2 * np.abs(coefficients).sum()
    torch.testing.assert_close(recpf_energy(x, y, physics, 0.3, 0.2, OrthogonalWavelets(2))[0], expected)


def test_it_beats_zero_filling() -> None:
    physics, truth, y = problem(32, ratio=0.3)
    found = recpf(1e-3, 2e-4).double()(y, physics)
    assert float(psnr(found, truth) - psnr(zero_filling(y, physics), truth)) > 2


def test_a_physics_without_a_closed_form() -> None:
    physics, _, y = problem(16)
    network = recpf(0.01, 0.002, levels=2, turns=4).double()
    torch.testing.assert_close(network(y, StandIn(physics.mask)), network(y, physics), rtol=0, atol=1e-4)


def test_defaults() -> None:
    network = recpf(1e-3, 2e-4)
    assert network.is_tied
    assert network.turns == 80
    assert network.stages[0].ratio == 20
    assert not list(network.parameters())


@pytest.mark.parametrize("bad", [{"weight": 0.0}, {"weight": float("nan")}, {"ratio": -1.0}])
def test_constants_must_be_positive(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(bad))} is .*: expected a positive number"):
        recpf(**{"weight": 1e-3, "wavelet_weight": 1e-4, **bad})


def test_bad_input() -> None:
    for value in (-1e-4, float("nan")):
        with pytest.raises(ValueError, match=f"wavelet_weight is {value}: expected 0 or more"):
            recpf(1e-3, value)
    with pytest.raises(ValueError, match=r"'bior2\.2' is not orthogonal"):
        recpf(1e-3, 1e-4, name="bior2.2")
    physics, _, y = problem(24)
    with pytest.raises(ValueError, match="divisible by 16 for 4 levels"):
        recpf(1e-3, 1e-4).double()(y, physics)
