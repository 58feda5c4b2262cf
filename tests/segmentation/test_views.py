"""What the chapters show: outlines lie on borders, weights are painted where they are, a vote is the weighted mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.views.outlines import ESTIMATE, TRUTH, enlarged, outlined, tiled
from mddl_lib.segmentation.views.vote_map import WEIGHT, vote_map, votes_of
from tests.segmentation.pieces import disc, fusion

PICTURE, MASK = disc().image, disc().labels["label"]


def test_an_outline_is_the_inner_border_of_its_mask() -> None:
    shown = outlined(PICTURE, {TRUTH: MASK}, zoom=3, width=2)
    assert shown.shape == (192, 192, 3)
    line = (shown == TRUTH).all(-1)
    inside = enlarged(MASK > 0.5, 3)
    assert line.any()
    assert not (line & ~inside).any()
    rows = np.nonzero(line[:, 96])[0]  # across the middle: two pixels of line at the top, two at the bottom
    assert len(rows) == 4
    assert rows[0] == np.nonzero(inside[:, 96])[0][0]
    assert (shown[~line] == enlarged(outlined(PICTURE, {}, 1), 3)[~line]).all(), "the picture itself is as it was"


def test_a_later_outline_is_drawn_over_an_earlier_one() -> None:
    shown = outlined(PICTURE, {TRUTH: MASK, ESTIMATE: MASK})
    assert not (shown == TRUTH).all(-1).any()
    assert (shown == ESTIMATE).all(-1).any()


def test_tiles_stand_row_by_row_with_white_between() -> None:
    sheet = tiled([np.full((2, 3), value) for value in (0.1, 0.2, 0.3)], columns=2, gap=1)
    assert sheet.shape == (5, 7)
    assert (sheet[0, 0], sheet[0, 4], sheet[3, 0], sheet[0, 3], sheet[4, 6]) == (0.1, 0.2, 0.3, 1.0, 1.0)


def one_voter() -> tuple[Tensor, Tensor]:
    """All weight of every pixel on atlas 1, one row up and one column right; its label is 1 on the right half."""
    weights, labels = torch.zeros(2, 9, 12, 12), torch.zeros(2, 12, 12)
    weights[1, 2] = 1  # shifts are numbered row by row: (-1, 1)
    labels[1, :, 6:] = 1
    return weights, labels


def test_a_pixel_is_told_by_whom_it_hears() -> None:
    weights, labels = one_voter()
    inside = votes_of(weights, labels, (5, 5))
    assert inside == (1.0, [0.0, 1.0], 1.0)
    assert votes_of(weights, labels, (5, 4)).vote == 0.0
    assert votes_of(weights, labels, (5, 11)).vote == 0.0, "no vote from outside"


def test_a_vote_is_the_networks() -> None:
    seen = fusion()
    network = FusionNet(radius=2, layers=1, features=3, size=3).double()
    with torch.no_grad():
        votes, weights = network(*seen[:3]), network.weights(*seen[:2])
    for pixel in ((0, 0), (6, 9), (13, 18)):
        said = votes_of(weights[0], seen.labels[0, :, 0], pixel)
        assert said.vote == pytest.approx(float(votes[0, 0, pixel[0], pixel[1]]))
        assert sum(said.atlases) == pytest.approx(1)


def test_weights_are_painted_where_they_are() -> None:
    weights, labels = one_voter()
    pictures = np.random.default_rng(0).random((3, 12, 12)).astype(np.float32)
    shown = vote_map(pictures[0], labels[0].numpy(), pictures[1:], labels, weights, (5, 5), reach=3, zoom=2)
    assert shown.shape == (14, 3 * 14 + 2 * 4, 3)
    painted = np.isclose(shown, WEIGHT).all(-1)
    assert np.argwhere(painted[:, :14]).min(0).tolist() == [6, 6], "the pixel itself, in the target"
    assert not painted[:, 18:32].any(), "the first atlas has no weight"
    assert np.argwhere(painted[:, 36:]).min(0).tolist() == [4, 8], "one up, one to the right"


def test_bad_input() -> None:
    weights, labels = one_voter()
    with pytest.raises(ValueError, match=r"a mask has the shape \(3, 3\), the picture \(64, 64\)"):
        outlined(PICTURE, {TRUTH: np.zeros((3, 3))})
    with pytest.raises(ValueError, match="expected one picture or more, all of one size"):
        tiled([], 2)
    with pytest.raises(ValueError, match=r"expected an array \(height, width, …\)"):
        enlarged(np.zeros(3), 2)
    with pytest.raises(ValueError, match=r"pixel is \(12, 0\): expected a row below 12"):
        votes_of(weights, labels, (12, 0))
    with pytest.raises(ValueError, match=r"expected \(atlases, \(2t \+ 1\)², height, width\)"):
        votes_of(weights[:, :8], labels, (1, 1))
    with pytest.raises(ValueError, match="expected one label an atlas, of one size"):
        votes_of(weights, labels[:1], (1, 1))
