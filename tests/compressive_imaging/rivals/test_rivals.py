"""TVAL3, D-AMP, NLR-CS: adjoints, their steps by hand, what the theory promises, bad input."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.compressive_imaging.operators.diffraction import CodedDiffraction
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.operators.orthonormal_rows import OrthonormalRows
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows, StructurallyRandom
from mddl_lib.compressive_imaging.rivals.low_rank import LowRankGroups
from mddl_lib.compressive_imaging.rivals.message_passing import MessagePassing
from mddl_lib.compressive_imaging.rivals.tval3 import TVAL3, differences, differences_adjoint
from mddl_lib.core.metrics import psnr
from mddl_lib.core.shrinkage import soft
from tests.laws.pieces import draw


def boxes(side: int = 32) -> Tensor:
    """Two flat boxes on a flat ground: total variation's own kind of image."""
    x = torch.full((1, 1, side, side), 0.2, dtype=torch.float64)
    x[..., side // 4 : side // 2, side // 4 :] = 0.8
    x[..., 5 * side // 8 :, : side // 3] = 0.5
    return x


def test_the_differences_have_their_adjoint() -> None:
    x, w = draw(1, 1, 6, 7), draw(1, 2, 6, 7)
    assert float((differences(x) * w).sum() - (x * differences_adjoint(w)).sum()) == pytest.approx(0, abs=1e-12)


def test_tval3_finds_a_flat_image_from_few_measurements() -> None:
    physics, truth = ScrambledHadamard((32, 32), 410), boxes()
    y = physics.A(truth)
    found = TVAL3()(y, physics)
    assert float(psnr(found, truth)) > 45 > 15 + float(psnr(physics.A_adjoint(y), truth))
    assert (physics.A(found) - y).norm() < 1e-2 * y.norm(), "the multipliers hold the image to the data"


def test_tval3_takes_a_batch_one_by_one() -> None:
    physics = StructurallyRandom((16, 16), 120)
    y = physics.A(torch.cat([boxes(16), boxes(16).flip(-1)]))
    together = TVAL3(turns=40)(y, physics)
    torch.testing.assert_close(together[1:], TVAL3(turns=40)(y[1:], physics), rtol=0, atol=1e-9)


def sparse(v: Tensor, sigma: float) -> Tensor:
    """The denoiser of sparse images."""
    return soft(v, 1.5 * sigma)


def test_a_turn_of_message_passing_by_hand() -> None:
    physics = DenseRows((8, 8), 32, seed=1)
    y = physics.A(draw(1, 1, 8, 8))
    (x1, v1, s1), (x2, v2, s2) = MessagePassing(sparse, 2).states(y, physics)
    gain = 2**0.5
    z = gain * y
    torch.testing.assert_close(v1, gain * physics.A_adjoint(z))
    assert s1 == pytest.approx(float(z.norm()) / 32**0.5)
    torch.testing.assert_close(x1, sparse(v1, s1))
    kept = float((v1.abs() > 1.5 * s1).sum())  # soft thresholding's divergence counts what it keeps
    z = gain * (y - physics.A(x1)) + z * kept / 32
    # the divergence is estimated along one random direction
    assert (v2 - (x1 + gain * physics.A_adjoint(z))).norm() < 0.5 * v2.norm()
    torch.testing.assert_close(x2, sparse(v2, s2))


class Gaussian:
    """Independent Gaussian entries, columns of unit length once they are scaled by the square root of n/m."""

    shape, ratio = (60, 60), 1500 / 3600

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(2)
        self.matrix = torch.randn(1500, 3600, dtype=torch.float64, generator=generator) / 60

    def A(self, x: Tensor) -> Tensor:
        return x.flatten(-2) @ self.matrix.T

    def A_adjoint(self, y: Tensor) -> Tensor:
        return (y @ self.matrix).unflatten(-1, self.shape)


def test_the_noise_is_what_the_theory_says() -> None:
    """For Gaussian entries σ̂ is the deviation of v − x, with Onsager's term and not without it; orthonormal rows have less noise."""
    generator = torch.Generator().manual_seed(3)
    truth = torch.zeros(1, 1, 60, 60, dtype=torch.float64)
    truth.view(-1)[torch.randperm(3600, generator=generator)[:250]] = 1.0

    def ratios(physics: object, onsager: bool = True) -> list[float]:
        states = MessagePassing(sparse, 12, onsager).states(physics.A(truth), physics)
        return [float((v - truth).std()) / sigma for _, v, sigma in states]

    assert max(abs(ratio - 1) for ratio in ratios(Gaussian())) < 0.05
    assert min(ratios(Gaussian(), onsager=False)[1:]) > 1.1
    first = ratios(DenseRows((60, 60), 1500, seed=2))[0]
    assert first == pytest.approx((1 - 1500 / 3600) ** 0.5, rel=0.05)


def test_a_complex_coefficient_of_a_real_image_counts_twice() -> None:
    """Coded diffraction: σ̂ is the noise within a fifth; counted once it would be √2 of it."""
    truth = torch.zeros(1, 1, 60, 60, dtype=torch.float64)
    truth.view(-1)[torch.randperm(3600, generator=torch.Generator().manual_seed(3))[:250]] = 1.0
    physics = CodedDiffraction.random((60, 60), 750, seed=1)
    states = MessagePassing(sparse, 8).states(physics.A(truth), physics)
    ratios = [float((v - truth).std()) / sigma for _, v, sigma in states]
    assert min(ratios) > 0.8, ratios
    assert max(ratios) < 1.15, ratios


def test_low_rank_groups_improve_on_their_start() -> None:
    stripes = (0.5 + 0.3 * torch.sin(torch.arange(33, dtype=torch.float64) / 1.7)).expand(1, 1, 33, 33).contiguous()
    physics = StructurallyRandom((33, 33), 330)
    y = physics.A(stripes)
    start = TVAL3(turns=60)
    found = LowRankGroups(start, threshold=1.0, weight=0.2, turns=8, every=2, count=20)(y, physics)
    assert float(psnr(found, stripes)) > float(psnr(start(y, physics), stripes)) + 2


def test_singular_values_are_shrunk() -> None:
    groups = draw(3, 5, 9)
    u, s, vh = torch.linalg.svd(groups, full_matrices=False)
    expected = u * (s - 0.4 / (s + 1e-6)).clamp_min(0)[:, None] @ vh
    torch.testing.assert_close(LowRankGroups._shrunk(groups, 0.4), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: TVAL3(data=0), ValueError, "data is 0"),
        (lambda: TVAL3(turns=0), ValueError, "turns is 0"),
        (lambda: MessagePassing(3), TypeError, "denoise is 3"),
        (lambda: MessagePassing(sparse, damping=1.5), ValueError, "damping is 1.5"),
        (lambda: LowRankGroups(None), TypeError, "start is None"),
        (lambda: LowRankGroups(sparse, threshold=-1), ValueError, "threshold is -1"),
        (lambda: TVAL3()(torch.full((1, 1, 9), torch.nan), OrthonormalRows((4, 4), 9)), ValueError, "NaN"),
        (lambda: TVAL3()(torch.zeros(1, 1, 9), object()), TypeError, "expected an object with A"),
    ],
)
def test_bad_input_is_named(make: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize("data", [2.0**4, 2.0**8])
def test_tval3_stays_where_it_has_settled(data: float) -> None:
    """An image that it finds exactly, in single precision: the step's curvature is rounding alone, and no step may explode."""
    at, truth = ScrambledHadamard((32, 32), 409, seed=1), boxes().float()
    assert float(psnr(TVAL3(data, 2.0**3)(at.A(truth), at), truth)) > 60
