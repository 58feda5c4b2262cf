"""The denoiser that is a proximal operator: its identity, Moreau's laws with any constants, gradients, bad input."""

from __future__ import annotations

import pytest
import torch

from mddl_lib import check
from mddl_lib.restoration.physics import Denoising
from mddl_lib.restoration.plug_and_play.monotone_frame import MonotoneFrame, soft_frame
from tests.restoration.pieces import draw, picture, scattered


@pytest.mark.parametrize("size", [3, 7])
def test_set_to_soft_shrinkage_it_is_cycle_spinning(size: int) -> None:
    network, y = MonotoneFrame(size).double().from_algorithm(2.4, 60.0), picture(11, 12, batch=2)
    torch.testing.assert_close(network(y, Denoising(0.1)), soft_frame(y, 0.1, 2.4, size), rtol=0, atol=1e-12)


def test_cycle_spinning_is_the_mean_over_all_shifts_of_blocks() -> None:
    """On sides that blocks divide, shifting, denoising block by block and shifting back, nine times."""
    y = draw(1, 1, 6, 9)
    from mddl_lib.core.collaborative_filter import dct_matrix

    dct, total = dct_matrix(3), torch.zeros_like(y)
    for down in range(3):
        for across in range(3):
            blocks = torch.roll(y, (-down, -across), (-2, -1))[0, 0].unfold(0, 3, 3).unfold(1, 3, 3)
            kept = dct @ blocks @ dct.T
            shrunk = kept.sign() * (kept.abs() - 0.2).clamp(min=0)
            shrunk[..., 0, 0] = kept[..., 0, 0]
            back = (dct.T @ shrunk @ dct).permute(0, 2, 1, 3).reshape(1, 1, 6, 9)
            total += torch.roll(back, (down, across), (-2, -1))
    torch.testing.assert_close(soft_frame(y, 0.1, 2.0, 3), total / 9)


@pytest.mark.parametrize("seed", [0, 1])
def test_with_any_constants_it_keeps_moreaus_laws(seed: int) -> None:
    network = scattered(MonotoneFrame(3), seed, 1.0)
    misfit = check.convex_proximal(lambda x: network(x, Denoising(0.1)), draw(1, 1, 7, 8, seed=seed), 1e-6, 1e-7)
    assert misfit < 1e-6


def test_the_filters_are_a_tight_frame_after_any_step() -> None:
    network = scattered(MonotoneFrame(3), 2, 1.0)
    rows = network.filters().flatten(1) * 3
    torch.testing.assert_close(rows @ rows.T, torch.eye(9, dtype=rows.dtype), rtol=0, atol=1e-12)


def test_levels_image_by_image_and_gradients() -> None:
    network, y = scattered(MonotoneFrame(3, 4), 3, 0.5), draw(2, 1, 6, 7)
    both = network(y, Denoising(torch.tensor([0.1, 0.4], dtype=y.dtype).view(2, 1, 1, 1)))
    torch.testing.assert_close(both[1:], network(y[1:], Denoising(0.4)))
    assert torch.autograd.gradcheck(lambda v: network(v, Denoising(0.3)), y.requires_grad_())
    network(y, Denoising(0.3)).square().sum().backward()
    assert all(parameter.grad.norm() > 0 for parameter in network.parameters())


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="size is 4"):
        MonotoneFrame(4)
    network = MonotoneFrame(3)
    with pytest.raises(ValueError, match=r"shape \(1, 3, 8, 8\)"):
        network(torch.zeros(1, 3, 8, 8), Denoising(0.1))
    with pytest.raises(ValueError, match="NaN"):
        network(torch.full((1, 1, 8, 8), float("nan")), Denoising(0.1))
    with pytest.raises(ValueError, match=r"noise level is 0\.0"):
        network(torch.zeros(1, 1, 8, 8), Denoising(0.0))
