"""evaluate: any model(y, physics), scored image by image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import mddl_lib
from data_fetch import load
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.metrics import nmse, psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.stand_in import StandIn

MASK = pseudo_radial((256, 256), 0.2)


def score(model: Any, mask: Any = MASK, **options: Any) -> Any:
    return mddl_lib.evaluate(model, "phantom_brain", mask, images=2, progress=False, **options)


def test_scores_are_the_metrics_of_each_image() -> None:
    scores, physics = score(zero_filling), MaskedFourier(MASK)
    for index in range(2):
        sample = load("phantom_brain")[index]
        truth = torch.from_numpy(np.array(sample.array))[None, None]
        estimate = zero_filling(physics.A(truth), physics)
        assert scores.names[index] == sample.name
        assert scores.nmse[index] == float(nmse(estimate, truth))
        assert scores.psnr[index] == float(psnr(estimate, truth))
        assert scores.seconds[index] > 0
    assert scores.mean("psnr") == pytest.approx(np.mean(scores.psnr))
    assert scores.embedded
    assert scores.data == "phantom_brain"
    assert scores.data_sha256 == load("phantom_brain").sha256
    assert "2 images of phantom_brain" in str(scores)


class Module(nn.Module):
    def forward(self, y: Tensor, physics: Any) -> Tensor:
        assert not torch.is_grad_enabled()
        return physics.A_adjoint(y)


@pytest.mark.parametrize("mask", [MASK, MASK.numpy(), MASK.bool(), MaskedFourier(MASK), StandIn(MASK)])
def test_any_model_and_any_way_to_say_the_mask(mask: Any) -> None:
    expected = score(zero_filling).psnr
    assert score(Module(), mask).psnr == pytest.approx(expected, abs=1e-9)
    assert score(lambda y, physics: physics.A_adjoint(y), mask).psnr == pytest.approx(expected, abs=1e-9)


def test_a_loaded_data_set_will_do_and_all_its_images_are_taken() -> None:
    data = load("phantom_brain")
    assert len(mddl_lib.evaluate(zero_filling, data, MASK, progress=False).names) == len(data)
    assert len(mddl_lib.evaluate(zero_filling, data, MASK, images=1000, progress=False).names) == len(data)


@pytest.mark.parametrize("count", [0, -3])
def test_no_images_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match=f"images is {count}: expected 1 or more"):
        mddl_lib.evaluate(zero_filling, "phantom_brain", MASK, images=count)


def test_an_output_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"the model returned \(256, 256\), expected \(1, 1, 256, 256\)"):
        score(lambda y, physics: physics.A_adjoint(y)[0, 0])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_output_that_is_not_finite_is_named(value: float) -> None:
    name = load("phantom_brain")[0].name

    def model(y: Tensor, physics: Any) -> Tensor:
        return physics.A_adjoint(y) * value

    with pytest.raises(ValueError, match=f"{name}.*NaN or infinity"):
        score(model)


def test_an_output_that_is_no_tensor_is_named() -> None:
    with pytest.raises(ValueError, match="the model returned a ndarray: expected a tensor"):
        score(lambda y, physics: physics.A_adjoint(y).numpy())


def test_a_mask_of_another_size_is_named() -> None:
    with pytest.raises(ValueError, match=r"expected \(batch, channel, 64, 64\)"):
        score(zero_filling, MASK[:64, :64])
    with pytest.raises(ValueError, match="all zero"):
        score(zero_filling, torch.zeros(256, 256))
