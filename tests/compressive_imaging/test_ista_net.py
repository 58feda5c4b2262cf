"""ISTA-Net+: set to its algorithm's constants it is ISTA, written out here; its symmetry loss is what its paper says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import convolve2d, correlate2d

from mddl_lib.compressive_imaging.ista_net import ISTANet, Transform
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.metrics import relative_error
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import estimates
from tests.problems import image, problem

Array = np.ndarray
STEP, THRESHOLD = 0.9, 0.03


def soft(a: Array, threshold: float) -> Array:
    return np.sign(a) * np.maximum(np.abs(a) - threshold, 0)


def ista(data: Array, mask: Array, shrink: object, turns: int) -> list[Array]:
    """x ← shrink(x − ρ Aᴴ(Ax − y)) from Aᴴy, with the unitary transform."""
    x = np.fft.ifft2(data, norm="ortho").real
    found = [x]
    for _ in range(turns):
        residual = mask * np.fft.fft2(x, norm="ortho") - data
        x = shrink(x - STEP * np.fft.ifft2(residual, norm="ortho").real)  # type: ignore[operator]
        found.append(x)
    return found


def assert_close(found: list[torch.Tensor], expected: list[Array], absolute: float) -> None:
    assert len(found) == len(expected)
    for turn, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert np.abs(a[0, 0].double().numpy() - b).max() <= absolute, f"turn {turn}"
    assert np.linalg.norm(expected[-1] - expected[0]) > 0.02 * np.linalg.norm(expected[0])


@pytest.mark.parametrize("double", [True, False])
def test_with_one_filter_in_the_middle_it_is_ista(double: bool) -> None:
    """½‖Ax − y‖² + θ/ρ ‖x‖₁: the proximal operator is soft shrinkage. What is lost is θ/c a turn, and rounding."""
    physics, _, y = problem()
    delta = torch.zeros(1, 3, 3)
    delta[0, 1, 1] = 1
    network = ISTANet(6, 32).from_algorithm(STEP, THRESHOLD, delta).eval()
    expected = ista(y[0, 0].numpy(), physics.mask.numpy(), lambda r: soft(r, THRESHOLD), 6)
    found = estimates(network.double(), y, physics) if double else estimates(network, y.to(torch.complex64), physics)
    # the threshold is a single precision number: 2e-9 of it
    assert_close(found, expected, 6 * (THRESHOLD / 2**20 + 2e-9) if double else 2e-6)


def test_with_the_dct_it_is_their_shift_invariant_shrinkage() -> None:
    physics, _, y = problem()
    network = ISTANet(5, 32).double().from_algorithm(STEP, THRESHOLD).eval()
    filters = (dct_basis(3).double() / 3).numpy()
    mean = np.full((3, 3), float(np.float32(1 / 9)))

    def shrink(r: Array) -> Array:
        result = convolve2d(correlate2d(r, mean, mode="same"), mean, mode="same")
        for one in filters:
            result += convolve2d(soft(correlate2d(r, one, mode="same"), THRESHOLD), one, mode="same")
        return result

    assert_close(estimates(network, y, physics), ista(y[0, 0].numpy(), physics.mask.numpy(), shrink, 5), 5e-7)


def test_nothing_shrunk_gives_the_image_back_away_from_the_border() -> None:
    """The eight DCT filters and the mean, divided by 3, are a tight frame: VᵀV + WᵀW = I, but for the zero padding."""
    physics = MaskedFourier(torch.ones(16, 16))
    truth = image(16)
    network = ISTANet(1, 32).double().from_algorithm(1.0, 0.0).eval()
    difference = (network(physics.A(truth), physics) - truth).abs()
    assert difference[..., 2:-2, 2:-2].max() < 1e-6
    assert difference.max() > 1e-3


def test_the_transform_can_be_the_identity_although_relu_is_none() -> None:
    transform = Transform(8)
    transform.set_identity(4)
    u = torch.randn(1, 8, 5, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(transform(u)[:, :4], u[:, :4], rtol=0, atol=0)
    assert not transform(u)[:, 4:].any()


def test_the_symmetry_loss() -> None:
    physics, truth, y = problem(16)
    network = ISTANet(3, 4).double()
    network.eval()(y, physics)
    with pytest.raises(ValueError, match="needs a call in training"):
        network.loss(truth, truth)
    network.train()
    estimate = network(y, physics)
    total, state = 0.0, network.start(y, physics)
    for phase in network.stages:
        r = state.estimate - phase.step * physics.A_adjoint(physics.A(state.estimate) - y)
        u = torch.nn.functional.conv2d(r, phase.analysis, padding=1)
        total = total + (phase.backward_transform(phase.forward_transform(u)) - u).square().mean()
        state = phase(state, y, physics)
    torch.testing.assert_close(network.loss(estimate, truth), relative_error(estimate, truth) + 0.01 * total)
    assert float(total.detach()) > 0.01 * float(relative_error(estimate, truth).detach())
    torch.testing.assert_close(network.eval()(y, physics), estimate)


def test_set_to_its_algorithm_the_asymmetry_is_zero() -> None:
    """F̃ F = I on the channels that carry something: what ISTA asks for, and the symmetry loss teaches."""
    physics, _, y = problem(16)
    network = ISTANet(2, 32).double().from_algorithm().train()
    network(y, physics)
    assert network.asymmetry is not None
    assert float(network.asymmetry.detach()) == 0


def test_an_estimate_depends_on_its_own_stage_and_on_no_later_one() -> None:
    physics, _, y = problem(16)
    network = ISTANet(3, 4).double()
    for turn, state in enumerate(network.iterates(y, physics)):
        if turn == 0:
            assert not state.estimate.requires_grad
            continue
        gradients = torch.autograd.grad(
            state.estimate.square().sum(), list(network.parameters()), retain_graph=True, allow_unused=True
        )
        for (name, _), gradient in zip(network.named_parameters(), gradients, strict=True):
            if int(name.split(".")[1]) + 1 > turn:
                assert gradient is None, f"the estimate of turn {turn} uses {name}"
            else:
                assert gradient.norm() > 0, f"the estimate of turn {turn} does not use {name}"


def test_the_papers_size_and_start() -> None:
    network = ISTANet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 336_978
    assert {float(phase.step.detach()) for phase in network.stages} == {0.5}
    assert float(network.stages[3].threshold.detach()) == pytest.approx(0.01)
    weight = network.stages[0].forward_transform.first.detach()
    assert float(weight.std()) == pytest.approx((2 / (2 * 32 * 9)) ** 0.5, rel=0.05)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="phases is 0"):
        ISTANet(0)
    with pytest.raises(ValueError, match="channels is '8'"):
        ISTANet(1, "8")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(4, 3, 3\).*n \+ m \+ 1 ≤ 4"):
        ISTANet(1, 8).from_algorithm(filters=torch.zeros(4, 3, 3))
    with pytest.raises(ValueError, match=r"\(1, 5, 5\)"):
        ISTANet(1, 8).from_algorithm(filters=torch.zeros(1, 5, 5))


def test_complex_images_are_refused_by_name() -> None:
    physics = MaskedFourier(pseudo_radial((16, 16), 0.4), real=False)
    with pytest.raises(ValueError, match="ISTANet takes real images"):
        ISTANet(1, 4).double()(physics.A(image(16).to(torch.complex128)), physics)
