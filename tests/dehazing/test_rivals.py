"""Each rival clears a scene of known depth; their parts against definitions; their networks' forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import median_filter

from data_fetch import available, load
from mddl_lib.core.metrics import psnr
from mddl_lib.dehazing.evaluation import pair, score
from mddl_lib.dehazing.networks import DOWNLOADED
from mddl_lib.dehazing.rivals.aod_net import AODNet
from mddl_lib.dehazing.rivals.boundary_constraint import KIRSCH, bound_of, refined
from mddl_lib.dehazing.rivals.colour_attenuation import LINE, depth_of
from mddl_lib.dehazing.rivals.gradient_residual import _divergence, _gradient, generalised_variation
from mddl_lib.dehazing.rivals.haze_lines import directions, smoothed
from mddl_lib.dehazing.rivals.veil import KEPT, veil_of
from mddl_lib.dehazing.rows import CLASSICAL, NETWORKS, classical
from tests.laws.pieces import draw

NETS = ("DehazeNet", "MSCNN", "AOD-Net")


@pytest.mark.parametrize("row", CLASSICAL)
def test_a_classical_method_clears_the_embedded_scene(row: str) -> None:
    image, clear = (part[..., ::3, ::3].contiguous() for part in pair(load("motorcycle_haze")[0]))
    found, t = classical(row)(image)
    assert found.shape == image.shape
    assert t.shape == (1, 1, *image.shape[-2:])
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
    assert float(psnr(found, clear)) > float(psnr(image, clear)) + 0.5


@pytest.mark.parametrize("row", NETS)
def test_a_rivals_network_clears_the_pairs(row: str) -> None:
    if not (available("dehaze_baseline_nets") and available("sots_indoor")):
        pytest.skip("the networks or the pairs are not here")
    data = load("sots_indoor")
    hazy = score(lambda image: (image, None), data, images=2, progress=False)
    found = score(DOWNLOADED[NETWORKS[row]](), data, images=2, progress=False)
    assert min(np.subtract(found.psnr, hazy.psnr)) > 2


def test_depth_by_the_line() -> None:
    grey = torch.full((1, 3, 2, 2), 0.6)
    assert torch.allclose(depth_of(grey), torch.tensor(LINE[0] + LINE[1] * 0.6))
    red = torch.zeros(1, 3, 2, 2)
    red[:, 0] = 0.5
    assert torch.allclose(depth_of(red), torch.tensor(LINE[0] + LINE[1] * 0.5 + LINE[2]))


def test_the_veil_is_a_median_of_medians() -> None:
    least = np.rint(255 * draw(40, 40).sigmoid().numpy()) / 255
    middle = median_filter(least, 5, mode="constant", cval=np.nan)
    inner = (slice(6, -6), slice(6, -6))  # at the border the two medians see other pixels
    away = np.abs(least - median_filter(least, 5))
    expected = np.clip(np.minimum(KEPT * (middle - median_filter(np.rint(255 * away) / 255, 5)), least), 0, None)
    assert np.allclose(veil_of(least, 5)[inner], expected[inner], atol=1e-9)


def test_the_boundary_keeps_the_radiance_within_its_bounds() -> None:
    image, air = 0.2 + 0.8 * draw(1, 3, 12, 12).sigmoid(), torch.full((1, 3, 1, 1), 0.95, dtype=torch.float64)
    bound = bound_of(image, air)
    radiance = (image - air) / bound + air
    assert float(radiance.min()) >= 30 / 255 - 1e-9
    assert float(radiance.max()) <= 300 / 255 + 1e-9
    flat = torch.full((1, 1, 12, 12), 0.6, dtype=torch.float64)
    torch.testing.assert_close(refined(image, flat), flat)  # no derivative, nothing to gain
    assert all(sum(map(sum, kernel)) == 0 for kernel in KIRSCH)
    assert len(set(KIRSCH)) == 8


def test_smoothing_along_haze_lines_solves_its_equations() -> None:
    raw, trust, guide = (draw(9, 11).sigmoid().numpy(), draw(11, 9).sigmoid().numpy().T, draw(9, 11).numpy())
    found = torch.from_numpy(smoothed(raw, trust, guide)).requires_grad_()
    weight = torch.from_numpy((trust - trust.min()) / ((trust - trust.min()).max() + 1e-5))
    of = (weight * (found - torch.from_numpy(raw)).square()).sum()
    for axis in (0, 1):
        apart = torch.from_numpy(np.diff(guide, axis=axis) ** 2)
        of = of + 0.1 * (found.diff(dim=axis).square() / (apart + 1e-5)).sum()
    assert float(torch.autograd.grad(of, found)[0].abs().max()) < 1e-8
    points = directions()
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    assert np.linalg.norm(points.mean(0)) < 1e-2


def test_second_order_variation_leaves_a_ramp_alone_and_its_operators_are_adjoint() -> None:
    x, p = draw(1, 2, 6, 7), draw(1, 4, 6, 7)
    assert float((_gradient(x) * p).sum()) == pytest.approx(-float((x * _divergence(p)).sum()))
    ramp = torch.linspace(0.2, 0.8, 24, dtype=torch.float64).expand(1, 1, 24, 24)
    found = generalised_variation(ramp, torch.full_like(ramp, 0.5))
    assert float((found - ramp).abs().max()) < 0.02
    noisy = ramp + 0.05 * draw(1, 1, 24, 24)
    found = generalised_variation(noisy, torch.full_like(ramp, 0.5), steps=400)
    assert float((found - ramp).abs().mean()) < float((noisy - ramp).abs().mean()) / 2


def test_aod_nets_map_is_the_haze_model() -> None:
    network, image = AODNet(), draw(1, 3, 8, 8).sigmoid().float()
    with torch.no_grad():
        for layer in network.layers:
            layer.weight.zero_()
            layer.bias.fill_(1.0)
    clear, _ = network(image)  # K = 1: nothing changes
    torch.testing.assert_close(clear, image)
    with torch.no_grad():
        network.layers[-1].bias.fill_(1.5)
    torch.testing.assert_close(network(image)[0], (1.5 * image - 0.5).clamp(0, 1))


def test_an_unknown_row_is_named() -> None:
    with pytest.raises(KeyError, match="row is 'XYZ'"):
        classical("XYZ")
