"""Sparse codes and learned dictionaries: against scikit-learn's pursuit, on codes that are known, and on a picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import orthogonal_mp

from mddl_lib.models.dictionary import cosine_dictionary, denoise, k_svd, learned_from, patches_of, pursuit


def unit(rows: int, columns: int, seed: int = 0) -> torch.Tensor:
    d = torch.randn(rows, columns, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return d / d.norm(dim=0)


def known(signals: int = 400, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    dictionary, random = unit(16, 24), np.random.default_rng(seed)
    codes = torch.zeros(signals, 24, dtype=torch.float64)
    for code in codes:
        code[random.choice(24, 2, replace=False)] = torch.from_numpy(
            random.choice([-1, 1], 2) * random.uniform(1, 2, 2)
        )
    return dictionary, codes, codes @ dictionary.T


def test_pursuit_is_scikit_learns() -> None:
    dictionary, _, signals = known(30)
    noisy = signals + 0.1 * torch.randn(signals.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    expected = orthogonal_mp(dictionary.numpy(), noisy.T.numpy(), tol=0.5**2).T
    np.testing.assert_allclose(pursuit(noisy, dictionary, 0.5).numpy(), expected, atol=1e-7)


def test_every_signal_is_within_its_error_and_quiet_ones_have_no_code() -> None:
    dictionary, _, signals = known(50)
    codes = pursuit(signals, dictionary, 0.3)
    assert float((codes @ dictionary.T - signals).norm(dim=1).max()) <= 0.3 + 1e-9
    assert not pursuit(1e-3 * signals, dictionary, 0.3).any()


def test_a_known_dictionary_is_found_again_from_a_spoilt_one() -> None:
    dictionary, _, signals = known(1500)
    start = dictionary + 0.3 * unit(16, 24, 5)
    start = start / start.norm(dim=0)
    found = k_svd(signals, start, 0.4, 20)
    alike = [(d.T @ dictionary).abs().amax(0) for d in (start, found)]
    assert float(alike[0].max()) < 0.99 < float(alike[1].min())
    torch.testing.assert_close(found.norm(dim=0), torch.ones(24, dtype=torch.float64))
    used = [int((pursuit(signals, d, 0.1) != 0).sum()) for d in (start, found)]
    assert used[1] < 0.25 * used[0]


def test_cosines_have_length_one_and_all_but_one_no_mean() -> None:
    d = cosine_dictionary(8, 11)
    torch.testing.assert_close(d.norm(dim=0), torch.ones(121, dtype=torch.float64))
    assert torch.linalg.matrix_rank(d) == 64


def test_noise_is_removed_and_no_noise_is_left_alone() -> None:
    picture = torch.zeros(32, 32, dtype=torch.float64)
    picture[8:24, ::4] = 0.6
    random = torch.Generator().manual_seed(0)
    noisy = picture + 0.1 * torch.randn(32, 32, dtype=torch.float64, generator=random)
    learned = learned_from(noisy, 0.1, 4, 6, 6)
    error = [float((denoise(noisy, 0.1, d) - picture).square().mean()) for d in (cosine_dictionary(4, 6), learned)]
    assert error[1] < error[0] < float((noisy - picture).square().mean())
    torch.testing.assert_close(denoise(picture, 1e-6, cosine_dictionary(4, 6)), picture, rtol=0, atol=1e-4)
    patches, means = patches_of(picture, 4)
    assert patches.shape == (29 * 29, 16)
    torch.testing.assert_close((patches + means)[0], picture[:4, :4].flatten())


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"signals have the shape \(2, 3\)"):
        pursuit(torch.zeros(2, 3), torch.zeros(4, 5), 0.1)
    with pytest.raises(ValueError, match="the signals holds NaN"):
        pursuit(torch.full((2, 4), float("nan")), torch.zeros(4, 5), 0.1)
    with pytest.raises(ValueError, match=r"image has the shape \(3, 3\)"):
        patches_of(torch.zeros(3, 3), 4)
    with pytest.raises(ValueError, match="error is 0"):
        pursuit(torch.zeros(2, 4), torch.zeros(4, 5), 0)
