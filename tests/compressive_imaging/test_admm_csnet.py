"""Generic ADMM-CSNet: set to its algorithm's constants it is ADMM with one inner gradient step, written out here."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d, correlate2d

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.masks import cartesian, pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import estimates
from tests.problems import image, problem

Array = np.ndarray


def inner_step_admm(
    data: Array, mask: Array, filters: Array, penalty: float, rate: float, step: float, bend: float, turns: int
) -> list[Array]:
    """min ½‖Ax − y‖² + Σ g(D_l z) with x = z: the z step is one gradient step from v = x + β. Complex x, zero padding.

    ``data`` is the paper's measurement, mask ∘ fft2(x), unnormalised. g' clips (Huber).
    """

    def descend(v: Array) -> Array:
        total = np.zeros_like(v)
        for one in filters:
            response = correlate2d(v, one, mode="same")
            total += convolve2d(np.clip(response, -bend, bend), one, mode="same")  # the adjoint of correlating
        return v - step * total

    def solve(right: Array) -> Array:
        return np.fft.ifft2((data + penalty * np.fft.fft2(right)) / (mask + penalty))

    z = beta = np.zeros(mask.shape)
    found = []
    for _ in range(turns + 1):
        x = solve(z - beta)
        found.append(x)
        v = x + beta
        z = descend(v.real) + 1j * descend(v.imag)
        beta = beta + rate * (x - z)
    return found


def assert_close(found: list[torch.Tensor], expected: list[Array], relative: float) -> None:
    assert len(found) == len(expected)
    for turn, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert np.linalg.norm(a[0, 0].numpy() - b) <= relative * np.linalg.norm(b), f"turn {turn}"
    assert np.linalg.norm(expected[-1] - expected[0]) > 0.02 * np.linalg.norm(expected[0])  # the turns do something


@pytest.mark.parametrize(
    ("penalty", "rate", "step", "bend"), [(0.1, 1.0, 1.0, 0.02), (0.5, 1.3, 0.5, 0.1), (0.05, 0.7, 1.5, 0.04)]
)
def test_set_to_its_constants_it_is_admm_with_one_gradient_step(
    penalty: float, rate: float, step: float, bend: float
) -> None:
    physics, truth, y = problem()
    network = ADMMCSNet(5, 24, 5).double().from_algorithm(penalty, rate, step, bend)
    mask = physics.mask.numpy()
    data = np.fft.fft2(truth[0, 0].numpy()) * mask
    expected = inner_step_admm(data, mask, dct_basis(5, torch.float64).numpy() / 5, penalty, rate, step, bend, 5)
    # the DCT filters, the penalty and the knots pass through single precision: 1e-7 of each
    assert_close(estimates(network, y, physics), [x.real for x in expected], 1e-6)


@pytest.mark.parametrize("kind", ["radial", "cartesian"])
def test_the_identity_holds_for_complex_images(kind: str) -> None:
    """The same real weights on both parts; the solve is over complex x, with the mask itself."""
    mask = pseudo_radial((24, 24), 0.4) if kind == "radial" else cartesian((24, 24), 0.4, 0)
    physics = MaskedFourier(mask, real=False)
    truth = torch.complex(image(24), image(24, seed=1))
    network = ADMMCSNet(4, 8, 3).double().from_algorithm(0.1, 1.2, 0.8, 0.04)
    expected = inner_step_admm(
        np.fft.fft2(truth[0, 0].numpy()) * mask.numpy(), mask.numpy(), dct_basis(3, torch.float64).numpy() / 3,
        0.1, 1.2, 0.8, 0.04, 4,
    )  # fmt: skip
    assert_close(estimates(network, physics.A(truth), physics), expected, 1e-6)


def test_any_filters_will_do_and_spare_channels_stay_silent() -> None:
    physics, truth, y = problem(24)
    filters = torch.randn(3, 5, 5, generator=torch.Generator().manual_seed(1)) / 20
    network = ADMMCSNet(3, 7, 5).double().from_algorithm(0.2, 1.0, 0.7, 0.06, filters)
    mask = physics.mask.numpy()
    expected = inner_step_admm(
        np.fft.fft2(truth[0, 0].numpy()) * mask, mask, filters.double().numpy(), 0.2, 1.0, 0.7, 0.06, 3
    )
    assert_close(estimates(network, y, physics), [x.real for x in expected], 1e-6)


def test_a_real_image_is_a_complex_one_without_imaginary_part() -> None:
    """A trained network's layers have biases, which act on the imaginary part too: so it holds without them only."""
    mask = pseudo_radial((16, 16), 0.4)
    network, truth = ADMMCSNet(2, 6, 3).double(), image(16)
    real, complex_ = MaskedFourier(mask), MaskedFourier(mask, real=False)
    first, second = network(real.A(truth), real), network(complex_.A(truth + 0j), complex_)
    torch.testing.assert_close(second.real, first, rtol=0, atol=1e-12)
    assert second.imag.abs().max() < 1e-12
    with torch.no_grad():
        network.stages[0].denoiser.bias2.fill_(0.1)
    assert network(complex_.A(truth + 0j), complex_).imag.abs().max() > 1e-3


