"""The authors' weights give the authors' values; a network's parts by hand; resume and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from data_fetch import available, load
from mddl_lib.dehazing.authors import from_authors
from mddl_lib.dehazing.evaluation import score
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.haze import hazy
from mddl_lib.dehazing.networks import DOWNLOADED, RELEASED
from mddl_lib.dehazing.problems import HazeObjective, Scene, depth_of, load_scenes
from mddl_lib.dehazing.proximal_net import PriorNet, ProximalDehazeNet, as_made
from mddl_lib.training.recipe import Recipe
from tests.laws.pieces import draw

KNOWN = {"proximal_dehaze_net_ours": (20.03, 0.8392), "proximal_dehaze_net_reside": (21.95, 0.8959)}
RECIPE = Recipe(3, learning_rate=1e-3, batch=2, clip=1.0, seed=3)


@pytest.mark.parametrize("name", KNOWN)
def test_the_authors_networks_have_their_known_values_on_the_16_pairs(name: str) -> None:
    if not (available("dehaze_author") and available("sots_indoor")):
        pytest.skip("the authors' networks or the pairs are not here")
    scores = score(DOWNLOADED[name](), load("sots_indoor"), progress=False)
    assert scores.mean("psnr") == pytest.approx(KNOWN[name][0], abs=0.01)
    assert scores.mean("ssim") == pytest.approx(KNOWN[name][1], abs=0.0002)


def test_every_released_network_is_read_with_its_stages() -> None:
    if not available("dehaze_author"):
        pytest.skip("the authors' networks are not here")
    found = {name: DOWNLOADED[name]().config for name in RELEASED}
    assert [config["stages"] for config in found.values()] == [1, 1, 2]
    assert found["proximal_dehaze_net_ours"] == {"stages": 1, "first": 7, "second": 5, "third": 3}
    assert sum(p.numel() for p in ProximalDehazeNet().parameters()) == 2 * (1764 + 2025 + 729 + 4 * 9 + 1)


def test_a_prior_net_is_its_layers() -> None:
    torch.manual_seed(0)
    network = PriorNet(3, 3, 3, "relu").double()
    estimate, p = draw(1, 1, 8, 6), draw(1, 3, 8, 6)
    x = torch.cat([estimate, p], 1)
    for number, layer in enumerate(network.convolutions):
        if number:
            near = [x[:, max(k - 2, 0) : k + 3].square().sum(1) for k in range(9)]  # two channels on either side
            x = x / (1 + 2e-5 * torch.stack(near, 1)) ** 0.75
        x = F.interpolate(F.max_pool2d(layer(x).relu(), 2), scale_factor=2, mode="nearest")
    torch.testing.assert_close(network(estimate, p), network.last(x).relu())


def test_an_odd_photograph_keeps_its_size_and_every_parameter_matters() -> None:
    network = as_made(0, 2)
    clear, t = network(draw(1, 3, 33, 41).sigmoid().float())
    assert clear.shape == (1, 3, 33, 41)
    assert t.shape == (1, 1, 33, 41)
    q, t, u = network.turns(draw(1, 3, 48, 48).sigmoid().float())[-1]
    grads = torch.autograd.grad(q.sum() + t.sum() + u.sum(), list(network.parameters()), allow_unused=True)
    named = dict(zip(dict(network.named_parameters()), grads, strict=True))
    missing = [name for name, grad in named.items() if grad is None]
    assert not missing


def test_depth_is_one_over_disparity_and_holes_are_filled() -> None:
    disparity = np.full((6, 8), 4.0)
    disparity[:, :4] = 8.0
    disparity[2, 2] = 0.0
    depth = depth_of(disparity)
    assert np.allclose(depth[:, :4], 0.5)
    assert np.allclose(depth[:, 4:], 1.0)
    with pytest.raises(ValueError, match=r"expected .height, width., finite, some above 0"):
        depth_of(np.zeros((3, 3)))


def scenes() -> list[Scene]:
    return [Scene("a", draw(1, 3, 40, 44).sigmoid().float(), draw(1, 1, 40, 44).sigmoid().float())]


def test_the_right_answer_has_no_loss() -> None:
    objective = HazeObjective(scenes(), 32, RECIPE)

    class Told(torch.nn.Module):
        """Knows what was drawn."""

        def __init__(self) -> None:
            super().__init__()
            self.stages = ProximalDehazeNet().stages

        def turns(self, p: torch.Tensor) -> list:
            clear, t, air = objective.batch(1)
            q = p * clear / hazy(clear, t, air)  # P = I / A, whatever light was told
            return [(q, t, dark_channel(q, 7))]

    assert float(objective(Told(), 1)) == pytest.approx(0, abs=1e-6)
    assert torch.equal(objective.batch(2)[0], HazeObjective(scenes(), 32, RECIPE).batch(2)[0])


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="crop is 33: expected an even number"):
        HazeObjective(scenes(), 33, RECIPE)
    with pytest.raises(ValueError, match="has no disparities"):
        load_scenes("phantom_mr_ct")
    with pytest.raises(ValueError, match="the arrays are"):
        from_authors({"weights": np.zeros(3)})
    with pytest.raises(ValueError, match="stages is 4: expected one to 3"):
        ProximalDehazeNet(4)
    with pytest.raises(ValueError, match="image has 8 × 8 pixels: expected 12 or more"):
        ProximalDehazeNet()(torch.zeros(1, 3, 8, 8))
