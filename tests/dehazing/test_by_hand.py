"""The classical twin: a stage with its priors, its proximal operator by brute force, and that it is the best of what was tried."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_fetch import available, load
from mddl_lib.core.metrics import psnr
from mddl_lib.dehazing.by_hand import PULLS, RADII, SMOOTHNESSES, TUNED, ByHand, splitting_turns, tune
from mddl_lib.dehazing.evaluation import pair
from mddl_lib.dehazing.model.haze import air_light
from mddl_lib.dehazing.model.splitting import STAGES
from mddl_lib.dehazing.problems import Scene, load_scenes
from mddl_lib.dehazing.proximal_net import Stage
from tests.laws.pieces import draw


def test_its_turns_are_stages_with_its_priors() -> None:
    image, hand = draw(1, 3, 40, 36).sigmoid(), ByHand(0.1, 4, 1e-2, 3)
    light = air_light(image)[:, :, None, None]
    p = image / light
    q, t = p, torch.ones_like(p[:, :1])
    for constants, (found_q, found_t, found_u) in zip(
        STAGES, splitting_turns(image, hand.dark_prior, hand.transmission_prior), strict=True
    ):
        stage = Stage((3, 3, 3), constants)
        stage.dark_net, stage.transmission_net = Told(hand.dark_prior), Told(lambda estimate, p: estimate)
        q, t, u = stage(q, t, p, 9, 1e-2)
        torch.testing.assert_close(found_q, q * light)
        torch.testing.assert_close(found_t, t)
        torch.testing.assert_close(found_u, u)
    torch.testing.assert_close(hand(image)[0], (q * light).clamp(0, 1))


class Told(torch.nn.Module):
    """An operator in a network's place."""

    def __init__(self, operator) -> None:
        super().__init__()
        self.operator = operator

    def forward(self, estimate: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
        return self.operator(estimate, p)


def test_the_pull_is_a_proximal_operator() -> None:
    grid = np.linspace(0, 2, 20001)
    for v in (-0.5, 0.05, 0.3, 1.2):
        best = grid[np.argmin((grid - v) ** 2 / 2 + 0.1 * grid)]
        assert float(ByHand(0.1, 1, 1.0, 1).dark_prior(torch.tensor(v), None)) == pytest.approx(best, abs=1e-4)


def test_it_clears_the_embedded_scene() -> None:
    image, clear = (part[..., ::3, ::3].contiguous() for part in pair(load("motorcycle_haze")[0]))
    assert float(psnr(TUNED(image)[0], clear)) > float(psnr(image, clear)) + 0.5


def test_tuning_tries_everything_and_takes_the_best() -> None:
    scene = Scene("a", draw(1, 3, 48, 44).sigmoid().float(), draw(1, 1, 48, 44).sigmoid().float())
    best, trials = tune([scene])
    assert len(trials) == len(PULLS) * len(RADII) * len(SMOOTHNESSES) * len(STAGES)
    assert trials[best] == max(trials.values())
    with pytest.raises(ValueError, match="there are no scenes"):
        tune([])


def test_the_tuned_one_is_the_best_on_the_scenes_that_teach() -> None:
    if not available("middlebury"):
        pytest.skip("the scenes are not here")
    assert tune(load_scenes("middlebury"))[0] == TUNED


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((-0.1, 1, 1.0, 1), "pull"),
        ((0.1, 0, 1.0, 1), "radius"),
        ((0.1, 1, 0.0, 1), "smoothness"),
        ((0.1, 1, 1.0, 4), "turns is 4"),
    ],
)
def test_bad_constants_are_refused(values: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ByHand(*values)