def test_complex_images_of_a_batch_do_not_mix() -> None:
    physics = MaskedFourier(pseudo_radial((16, 16), 0.4), real=False)
    truth = torch.complex(image(16, batch=3), image(16, batch=3, seed=1))
    network = ADMMCSNet(2, 6, 3).double()
    together = network(physics.A(truth), physics)
    for number in range(3):
        alone = network(physics.A(truth[number : number + 1]), physics)
        torch.testing.assert_close(together[number : number + 1], alone, rtol=0, atol=1e-12)


def test_the_papers_size_and_initialisation() -> None:
    network = ADMMCSNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 194_591
    assert len(network.stages) == 10
    assert float(network.start.reconstruction.penalty.detach()) == pytest.approx(0.1)
    for stage in network.stages:
        assert float(stage.rate.detach()) == 1
        assert float(stage.reconstruction.penalty.detach()) == pytest.approx(0.1)
        for weight in (stage.denoiser.weight1, stage.denoiser.weight2):
            assert float(weight.detach().std()) == pytest.approx(
                (2 / (25 * 128)) ** 0.5, rel=0.06
            )  # 3200 draws: ± 1.3 %
        assert not stage.denoiser.bias1.any()
        assert not stage.denoiser.bias2.any()
        p = stage.denoiser.shrinkage.positions()
        torch.testing.assert_close(stage.denoiser.shrinkage.values.detach(), p.clamp_min(0).expand(128, -1))


@pytest.mark.parametrize("channels", [3, 16, 37])
def test_without_gradients_groups_of_channels_give_the_same(channels: int) -> None:
    physics, _, y = problem(16)
    network = ADMMCSNet(2, channels, 3).double()
    with torch.no_grad():
        for parameter in network.stages[0].denoiser.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
        grouped = network(y, physics)
    torch.testing.assert_close(grouped, network(y, physics).detach(), rtol=0, atol=1e-12)


def test_the_seed_decides_the_filters() -> None:
    first, same, other = (ADMMCSNet(1, 4, 3, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["stages.0.denoiser.weight1"], other["stages.0.denoiser.weight1"])


def scattered(seed: int = 0) -> ADMMCSNet:
    """Every parameter at random, in doubles; wide responses, so that all knots are reached."""
    network, generator = ADMMCSNet(2, 3, 3).double(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            if "penalty" in name or "rate" in name:
                parameter.mul_(1 + 0.2 * noise.clamp(-2, 2))
            else:
                parameter.add_((0.05 if "values" in name else 0.3) * noise)
    return network


def test_an_estimate_depends_on_every_entry_of_its_own_stage_and_on_no_later_one() -> None:
    network, (physics, truth, _) = scattered(), problem(48)
    noise = 3 * torch.randn(truth.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    names = [name for name, _ in network.named_parameters()]
    for turn, state in enumerate(network.iterates(physics.A(noise), physics)):
        gradients = torch.autograd.grad(
            state.estimate.square().sum(), list(network.parameters()), retain_graph=True, allow_unused=True
        )
        for name, gradient in zip(names, gradients, strict=True):
            stage = 0 if name.startswith("start") else int(name.split(".")[1]) + 1
            if stage > turn:
                assert gradient is None, f"the estimate of turn {turn} uses {name}"
            elif stage == turn:
                assert not (gradient == 0).any(), f"{name} at turn {turn}: {(gradient == 0).sum()} without influence"
            else:
                assert gradient.norm() > 0, f"the estimate of turn {turn} does not use {name}"


@pytest.mark.parametrize("real", [True, False])
def test_gradients_against_differences(real: bool) -> None:
    """Through every layer at once, in the direction of a random change of all parameters."""
    network, mask = scattered(1), pseudo_radial((16, 16), 0.4)
    physics = MaskedFourier(mask, real=real)
    truth = image(16) if real else torch.complex(image(16), image(16, seed=1))
    y, parameters = physics.A(truth), list(network.parameters())
    changes = [torch.randn(p.shape, dtype=p.dtype, generator=torch.Generator().manual_seed(3)) for p in parameters]

    def value(size: float) -> torch.Tensor:
        with torch.no_grad():
            for parameter, change in zip(parameters, changes, strict=True):
                parameter.add_(size * change)
            result = (network(y, physics) - truth).abs().square().sum()
            for parameter, change in zip(parameters, changes, strict=True):
                parameter.sub_(size * change)
        return result

    gradients = torch.autograd.grad((network(y, physics) - truth).abs().square().sum(), parameters)
    along = sum((g * c).sum() for g, c in zip(gradients, changes, strict=True))
    numeric = (value(1e-7) - value(-1e-7)) / 2e-7
    torch.testing.assert_close(along, numeric, rtol=1e-4, atol=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stages": 0}, "stages is 0"), ({"channels": 1.5}, "channels is 1.5"), ({"size": 4}, "size is 4"),
        ({"stages": True}, "stages is True"),
    ],
)  # fmt: skip
def test_bad_sizes_are_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ADMMCSNet(**arguments)


def test_filters_that_do_not_fit_are_named() -> None:
    network = ADMMCSNet(1, 4, 3)
    with pytest.raises(ValueError, match=r"\(5, 3, 3\): expected \(≤ 4, 3, 3\)"):
        network.from_algorithm(filters=torch.zeros(5, 3, 3))
    with pytest.raises(ValueError, match=r"\(2, 5, 5\): expected \(≤ 4, 3, 3\)"):
        network.from_algorithm(filters=torch.zeros(2, 5, 5))
