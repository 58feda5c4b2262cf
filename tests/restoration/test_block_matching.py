"""BM3D for photographs: what it leaves alone, what it takes away, sides that no step divides, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.core.metrics import psnr
from mddl_lib.restoration import classical
from mddl_lib.restoration.block_matching import SIZE, BlockMatching
from mddl_lib.restoration.evaluation import noisy
from mddl_lib.restoration.physics import Denoising
from tests.restoration.pieces import picture

PHYSICS = Denoising(25 / 255)


@pytest.mark.parametrize("shape", [(40, 40), (33, 50), (16, 17)])
def test_sides_that_no_step_divides(shape: tuple[int, int]) -> None:
    truth = picture(*shape).float()
    found = BlockMatching(2.5)(noisy(truth[0, 0].numpy(), 25, 0, 0), PHYSICS)
    assert found.shape == truth.shape


def test_a_constant_image_stays_constant() -> None:
    flat = torch.full((1, 1, 32, 40), 0.7)
    torch.testing.assert_close(BlockMatching()(flat, PHYSICS), flat, atol=1e-5, rtol=0)


def test_without_noise_to_speak_of_nothing_is_changed() -> None:
    truth = picture(32, 32).float()
    torch.testing.assert_close(BlockMatching()(truth, Denoising(1e-5)), truth, atol=1e-4, rtol=0)


def test_groups_help_where_a_pattern_repeats() -> None:
    """Stripes repeat everywhere: block matching is well above a threshold in each patch alone, groups of one."""
    stripes = 0.5 + 0.3 * torch.sin(torch.arange(64) * 2 * np.pi / 5).expand(64, 64).contiguous()
    y = noisy(stripes.numpy(), 25, 0, 0)
    truth = stripes[None, None]
    together = psnr(BlockMatching(2.7)(y, PHYSICS), truth)
    alone = psnr(BlockMatching(2.7, groups=(1, 1))(y, PHYSICS), truth)
    means = psnr(classical.tuned("Non-local means", 25)(y, PHYSICS), truth)
    assert together > alone + 1
    assert together > means


def test_references_on_a_finer_grid_make_it_no_worse() -> None:
    truth = picture(48, 48).float()
    y = noisy(truth[0, 0].numpy(), 25, 0, 0)
    coarse, fine = (psnr(BlockMatching(2.5, step)(y, PHYSICS), truth) for step in (8, 2))
    assert fine > coarse


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"threshold": -1.0}, "threshold is -1"),
        ({"step": 3}, "step is 3: expected a divisor of 8"),
        ({"step": 0}, "step is 0"),
    ],
)
def test_bad_constants(options: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BlockMatching(**options)


def test_bad_images() -> None:
    with pytest.raises(ValueError, match="expected \\(batch, 1, height, width\\)"):
        BlockMatching()(torch.zeros(1, 3, 32, 32), PHYSICS)
    with pytest.raises(ValueError, match=r"torch\.uint8: expected floats"):
        BlockMatching()(torch.zeros(1, 1, 32, 32, dtype=torch.uint8), PHYSICS)
    with pytest.raises(ValueError, match="NaN"):
        BlockMatching()(torch.full((1, 1, 32, 32), torch.nan), PHYSICS)
    with pytest.raises(ValueError, match=f"expected sides of {2 * SIZE} pixels"):
        BlockMatching()(torch.zeros(1, 1, 32, 10), PHYSICS)
    with pytest.raises(ValueError, match="groups"):
        BlockMatching(groups=(12, 16))
