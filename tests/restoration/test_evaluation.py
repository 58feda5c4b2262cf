"""Scores of a denoiser: noise that can be drawn again, the mean of PSNRs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.restoration.evaluation import noisy, score

DATA = [("a", np.full((20, 30), 0.5, np.float32)), ("b", np.linspace(0, 1, 600, dtype=np.float32).reshape(30, 20))]


def test_the_noise_depends_on_seed_and_index_alone() -> None:
    image = DATA[0][1]
    assert torch.equal(noisy(image, 25, 0, 1), noisy(image, 25, 0, 1))
    assert not torch.equal(noisy(image, 25, 0, 1), noisy(image, 25, 0, 0))
    assert not torch.equal(noisy(image, 25, 0, 1), noisy(image, 25, 1, 1))
    assert float((noisy(np.zeros((300, 300), np.float32), 25, 0, 0)).std()) == pytest.approx(25 / 255, rel=0.01)
    assert float(noisy(np.zeros((30, 30), np.float32), 25, 0, 0).min()) < 0  # not clipped


def test_leaving_the_image_alone_scores_the_noise() -> None:
    scores = score(lambda y, physics: y, DATA, 25)
    assert scores.names == ["a", "b"]
    assert scores.mean("psnr") == pytest.approx(20.17, abs=0.3)
    part = score(lambda y, physics: y, DATA, 25, images=1)
    assert part.psnr == scores.psnr[:1]
    assert score(lambda y, physics: y * 0 + 0.5, DATA, 25).psnr[0] == float("inf")


def test_bad_models_and_no_images_are_named() -> None:
    with pytest.raises(ValueError, match="a: the model returned"):
        score(lambda y, physics: y[..., 1:], DATA, 25)
    with pytest.raises(ValueError, match="all finite"):
        score(lambda y, physics: y / 0, DATA, 25)
    with pytest.raises(ValueError, match="expected one image or more"):
        score(lambda y, physics: y, [], 25)
