"""Segmenters, what they are trained on, and how a segmentation is scored."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import f1_score, jaccard_score

from mddl_lib.statistics.plans import field_network, take_unary
from mddl_lib.statistics.random_fields.objective import FieldProblem, LabelsObjective
from mddl_lib.statistics.random_fields.rows import by_hand
from mddl_lib.statistics.random_fields.scoring import boundary_score, overlaps
from mddl_lib.statistics.random_fields.segmenter import AFTER, Segmenter
from mddl_lib.statistics.random_fields.tasks import Labelled, striped_patches
from mddl_lib.statistics.random_fields.tuning import trials, tuned
from mddl_lib.training.recipe import Recipe


@pytest.mark.parametrize("after", AFTER)
def test_every_parameter_matters_and_maps_have_the_images_size(after: str) -> None:
    torch.manual_seed(0)
    network = Segmenter(3, after, filters=4, turns=2)
    if network.convolutions is not None:
        torch.nn.init.normal_(network.convolutions[-1].weight)
    data = striped_patches(2, 1, 16)
    objective = LabelsObjective(data, Recipe(2, batch=2))
    objective(network, 0).backward()
    assert network(data.images).shape == (2, 3, 16, 16)
    assert not [name for name, p in network.named_parameters() if p.grad is None or not bool(p.grad.any())]


def test_what_follows_the_unary_begins_as_the_tuned_crf_or_as_nothing() -> None:
    torch.manual_seed(0)
    alone, data = Segmenter(3), striped_patches(2, 1, 24)
    for after in ("crf_rnn", "convolutions"):
        network = field_network("stripes", after)
        take_unary(network, alone.state_dict())
        expected = by_hand(alone, data.images, "stripes") if after == "crf_rnn" else alone(data.images)
        torch.testing.assert_close(network(data.images), expected)


def test_more_turns_than_trained_may_be_asked_for() -> None:
    torch.manual_seed(0)
    network, data = Segmenter(3, "crf_rnn", filters=4), striped_patches(1, 1, 16)
    states = list(network.iterates(data.images, 9))
    assert len(states) == 10
    torch.testing.assert_close(states[5].estimate, network(data.images))


def test_overlaps_are_scikit_learns() -> None:
    generator = torch.Generator().manual_seed(0)
    found, truth = (torch.randint(3, (2, 9, 9), generator=generator) for _ in range(2))
    dice, union = overlaps(found, truth, 3)
    for index in range(2):
        a, b = truth[index].flatten().numpy(), found[index].flatten().numpy()
        assert dice[index] == pytest.approx(f1_score(a, b, average="macro"))
        assert union[index] == pytest.approx(jaccard_score(a, b, average="macro"))
    empty = torch.zeros(1, 4, 4, dtype=torch.long)
    assert overlaps(empty, empty, 2) == ([1.0], [1.0])


def test_the_boundary_score_forgives_a_pixel_and_no_more() -> None:
    truth = torch.zeros(1, 20, 20, dtype=torch.long)
    truth[:, 5:15, 5:15] = 1
    shifts = [boundary_score(truth.roll(shift, 2), truth)[0] for shift in (0, 1, 3)]
    assert shifts[0] == shifts[1] == 1.0
    assert 0.2 < shifts[2] < 0.8
    assert boundary_score(torch.zeros_like(truth), truth) == [0.0]
    assert boundary_score(torch.zeros_like(truth), torch.zeros_like(truth)) == [1.0]


def test_striped_patches_are_what_they_say() -> None:
    data = striped_patches(5, 3, noise=0.0)
    assert data.images.shape == (5, 1, 64, 64)
    assert data.labels.unique().tolist() == [0, 1, 2]
    lying = data.images[:, 0, 2:, 1:] == data.images[:, 0, 2:, :-1]  # along a row nothing changes where stripes lie
    same = (data.labels[:, 2:, 1:] == 0) & (data.labels[:, 2:, :-1] == 0)
    assert float(lying[same].double().mean()) > 0.95
    assert torch.equal(striped_patches(5, 3).images, striped_patches(5, 3).images)


def test_trials_hold_every_pair_of_constants_and_the_stored_ones_are_the_best() -> None:
    from mddl_lib.results.store import read_json
    from mddl_lib.statistics.random_fields.tuning import FILE

    data = striped_patches(1, 1, 12)
    found = trials(torch.randn(1, 3, 12, 12), data)
    for kind in ("stripes", "hearts"):
        record = read_json(FILE)[kind]
        assert len(record["trials"]) == len(found)
        assert record["best"]["iou"] == max(trial["iou"] for trial in record["trials"])
        assert tuned(kind)[1] == tuple(record["best"]["weights"])


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of nothing, crf_rnn, convolutions"):
        Segmenter(2, "attention")
    with pytest.raises(ValueError, match="'hearts' or 'stripes'"):
        FieldProblem("brains")
    with pytest.raises(ValueError, match=r"expected \(N, 1, H, W\), \(N, H, W\)"):
        LabelsObjective(Labelled(torch.zeros(2, 1, 4, 4), torch.zeros(2, 5, 4)), Recipe(1))
    with pytest.raises(ValueError, match="of both"):
        boundary_score(torch.zeros(1, 4, 4), torch.zeros(1, 4, 5))
