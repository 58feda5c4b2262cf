"""Three regularisers of a signal against brute force, dense solves and scikit-image."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from skimage.restoration import denoise_tv_chambolle

from mddl_lib.models.one_dimensional import REGULARISERS, fewest_jumps, quadratic, total_variation

RANDOM = np.random.default_rng(0)
Y = np.r_[np.zeros(5), np.ones(4), 0.3 * np.ones(3)] + 0.1 * RANDOM.standard_normal(12)


def test_squares_are_a_dense_solve() -> None:
    d = np.diff(np.eye(12), axis=0)
    np.testing.assert_allclose(quadratic(Y, 0.7), np.linalg.solve(np.eye(12) + 0.7 * d.T @ d, Y), atol=1e-12)


def test_fewest_jumps_is_the_best_of_all_segmentations() -> None:
    best, found = np.inf, None
    for cuts in itertools.product((False, True), repeat=11):
        x = np.concatenate([np.full(len(part), part.mean()) for part in np.split(Y, np.flatnonzero(cuts) + 1)])
        energy = 0.5 * np.sum((x - Y) ** 2) + 0.05 * sum(cuts)
        if energy < best:
            best, found = energy, x
    np.testing.assert_allclose(fewest_jumps(Y, 0.05), found)


def test_total_variations_slope_is_zero_and_scikit_image_agrees() -> None:
    x = total_variation(Y, 0.1)
    q = np.cumsum(x - Y)[:-1]  # Dᵀ q = y − x
    assert np.abs(q).max() <= 0.1 + 1e-9
    jumps = np.abs(np.diff(x)) > 1e-6
    np.testing.assert_allclose(q[jumps], 0.1 * np.sign(np.diff(x))[jumps], atol=1e-6)
    np.testing.assert_allclose(x, denoise_tv_chambolle(Y, 0.1, eps=1e-12, max_num_iter=20000), atol=1e-3)


@pytest.mark.parametrize("name", REGULARISERS)
def test_without_weight_nothing_changes_with_much_it_is_the_mean(name: str) -> None:
    np.testing.assert_allclose(REGULARISERS[name](Y, 0.0), Y, atol=1e-9)
    np.testing.assert_allclose(REGULARISERS[name](Y, 1e4 if name == "squares" else 10.0), Y.mean(), atol=1e-2)


def test_bad_input_is_named() -> None:
    for rule in REGULARISERS.values():
        with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
            rule(np.zeros((2, 2)), 0.1)
        with pytest.raises(ValueError, match="weight is -1"):
            rule(Y, -1)
