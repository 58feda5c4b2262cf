"""FDLCP: the learning descends and finds a planted dictionary; the reconstruction is ADMM in the learned frame."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from mddl_lib.core.metrics import psnr
from mddl_lib.core.shrinkage import soft
from mddl_lib.models.admm import ADMMState, total_variation
from mddl_lib.models.tight_frame import FrameTurn
from mddl_lib.mri.competition.fdlcp import DictionaryFit, dictionary_objective, fdlcp, learn_dictionary, procrustes
from mddl_lib.mri.competition.patch_directions import classified_frame, directional_bases
from mddl_lib.mri.competition.sidwt import soft_details
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.problems import image, problem


def rotation(size: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.linalg.qr(torch.randn(size, size, dtype=torch.float64, generator=generator)).Q


def sparse_vectors(size: int = 9, count: int = 400, share: float = 0.2) -> tuple[Tensor, Tensor]:
    """Vectors with few nonzero codes in a planted orthogonal dictionary."""
    generator = torch.Generator().manual_seed(1)
    codes = torch.randn(count, size, dtype=torch.float64, generator=generator)
    codes *= torch.rand(count, size, dtype=torch.float64, generator=generator) < share
    dictionary = rotation(size)
    return codes @ dictionary, dictionary


def test_procrustes_undoes_a_rotation_and_is_best() -> None:
    vectors, planted = torch.randn(50, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2)), rotation(6)
    torch.testing.assert_close(procrustes(vectors @ planted.T, vectors), planted)
    codes = soft(vectors @ planted.T, 0.5)
    best = procrustes(codes, vectors)
    least = (vectors @ best.T - codes).norm()
    for seed in range(30):
        near = torch.matrix_exp(0.05 * (rotation(6, seed) - rotation(6, seed).T)) @ best
        assert (vectors @ near.T - codes).norm() > least


def test_the_objective_falls_every_half_step() -> None:
    vectors, _ = sparse_vectors()
    dictionary, threshold = torch.eye(9, dtype=torch.float64), 0.1
    values = [float(dictionary_objective(vectors, vectors @ dictionary.T, dictionary, threshold))]
    for count in range(1, 9):
        codes = soft(vectors @ dictionary.T, threshold)
        values.append(float(dictionary_objective(vectors, codes, dictionary, threshold)))
        dictionary = learn_dictionary(vectors, threshold, count)
        torch.testing.assert_close(dictionary @ dictionary.T, torch.eye(9, dtype=torch.float64))
        values.append(float(dictionary_objective(vectors, codes, dictionary, threshold)))
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(values))
    assert values[-1] < 0.95 * values[1]


def test_objective_by_hand() -> None:
    vectors, codes = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, -2.0]])
    swap = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert float(dictionary_objective(vectors, codes, swap, 0.5)) == pytest.approx((0 + 25) / 2 + 0.5 * 2)


def test_a_planted_dictionary_is_found() -> None:
    """Up to order and sign: every planted atom has a learned one along it."""
    vectors, planted = sparse_vectors(count=2000)
    learned = learn_dictionary(vectors, 0.3, 200)
    match = (learned @ planted.T).abs()
    assert float(match.max(0).values.min()) > 0.99


def test_short_vectors_have_no_say() -> None:
    """Adding vectors below the threshold changes nothing; with no others, the dictionary stays the identity."""
    vectors, _ = sparse_vectors()
    short = 0.05 * rotation(9, 5)
    with_short = learn_dictionary(torch.cat([vectors, short]), 0.1, 3)
    torch.testing.assert_close(with_short, learn_dictionary(vectors, 0.1, 3), rtol=0, atol=0)
    assert torch.equal(learn_dictionary(short, 0.1), torch.eye(9, dtype=torch.float64))


def test_each_class_has_an_orthogonal_dictionary_that_keeps_the_mean() -> None:
    picture = image(32)
    frame = DictionaryFit(0.04, count=4, step=2)(picture)
    wavelets = classified_frame(picture, directional_bases(4), 2)
    assert torch.equal(frame.classes, wavelets.classes)
    for learned, basis in zip(frame.bases, wavelets.bases, strict=True):
        torch.testing.assert_close(learned @ learned.T, torch.eye(64, dtype=torch.float64))
        torch.testing.assert_close(learned[0], basis[0])
    assert not torch.allclose(frame.bases[0], wavelets.bases[0], atol=0.1)
    torch.testing.assert_close(frame.synthesise(frame.analyse(picture)), picture, rtol=0, atol=1e-12)


def test_learned_patches_are_sparser_than_in_wavelets() -> None:
    """Its objective, summed over classes, is below the wavelets'."""
    picture, threshold = image(32), 0.04

    def cost(frame: object) -> float:
        details = frame.analyse(picture)[:, 1:] * 4  # step 2: the frame divides by 4
        codes = soft(details, threshold)
        return float((details - codes).square().sum() / 2 + threshold * codes.abs().sum())

    learned = DictionaryFit(threshold, count=4, step=2)(picture)
    assert cost(learned) < 0.95 * cost(classified_frame(picture, directional_bases(4), 2))


def test_a_class_is_learned_from_its_own_patches() -> None:
    frame = DictionaryFit(0.04, count=4, step=2, iterations=3)(image(32))
    details = directional_bases(4)[:, 1:]
    for k in range(4):
        patches = image(32).flatten()[frame.index[frame.classes == k]]
        expected = learn_dictionary(patches @ details[k].T, 0.04, 3) @ details[k]
        torch.testing.assert_close(frame.bases[k, 1:], expected, rtol=0, atol=1e-9)


def test_it_is_admm_in_the_learned_frame() -> None:
    """One fit: where a class has fewer patches than pixels, what a second fit learns hangs on the last digits."""
    physics, _, y = problem(16)
    guide = total_variation(1e-3, turns=5).double()
    network = fdlcp(2e-3, 0.04, 0.05, count=4, step=4, turns=5, updates=1, guide=guide)
    x = guide(y, physics)
    turn = FrameTurn(DictionaryFit(0.04, 4, step=4)(x), 2e-3, 0.05, soft_details)
    state = ADMMState(x, None, None, physics.A_adjoint(y))
    for _ in range(5):
        state = turn(state, y, physics)
    torch.testing.assert_close(network(y, physics), state.estimate, rtol=0, atol=1e-10)


def test_it_beats_zero_filling() -> None:
    physics, truth, y = problem(32)
    guide = total_variation(1e-3).double()
    learned = psnr(fdlcp(1e-3, penalty=0.03, guide=guide)(y, physics), truth)
    assert float(learned - psnr(zero_filling(y, physics), truth)) > 2
    assert not list(fdlcp(1e-3).parameters())


@pytest.mark.parametrize(
    ("vectors", "threshold", "iterations", "message"),
    [
        (torch.zeros(3), 0.1, 1, r"\(3,\)"),
        (torch.tensor([[1.0, float("nan")]]), 0.1, 1, "finite"),
        (torch.zeros(3, 2), 0.0, 1, "threshold is 0.0"),
        (torch.zeros(3, 2), 0.1, 0, "iterations is 0"),
    ],
)
def test_bad_vectors(vectors: Tensor, threshold: float, iterations: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        learn_dictionary(vectors, threshold, iterations)


def test_bad_constants() -> None:
    physics, _, y = problem(16, batch=2)
    with pytest.raises(ValueError, match="weight is 0"):
        fdlcp(0.0)
    with pytest.raises(ValueError, match=r"threshold is -0\.1"):
        fdlcp(1e-3, threshold=-0.1)
    with pytest.raises(ValueError, match="one image at a time"):
        fdlcp(1e-3)(y, physics)
