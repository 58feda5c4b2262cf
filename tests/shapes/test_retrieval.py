"""The five metrics: rankings made by hand, a count without vectors, and what the paper's numbers can be."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from mddl_lib.shapes.retrieval import scores


def by_counting(distances: np.ndarray, labels: list[str]) -> dict[str, list[float]]:
    """The definition, shape by shape, rank by rank."""
    found: dict[str, list[float]] = {name: [] for name in ("nn", "first_tier", "second_tier", "e_measure", "dcg")}
    for query in range(len(labels)):
        others = [i for i in range(len(labels)) if i != query]
        ranked = sorted(others, key=lambda i: (distances[query, i], labels[i] == labels[query]))
        hits = [labels[i] == labels[query] for i in ranked]
        size = sum(hits)
        found["nn"].append(100.0 * hits[0])
        found["first_tier"].append(100.0 * sum(hits[:size]) / size)
        found["second_tier"].append(100.0 * sum(hits[: 2 * size]) / size)
        top = hits[:32]
        precision, recall = sum(top) / len(top), sum(top) / size
        found["e_measure"].append(200 * precision * recall / (precision + recall) if sum(top) else 0.0)
        gain = [1.0] + [1 / math.log2(rank) for rank in range(2, len(hits) + 1)]
        found["dcg"].append(100 * sum(g for g, hit in zip(gain, hits, strict=True) if hit) / sum(gain[:size]))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_metrics_are_those_of_a_count(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = [f"class {c}" for c, size in enumerate((2, 5, 12, 7 + 10 * (seed % 2))) for _ in range(size)]
    points = random.standard_normal((len(labels), 3)) + np.array([len(l) + ord(l[-1]) for l in labels])[:, None] * 0.5
    distances = np.round(np.linalg.norm(points[:, None] - points, axis=-1), 1)  # rounded, so that some are equal
    fast, slow = scores(distances, np.array(labels)), by_counting(distances, labels)
    for name, values in slow.items():
        assert np.allclose(fast[name], values), name


def test_a_ranking_by_hand() -> None:
    """Query a1: b, a2, c, a3 come in this order. C = 2."""
    labels = np.array(["a", "a", "a", "b", "b", "c", "c"])
    row = [0, 2, 4, 1, 9, 3, 9]
    distances = np.full((7, 7), 5.0)
    distances[0] = row
    found = {name: values[0] for name, values in scores(distances, labels).items()}
    assert found["nn"] == 0
    assert found["first_tier"] == 50
    assert found["second_tier"] == 100
    assert found["e_measure"] == pytest.approx(100 * 2 * 2 / (6 + 2))  # six shapes can be ranked, not 32
    assert found["dcg"] == pytest.approx(100 * (1 / math.log2(2) + 1 / math.log2(4)) / 2)


@pytest.mark.parametrize(("size", "printed"), [(6, 27.03), (12, 51.16)])
def test_a_perfect_ranking_has_the_papers_e_measure_and_no_ranking_more(size: int, printed: float) -> None:
    labels = np.repeat(np.arange(15), size)
    perfect = scores((labels[:, None] != labels).astype(float), labels)
    assert round(perfect["e_measure"].mean(), 2) == printed
    for name in ("nn", "first_tier", "second_tier", "dcg"):
        assert np.allclose(perfect[name], 100)
    random = np.random.default_rng(0)
    assert scores(random.random((len(labels),) * 2), labels)["e_measure"].max() <= perfect["e_measure"].max() + 1e-9


def test_the_papers_dcg_is_not_possible_beside_its_nearest_neighbours() -> None:
    """All places of five right shapes among the first ranks, the first one wrong: none has more than 82.8 % of the gain."""
    gain = [1.0] + [1 / math.log2(rank) for rank in range(2, 12)]
    best = max(sum(gain[rank - 1] for rank in places) for places in itertools.combinations(range(2, 12), 5)) / sum(
        gain[:5]
    )
    bound = 98.75 + 1.25 * best
    assert bound < 99.785
    assert bound + 0.005 < 99.93
    # and the bound is reached: one query in 80 whose first rank is wrong
    labels = np.repeat(np.arange(80), 6)
    distances = (labels[:, None] != labels) + 0.0
    for query in range(0, 480, 80):
        distances[query, (query + 6) % 480] = -1
    found = scores(distances, labels)
    assert found["nn"].mean() == pytest.approx(98.75)
    assert found["dcg"].mean() == pytest.approx(bound)


def test_equal_distances_help_nobody() -> None:
    labels = np.repeat(np.arange(4), 3)
    found = scores(np.zeros((12, 12)), labels)
    assert found["nn"].max() == found["first_tier"].max() == found["second_tier"].max() == 0


def test_the_query_is_not_its_own_answer() -> None:
    labels = np.array([0, 0, 1, 1])
    distances = np.array([[0, 9, 1, 2], [9, 0, 1, 2], [1, 2, 0, 9], [1, 2, 9, 0]], float)
    assert scores(distances, labels)["nn"].max() == 0
    np.fill_diagonal(distances, np.nan_to_num(np.inf))
    assert scores(distances, labels)["nn"].max() == 0


@pytest.mark.parametrize(
    ("distances", "labels", "message"),
    [
        (np.zeros((3, 4)), [0, 0, 0], r"distances are \(3, 4\), labels \(3,\)"),
        (np.zeros((3, 3)), [0, 0, 1], "the class 1 has one shape"),
        (np.full((2, 2), np.nan), [0, 0], "NaN"),
    ],
)
def test_bad_input_is_named(distances: np.ndarray, labels: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scores(distances, np.array(labels))
