"""The classical rules: hand-made cases whose vote is known."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.segmentation.fusion_rules.augmented_svm import augmented_features, augmented_svm
from mddl_lib.segmentation.fusion_rules.majority_vote import majority_vote
from mddl_lib.segmentation.fusion_rules.patch_based import patch_based, patch_distances
from mddl_lib.segmentation.fusion_rules.patch_match import patch_match
from tests.segmentation.pieces import disc, draw, fusion


def three() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two atlases that are the target, wrongly labelled nowhere; one of noise whose label is everything."""
    target = torch.from_numpy(disc(size=32, row=16, column=15, radius=8).image).double()
    label = torch.from_numpy(disc(size=32, row=16, column=15, radius=8).labels["label"]).double()
    atlases = torch.stack([target, target, draw(32, 32)])
    return target, atlases, torch.stack([label, label, torch.ones_like(label)])[:, None]


def test_majority_vote_counts() -> None:
    target, atlases, labels = three()
    votes = majority_vote(target, atlases, labels)
    assert float(votes[0, 0, 0]) == pytest.approx(1 / 3)
    assert float(votes[0, 16, 15]) == 1


@pytest.mark.parametrize("rule", [patch_based, patch_match, augmented_svm])
def test_the_atlas_that_is_the_target_is_believed(rule: object) -> None:
    if rule is augmented_svm:
        pytest.importorskip("sklearn")
    target, atlases, labels = three()
    few = {"neighbours": 50} if rule is augmented_svm else {}  # of 75
    votes = rule(target, atlases, labels, patch=5, **few)
    assert votes.shape == (1, 32, 32)
    assert 0 <= float(votes.min()) <= float(votes.max()) <= 1 + 1e-12
    wrong = ((votes[0] > 0.5) != (labels[0, 0] > 0.5)).double().mean()
    assert wrong < 0.03, "only pixels at the border may be taken for their neighbours"


def test_only_pixels_of_disagreement_are_looked_at_closely() -> None:
    """Beside the border of a disc both atlases agree: the votes there are theirs, and a border pixel has its neighbours."""
    pytest.importorskip("sklearn")
    target, atlases, labels = three()
    shifted = labels.roll(1, -1)
    votes = augmented_svm(target, atlases[:2], torch.stack([labels[0], shifted[0]]), patch=5, radius=1, neighbours=9)
    both = torch.minimum(labels[0], shifted[0])
    inner = -torch.nn.functional.max_pool2d(-both, 3, 1, 1)
    assert bool((votes[inner == 1] == 1).all())
    outer = torch.nn.functional.max_pool2d(torch.maximum(labels[0], shifted[0]), 3, 1, 1)
    assert bool((votes[outer == 0] == 0).all())
    whole = augmented_svm(target, atlases[:2], labels[:2], patch=5, radius=1, neighbours=18)
    assert set(whole.unique().tolist()) == {0.0, 1.0}


def test_patch_distances_are_those_of_patches() -> None:
    target, atlases = draw(8, 9), draw(2, 8, 9, seed=1)
    found = dict((step, distance) for distance, step in patch_distances(target, atlases, 3, 1))
    by_hand = (target[2:5, 3:6] - atlases[1, 3:6, 2:5]).square().sum()
    assert float(found[1, -1][1, 3, 4]) == pytest.approx(float(by_hand))
    assert bool(found[-1, 0][:, 0].isinf().all())


def test_each_pixel_has_its_own_bandwidth() -> None:
    """Coupé's rule at one pixel, written out: h = λ² min SSD + ε over all atlases and shifts of this pixel."""
    seen = fusion(height=9, width=10)
    target, atlases, labels = seen.target[0, 0], seen.atlases[0, :, 0], seen.labels[0]
    row, column, factor = 4, 5, 1.5
    distances, said = [], []
    for atlas, label in zip(atlases, labels, strict=True):
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                there = atlas[row + down - 1 : row + down + 2, column + across - 1 : column + across + 2]
                distances.append((target[row - 1 : row + 2, column - 1 : column + 2] - there).square().sum())
                said.append(label[:, row + down, column + across])
    distances, said = torch.stack(distances), torch.stack(said)
    weights = torch.exp(-distances / (factor**2 * distances.min() + 1e-3))
    expected = (weights[:, None] * said).sum(0) / weights.sum()
    found = patch_based(target, atlases, labels, patch=3, radius=1, factor=factor)[:, row, column]
    assert torch.allclose(found, expected, atol=1e-12)
    elsewhere = patch_based(target, atlases, labels, 3, 1, bandwidth=float(factor**2 * distances.min() + 1e-3))
    assert torch.allclose(elsewhere[:, row, column], expected, atol=1e-12)


def test_patch_match_draws_the_same_twice() -> None:
    seen = fusion(count=4, masks=1)
    arguments = seen.target[0, 0], seen.atlases[0, :, 0], seen.labels[0]
    assert torch.equal(patch_match(*arguments, patch=3), patch_match(*arguments, patch=3))


def test_the_context_looks_along_its_rays() -> None:
    picture = torch.zeros(40, 40, dtype=torch.float64)
    picture[19:22, 27:30] = 1.0  # 8 pixels to the right of (20, 20)
    context = augmented_features(picture, 3)[9 + 2 + 2 :]
    assert [int(n) for n in context[:, 20, 20].nonzero()[:, 0]] == [1]  # the first ray, the second radius


def test_one_pixel_windows_and_agreement_need_no_training() -> None:
    target, atlases, labels = three()
    votes = augmented_svm(target, atlases[:2], labels[:2], patch=3, radius=0, neighbours=50)
    assert torch.equal(votes, labels[0])
