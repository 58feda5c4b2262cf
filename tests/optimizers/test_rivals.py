"""Adam with a cosine, and Prodigy against its algorithm written out in plain numbers."""

from __future__ import annotations

import math

import pytest
import torch

from mddl_lib.optimizers import Adam
from mddl_lib.optimizers.rivals import CosineAdam, Prodigy

GRADIENTS = torch.randn(40, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_the_cosine_is_adams_update_times_a_factor() -> None:
    cosine, plain = CosineAdam(0.1, horizon=10), Adam(0.1)
    x = torch.zeros(3, dtype=torch.float64)
    state, other = cosine.init(x), plain.init(x)
    for step, gradient in enumerate(GRADIENTS[:15]):
        updates, state = cosine.update(gradient, state, x)
        expected, other = plain.update(gradient, other, x)
        factor = (1 + math.cos(math.pi * min(step / 10, 1))) / 2
        assert (updates - factor * expected).abs().max() < 1e-15
    assert not updates.any()


def written_out(gradient_of, x: list[float], steps: int) -> tuple[list[float], list[float]]:
    """Prodigy as its paper prints it, number by number."""
    beta, gamma, d, epsilon = 0.9, 0.999, 1e-6, 1e-8
    start, n = list(x), len(x)
    m, v, s, r, distances = [0.0] * n, [0.0] * n, [0.0] * n, 0.0, []
    for _ in range(steps):
        g = gradient_of(x)
        root = math.sqrt(gamma)
        r = root * r + (1 - root) * d * d * sum(a * (b - c) for a, b, c in zip(g, start, x, strict=True))
        s = [root * a + (1 - root) * d * d * b for a, b in zip(s, g, strict=True)]
        m = [beta * a + (1 - beta) * d * b for a, b in zip(m, g, strict=True)]
        v = [gamma * a + (1 - gamma) * (d * b) ** 2 for a, b in zip(v, g, strict=True)]
        x = [a - d * b / (math.sqrt(c) + d * epsilon) for a, b, c in zip(x, m, v, strict=True)]
        d = max(d, r / sum(map(abs, s)))
        distances.append(d)
    return x, distances


def test_prodigy_is_its_algorithm() -> None:
    curvature = torch.tensor([1.0, 3.0, 0.2], dtype=torch.float64)
    x = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    expected, distances = written_out(
        lambda z: [a * b for a, b in zip(curvature.tolist(), z, strict=True)], x.tolist(), 60
    )
    optimizer = Prodigy()
    state = optimizer.init(x)
    for _ in range(60):
        updates, state = optimizer.update(curvature * x, state, x)
        x = x + updates
    assert torch.allclose(x, torch.tensor(expected, dtype=torch.float64), rtol=1e-12)
    assert float(state.distance) == pytest.approx(distances[-1], rel=1e-12)
    assert distances == sorted(distances)
    assert 0.01 < distances[-1] <= 3, (
        "for a convex function d never exceeds the distance, here 3 in the largest coordinate"
    )


def test_prodigy_needs_no_scale_of_the_loss() -> None:
    ends = []
    for scale in (1.0, 1000.0):
        x = torch.ones(2, 3, dtype=torch.float64)
        optimizer = Prodigy(epsilon=0)
        state = optimizer.init(x)
        for _ in range(30):
            updates, state = optimizer.update(scale * x, state, x)
            x = x + updates
        ends.append(x)
    assert torch.allclose(*ends, rtol=1e-10)


def test_the_rows_of_a_batch_find_their_own_distance() -> None:
    x = torch.tensor([[1.0, 1.0], [100.0, 100.0]], dtype=torch.float64)
    optimizer = Prodigy()
    state = optimizer.init(x)
    for _ in range(80):
        updates, state = optimizer.update(x, state, x)
        x = x + updates
    assert state.distance.shape == (2, 1)
    assert state.distance[1] > 3 * state.distance[0]


def test_no_gradient_moves_nothing() -> None:
    x = torch.ones(4)
    updates, state = Prodigy().update(torch.zeros(4), Prodigy().init(x), x)
    assert not updates.any()
    assert state.distance == pytest.approx(1e-6)
