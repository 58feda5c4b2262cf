"""The level set: its gradient is its energy's, and circles move as the forces say."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.rivals.edges import edge_indicator, signed_distance
from mddl_lib.segmentation.rivals.level_set import (
    LevelSet,
    double_well,
    double_well_slope,
    heaviside,
    smooth_delta,
)
from tests.segmentation.pieces import disc, draw

ALL = LevelSet(distance=0.3, length=2.0, balloon=-1.2, shape=0.4, width=2.0, step=0.2, turns=5)


def circle(radius: float, size: int = 96) -> Tensor:
    """The signed distance to a circle in the middle."""
    rows, columns = torch.meshgrid(*(torch.arange(size, dtype=torch.float64) - (size - 1) / 2,) * 2, indexing="ij")
    return torch.hypot(rows, columns) - radius


def radius_of(phi: Tensor) -> float:
    """The mean distance of the zero from the middle, between pixels."""
    from skimage.measure import find_contours

    contour = max(find_contours(phi.numpy(), 0.0), key=len) - (np.array(phi.shape) - 1) / 2
    return float(np.hypot(*contour.T).mean())


def slopes(phi: Tensor, near: float) -> np.ndarray:
    values = phi.numpy()
    return np.hypot(*np.gradient(values))[abs(values) < near]


@pytest.mark.parametrize("term", ["distance", "length", "balloon", "shape", "all"])
def test_the_gradient_is_the_energys(term: str) -> None:
    names = ("distance", "length", "balloon", "shape")
    chosen = {name: getattr(ALL, name) if term in (name, "all") else 0.0 for name in names}
    forces = LevelSet(**chosen, width=2.0, step=0.2)
    phi, edges, prior = 3 * draw(2, 9, 11), draw(2, 9, 11, seed=1).abs(), draw(2, 9, 11, seed=2)
    asked = phi.clone().requires_grad_()
    by_autograd = torch.autograd.grad(forces.energy(asked, edges, prior).sum(), asked)[0]
    found = forces.gradient(phi, edges, prior)
    torch.testing.assert_close(found, by_autograd, rtol=0, atol=1e-12)
    direction = draw(2, 9, 11, seed=3)
    ahead, behind = (forces.energy(phi + t * direction, edges, prior) for t in (1e-6, -1e-6))
    torch.testing.assert_close((ahead - behind) / 2e-6, (found * direction).sum((-2, -1)), rtol=0, atol=1e-5)


def test_the_derivatives_of_its_curves() -> None:
    values = torch.linspace(-4, 4, 200, dtype=torch.float64).requires_grad_()
    for function, derivative in ((heaviside, smooth_delta), (double_well, double_well_slope)):
        given = values.abs() + 1e-3 if function is double_well else values
        found = torch.autograd.grad(function(given).sum(), given, retain_graph=True)[0]
        torch.testing.assert_close(found, derivative(given.detach()), rtol=0, atol=1e-12)
    assert heaviside(torch.tensor([-9.0, 0.0, 9.0])).tolist() == pytest.approx([0.0, 0.5, 1.0], abs=1e-6)
    assert double_well(torch.tensor([0.0, 1.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("radius", [20, 30])
def test_a_circle_shrinks_at_the_rate_of_its_curvature(radius: int) -> None:
    """dr/dt = −λ δ(0) / r, so r² falls by 2 λ t / ε; 1.2 px were seen to 0.5 % of the fall."""
    forces = LevelSet(distance=0.0, length=1.0, width=5.0, step=0.2, turns=80)
    start = circle(radius)
    end = forces.descend(start, torch.ones_like(start))
    expected = math.sqrt(radius**2 - 2 * 0.2 * 80 / 5.0)
    assert radius - radius_of(end) == pytest.approx(radius - expected, rel=0.02)


@pytest.mark.parametrize("balloon", [0.5, -0.5])
def test_a_balloon_moves_a_circle_at_its_rate(balloon: float) -> None:
    """dr/dt = −α δ(0), whatever the radius; it slows down as φ loses its slope."""
    forces = LevelSet(distance=0.0, length=0.0, balloon=balloon, width=5.0, step=0.2, turns=10)
    start = circle(25)
    end = forces.descend(start, torch.ones_like(start))
    assert 25 - radius_of(end) == pytest.approx(balloon * 0.2 * 10 / 5.0, rel=0.03)


def test_a_distance_stays_a_distance() -> None:
    start = circle(20)
    forces = LevelSet(distance=0.2, length=0.0, step=1.0, turns=200)
    kept = forces.descend(start, torch.ones_like(start))
    assert radius_of(kept) == pytest.approx(20, abs=0.05)
    assert abs(slopes(kept, 5) - 1).max() < 0.02
    # without the regularisation the balloon wears the slope out; with it, less
    drive = {"length": 0.0, "balloon": 0.5, "step": 0.5, "turns": 100}
    worn, held = (
        abs(slopes(LevelSet(distance=d, **drive).descend(start, torch.ones_like(start)), 5) - 1).mean()
        for d in (0.0, 0.4)
    )
    assert held < 0.6 * worn


def test_the_energy_falls() -> None:
    picture = disc()
    edges = edge_indicator(picture.image).double()
    phi = signed_distance(disc(row=36, column=30, radius=11).labels["label"]).double()
    prior = signed_distance(picture.labels["label"]).double()
    forces = LevelSet(distance=0.04, length=0.5, balloon=-0.2, shape=0.01, step=1.0, turns=1)
    energies = []
    for _ in range(30):
        energies.append(float(forces.energy(phi, edges, prior)))
        phi = forces.descend(phi, edges, prior)
    assert all(after < before for before, after in itertools.pairwise(energies))


def test_it_finds_the_border_of_a_disc_and_the_prior_holds_it() -> None:
    """A balloon from inside stops at the edge; a prior shape of another size draws it away."""
    picture = disc(radius=14)
    picture.image[:] = np.where(picture.labels["label"] > 0, 0.9, 0.1)
    edges, start = edge_indicator(picture.image), signed_distance(disc(radius=9).labels["label"])
    forces = LevelSet(length=1.0, balloon=-1.5, step=2.0, turns=250)
    grown = forces.descend(start, edges).numpy() < 0
    assert dice(grown, picture.labels["label"]) > 0.97
    held = LevelSet(length=1.0, balloon=-1.5, shape=0.1, step=2.0, turns=250).descend(start, edges).numpy() < 0
    assert held.sum() < 0.9 * grown.sum()


def test_the_signed_distance_of_a_disc() -> None:
    found = signed_distance(disc(radius=14).labels["label"])
    rows, columns = np.mgrid[:64, :64]
    expected = np.hypot(rows - 32, columns - 32) - 14
    assert abs(found.numpy() - expected).max() < 1.0
    assert abs(slopes(found, 6) - 1).mean() < 0.05
    assert ((found < 0).numpy() == (disc(radius=14).labels["label"] > 0)).all()


def test_edges_are_where_the_slope_is() -> None:
    found = edge_indicator(disc().image)
    assert float(found[32, 32]) > 0.8
    assert float(found[32 - 14 : 32 - 6, 32].min()) < 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": 0.0}, "step is 0.0: expected a positive number"),
        ({"turns": -1}, "turns is -1: expected a whole number"),
        ({"length": -1.0}, "length is -1.0: expected 0 or more"),
        ({"distance": 0.2, "step": 5.0}, "expected step · .* of at most 1, else the descent swings"),
    ],
)
def test_constants_that_are_none(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LevelSet(**change)


def test_bad_input() -> None:
    one = torch.ones(4, 5)
    with pytest.raises(ValueError, match=r"edges has the shape \(4, 4\), phi \(4, 5\): expected one shape"):
        LevelSet().descend(one, one[:, :4], one)
    with pytest.raises(ValueError, match=r"prior holds .* NaN"):
        LevelSet().energy(one, one, one * torch.nan)
    with pytest.raises(ValueError, match="mask is False everywhere: expected one with a border"):
        signed_distance(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="expected a mask"):
        signed_distance(np.full((4, 4), 0.5))
