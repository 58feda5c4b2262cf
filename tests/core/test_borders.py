"""What reaches a physics, a solver, a metric or a network from outside: taken rightly, or refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core import arguments
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.metrics import psnr, ssim
from mddl_lib.core.normal_equations import conjugate_gradients, solve_normal, zero_filled
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet
from tests.problems import image, problem
from tests.stand_in import Blur, StandIn


def test_a_mask_is_copied() -> None:
    """Changing the caller's mask changed the operator's half of the physics, and not its solve's."""
    mask = pseudo_radial((16, 16), 0.4)
    physics, x = MaskedFourier(mask), image(16)
    before = physics.A(x)
    mask.zero_()
    assert torch.equal(physics.A(x), before)
    torch.testing.assert_close(physics.solve_normal(physics.A_adjoint(before) + x, 1.0), x)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.tensor([[0.2, 0.7], [1.0, 0.0]]), "4 values, 2 of 4 entries are neither 0 nor 1"),
        (torch.tensor([[0.0, 255.0], [255.0, 0.0]]), r"2 values, 2 of 4 entries are neither .* \(the largest is 255\)"),
        (torch.ones(2, 2, dtype=torch.complex64), "the mask is complex"),
        (torch.ones(0, 4), r"shape \(0, 4\)"),
    ],
)
def test_masks_that_are_none_are_counted(mask: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        MaskedFourier(mask)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize("mask", [torch.tensor([[True, False]]), np.array([[1, 0]], np.uint8), [[1, 0]]])
def test_masks_of_other_types_are_taken(mask: Any) -> None:
    assert MaskedFourier(mask).mask.tolist() == [[1.0, 0.0]]


def test_images_and_measurements_of_the_wrong_kind() -> None:
    physics, _, y = problem(16)
    with pytest.raises(ValueError, match="the image is complex, and this physics has real images"):
        physics.A(image(16) + 0j)
    with pytest.raises(ValueError, match=r"the measurement is torch.float64, and k-space is complex.*torch\.complex"):
        physics.A_adjoint(y.real)
    with pytest.raises(ValueError, match="the right-hand side holds NaN or infinity"):
        physics.solve_normal(image(16) * float("nan"), 0.1)
    with pytest.raises(ValueError, match="the image holds NaN or infinity"):
        physics.A(image(16) / 0)
    arguments.finite("x", torch.full((16, 16), 3e38))  # its sum overflows, and yet each value is finite


@pytest.mark.parametrize("gamma", [-1.0, 0.0, float("nan"), torch.tensor(-0.5), torch.tensor([1.0, float("nan")])])
def test_gamma_is_positive(gamma: Any) -> None:
    physics, x, y = problem(16)
    with pytest.raises(ValueError, match=r"gamma .*expected (a )?positive number"):
        physics.prox_l2(x, y, gamma)


def test_penalties_of_another_grid_are_named() -> None:
    physics, x, _ = problem(16)
    with pytest.raises(ValueError, match=r"\(16, 16\): expected a number or \(16, 9\), the half grid, for real images"):
        physics.solve_normal(x, torch.ones(16, 16))
    for physics_ in (physics, StandIn(physics.mask)):
        with pytest.raises(ValueError, match=r"penalty is -0\.1: expected 0 or more"):
            solve_normal(physics_, x, -0.1)


def test_conjugate_gradients_name_an_operator_that_is_not_positive_definite() -> None:
    b = image(8)
    with pytest.raises(ValueError, match=r"not positive definite.*⟨d, Qd⟩ is -.* turn 1"):
        conjugate_gradients(lambda x: -x, b)
    with pytest.raises(ValueError, match="not positive definite, or not finite"):
        conjugate_gradients(lambda x: x * float("nan"), b)
    with pytest.raises(ValueError, match="not positive definite"):
        solve_normal(Blur(), b, -torch.ones(8, 8))
    # an image that is solved already may have no curvature left
    both = torch.cat([b, torch.zeros_like(b)])
    torch.testing.assert_close(conjugate_gradients(lambda x: 2 * x, both), both / 2)


def test_ssim_of_channels_is_the_mean_of_theirs_and_no_volumes() -> None:
    """A batch of channels was taken for a volume: .8046 where .7997 was meant."""
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(2, 3, 20, 24, generator=generator)
    estimate = truth + 0.1 * torch.randn(truth.shape, generator=generator)
    flat = ssim(estimate.flatten(0, 1)[:, None], truth.flatten(0, 1)[:, None]).view(2, 3).mean(1)
    torch.testing.assert_close(ssim(estimate, truth), flat, rtol=0, atol=1e-7)
    torch.testing.assert_close(ssim(estimate[:, 0], truth[:, 0]), ssim(estimate[:, :1], truth[:, :1]))
    volume, other = torch.rand(1, 1, 12, 13, 14, generator=generator), torch.rand(1, 1, 12, 13, 14, generator=generator)
    expected = structural_similarity(
        volume[0, 0].numpy(),
        other[0, 0].numpy(),
        data_range=1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert float(ssim(other, volume)) == pytest.approx(expected, abs=1e-6)


def test_metrics_say_what_they_take() -> None:
    x = torch.rand(1, 1, 16, 16)
    with pytest.raises(ValueError, match=r"structural similarity expected real ones"):
        ssim(x + 0j, x + 0j)
    with pytest.raises(ValueError, match=r"\(1, 1, 8, 16\): expected sides of 11 or more"):
        ssim(x[:, :, :8], x[:, :, :8])
    with pytest.raises(ValueError, match=r"the estimate is torch.int64: expected real or complex numbers"):
        psnr((255 * x).long(), x)
    with pytest.raises(ValueError, match="the estimate lies on meta, the truth on cpu: expected one device"):
        psnr(x.to("meta"), x)
    for peak in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"peak is .*: expected a positive number"):
            psnr(x, x, peak)


@pytest.mark.parametrize("make", [lambda: ADMMNet(0), lambda: ADMMCSNet(1, 2, 3)])
def test_doubles_into_a_network_of_singles(make: Any) -> None:
    """complex128 ended in "expected scalar type Double but found Float"."""
    physics, _, y = problem(16)
    network = make()
    with torch.no_grad():
        assert network(y, physics).dtype == torch.float32
        torch.testing.assert_close(network(y, physics), network(y.to(torch.complex64), physics))
        assert network(y, StandIn(physics.mask)).dtype == torch.float32  # another library's operator too


def test_a_physics_that_keeps_a_precision_of_its_own_is_named() -> None:
    physics, _, y = problem(16)

    class Stubborn(StandIn):
        def A_adjoint(self, y: Tensor, **kwargs: object) -> Tensor:
            return super().A_adjoint(y).double()

    with pytest.raises(
        ValueError, match=r"made torch.float64 of a measurement of torch.complex64: expected one precision"
    ):
        ADMMNet(0)(y, Stubborn(physics.mask))


def test_coils_are_explained() -> None:
    physics, _, y = problem(16)
    with pytest.raises(
        ValueError, match=r"\(1, 4, 16, 16\): expected \(batch, 1, height, width\)\. Coils or channels go one"
    ):
        zero_filled(y.expand(1, 4, -1, -1), physics)
    pair = torch.cat([y.real, y.imag], 1)
    with pytest.raises(ValueError, match="a real and an imaginary part are one complex channel here"):
        zero_filled(pair, Blur())


def test_devices_are_named() -> None:
    physics, x, y = problem(16)
    with pytest.raises(ValueError, match=r"the measurement lies on cpu, the physics on meta: .*physics\.to\('cpu'\)"):
        physics.to("meta").A_adjoint(y)
    with pytest.raises(ValueError, match=r"the network lies on meta, the measurement on cpu: .*network\.to\('cpu'\)"):
        ADMMNet(0).to("meta")(y, MaskedFourier(torch.ones(16, 16)))
    assert torch.equal(MaskedFourier(torch.ones(16, 16)).A(x), MaskedFourier(torch.ones(16, 16)).to("cpu").A(x))
