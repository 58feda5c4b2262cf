"""The haze model undone, the dark channel against scipy, the guided filter against windows looked at one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import minimum_filter

from mddl_lib.dehazing.model.dark_channel import dark_channel, frozen_dark_channel
from mddl_lib.dehazing.model.guided_filter import box_mean, guided_filter
from mddl_lib.dehazing.model.haze import air_light, cleared, hazy, luminance, transmission_of
from tests.laws.pieces import draw


def test_what_the_model_does_is_undone() -> None:
    clear, depth = draw(2, 3, 9, 11).sigmoid(), draw(2, 1, 9, 11).sigmoid()
    air = torch.tensor([[0.8, 0.9, 1.0], [0.7, 0.7, 0.7]], dtype=torch.float64)
    t = transmission_of(depth, 1.5)
    image = hazy(clear, t, air)
    torch.testing.assert_close(cleared(image, t, air), clear)
    torch.testing.assert_close(transmission_of(depth, 0.0), torch.ones_like(depth))
    far = hazy(clear, torch.zeros_like(t), air)
    torch.testing.assert_close(far, air[:, :, None, None].expand_as(far))


@pytest.mark.parametrize("window", [1, 3, 7, 15])
def test_the_dark_channel_is_scipys_minimum(window: int) -> None:
    image = draw(2, 3, 13, 17)
    for one, found in zip(image, dark_channel(image, window), strict=True):
        expected = minimum_filter(one.amin(0).numpy(), window, mode="constant", cval=np.inf)
        assert np.array_equal(found[0].numpy(), expected)
    values, places = frozen_dark_channel(image, window)
    assert torch.equal(values, dark_channel(image, window))
    assert torch.equal(image.flatten(1).gather(1, places).view_as(values), values)


def by_windows(image: np.ndarray, guide: np.ndarray, reach: int, smoothness: float) -> np.ndarray:
    """The guided filter, one window after the other; borders reflected, their pixels twice."""
    p, g = (np.pad(one, reach, mode="symmetric") for one in (image, guide))
    slope, offset = np.zeros(image.shape), np.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            cut = (slice(row, row + 2 * reach + 1), slice(column, column + 2 * reach + 1))
            a = ((g[cut] * p[cut]).mean() - g[cut].mean() * p[cut].mean()) / (g[cut].var() + smoothness)
            slope[row, column], offset[row, column] = a, p[cut].mean() - a * g[cut].mean()
    wide_slope, wide_offset = (np.pad(one, reach, mode="symmetric") for one in (slope, offset))
    found = np.zeros(image.shape)
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            cut = (slice(row, row + 2 * reach + 1), slice(column, column + 2 * reach + 1))
            found[row, column] = wide_slope[cut].mean() * guide[row, column] + wide_offset[cut].mean()
    return found


@pytest.mark.parametrize("window", [1, 3, 7])
def test_the_guided_filter_is_its_windows(window: int) -> None:
    image, guide = draw(1, 1, 12, 9), draw(1, 1, 12, 9).flip(-1)
    expected = by_windows(image[0, 0].numpy(), guide[0, 0].numpy(), window // 2, 0.01)
    assert np.allclose(guided_filter(image, guide, window, 0.01)[0, 0].numpy(), expected, atol=1e-10)


def test_the_guided_filter_keeps_what_is_linear_in_its_guide_and_single_precision_is_enough() -> None:
    guide = draw(1, 1, 40, 50)
    torch.testing.assert_close(guided_filter(3 * guide + 1, guide, 9, 1e-12), 3 * guide + 1, atol=1e-6, rtol=0)
    wide = 100 + draw(1, 1, 60, 70)
    assert float((box_mean(wide.float(), 21).double() - box_mean(wide, 21)).abs().max()) < 1e-4
    small = guided_filter(wide.float() / 100, wide.float() / 100, 21, 1e-3)
    assert float((small.double() - guided_filter(wide / 100, wide / 100, 21, 1e-3)).abs().max()) < 1e-3


def test_the_airs_light_is_where_the_dark_channel_is_brightest() -> None:
    image = 0.3 * draw(1, 3, 40, 40).sigmoid()
    image[0, :, 5:25, 5:25] = torch.tensor([0.9, 0.8, 0.7], dtype=torch.float64)[:, None, None]
    assert torch.equal(air_light(image)[0], torch.tensor([0.9, 0.8, 0.7], dtype=torch.float64))
    assert float(luminance(torch.ones(1, 3, 4, 4))[0, 0, 0, 0]) == pytest.approx(1)


def test_bad_input_is_named() -> None:
    image = draw(1, 3, 8, 8)
    with pytest.raises(ValueError, match="window is 4: expected an odd number"):
        dark_channel(image, 4)
    with pytest.raises(ValueError, match=r"air has the shape \(2,\)"):
        hazy(image, image[:, :1], torch.zeros(2))
    with pytest.raises(ValueError, match="depth goes down to"):
        transmission_of(-image[:, :1].abs(), 1.0)
    with pytest.raises(ValueError, match="window is 19: expected an odd number up to twice the shorter side 8"):
        guided_filter(image[:, :1], image[:, :1], 19, 0.1)
