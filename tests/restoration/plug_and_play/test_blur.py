"""The blur: its matrix, its transform, its closed forms, and the five of the table."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import convolve

from mddl_lib.restoration.plug_and_play.blur import Blur
from mddl_lib.restoration.plug_and_play.deblurring import SETTINGS, blurred, gaussian, measured, score
from tests.restoration.pieces import draw

KERNEL = draw(5, 5).abs()


def dense(physics: Blur, height: int, width: int) -> torch.Tensor:
    basis = torch.eye(height * width, dtype=torch.float64).view(-1, 1, height, width)
    return physics.A(basis).flatten(1).T


def test_it_is_scipys_convolution() -> None:
    x = draw(1, 1, 9, 8)
    expected = convolve(x[0, 0].numpy(), (KERNEL / KERNEL.sum()).numpy(), mode="wrap")
    np.testing.assert_allclose(Blur(KERNEL).A(x)[0, 0].numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(6, 7), (7, 6), (5, 5)])
def test_the_transform_makes_its_matrix_diagonal(shape: tuple[int, int]) -> None:
    physics = Blur(KERNEL)
    a = dense(physics, *shape).to(torch.complex128)
    torch.testing.assert_close(a.T.real, dense_adjoint(physics, *shape), rtol=0, atol=1e-12)
    count = shape[0] * shape[1]
    basis = torch.eye(count, dtype=torch.complex128).view(-1, *shape)
    transform = torch.fft.fft2(basis, norm="ortho").flatten(1).T
    diagonal = transform @ (a.mH @ a) @ transform.mH
    assert (diagonal - torch.diag(diagonal.diag())).abs().max() < 1e-12
    half = physics.transfer(torch.zeros(1, 1, *shape, dtype=torch.float64)).abs().square()
    torch.testing.assert_close(diagonal.diag().real.view(shape)[:, : shape[1] // 2 + 1], half, rtol=0, atol=1e-12)


def dense_adjoint(physics: Blur, height: int, width: int) -> torch.Tensor:
    basis = torch.eye(height * width, dtype=torch.float64).view(-1, 1, height, width)
    return physics.A_adjoint(basis).flatten(1).T


def test_a_spectrum_as_penalty_solves_with_filters() -> None:
    from mddl_lib.core.filters import analyse, finite_differences, power_spectrum, synthesise

    physics, x = Blur(KERNEL), draw(1, 1, 9, 8)
    filters = finite_differences().double()
    penalty = power_spectrum(filters, torch.full((2,), 0.3, dtype=torch.float64), (9, 8))
    right = physics.A_adjoint(physics.A(x)) + 0.3 * synthesise(analyse(x, filters), filters)
    torch.testing.assert_close(physics.solve_normal(right, penalty), x, rtol=0, atol=1e-9)


def test_colours_are_blurred_one_by_one_and_a_flat_image_stays() -> None:
    physics, x = Blur(KERNEL), draw(2, 3, 8, 9)
    torch.testing.assert_close(physics.A(x)[:, 1:2], physics.A(x[:, 1:2]))
    flat = torch.full((1, 1, 8, 9), 0.4, dtype=torch.float64)
    torch.testing.assert_close(physics.A(flat), flat)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"kernel has the shape \(4, 4\)"):
        Blur(torch.ones(4, 4))
    with pytest.raises(ValueError, match="sums to 0"):
        Blur(torch.tensor([[0.0, 1, 0], [0, 0, 0], [0, -1, 0]]))
    with pytest.raises(ValueError, match="kernel holds NaN"):
        Blur(torch.full((3, 3), float("nan")))
    with pytest.raises(ValueError, match=r"shape \(1, 1, 4, 9\).*5 or more"):
        Blur(KERNEL).A(torch.zeros(1, 1, 4, 9))
    with pytest.raises(ValueError, match="holds NaN"):
        Blur(KERNEL).A(torch.full((1, 1, 9, 9), float("nan")))


def test_the_five() -> None:
    for letter in "abcd":
        physics = blurred(letter)
        assert physics.sigma == SETTINGS[letter].noise
        assert float(physics.kernel.sum()) == pytest.approx(1, abs=1e-6)
    assert blurred("d").kernel.shape == (19, 19)
    line = gaussian(1.6).sum(0)
    places = torch.arange(25) - 12.0
    assert float((line * places.square()).sum().sqrt()) == pytest.approx(1.6, abs=1e-3)
    with pytest.raises(KeyError, match="blur 'f': expected one of a, b, c, d, e"):
        blurred("f")


def test_a_score_leaves_the_border_out_clips_and_draws_its_noise_again() -> None:
    class Data(list):
        name, sha256, embedded = "two", "", True

    rng = np.random.default_rng(0)
    sample = type("S", (), {})
    data = Data()
    for name in "ab":
        s = sample()
        s.name, s.array = name, rng.random((30, 32), dtype=np.float32)
        data.append(s)
    physics = blurred("a")
    x, y = measured(data[1].array, physics, 0, 1)
    assert torch.equal(y, measured(data[1].array, physics, 0, 1)[1])
    found = score(lambda y, p: y, data, physics, crop=3, progress=False)
    error = (y.clamp(0, 1) - x)[..., 3:-3, 3:-3].square().mean()
    assert found.values["psnr"][1] == pytest.approx(float(-10 * torch.log10(error)), abs=1e-4)
    with pytest.raises(ValueError, match=r"the truth has the shape \(30,\)"):
        measured(data[1].array[:, 0], physics, 0, 1)
    with pytest.raises(ValueError, match=r"a: the model returned \(1, 1, 3, 3\)"):
        score(lambda y, p: y[..., :3, :3], data, physics, crop=0, progress=False)
