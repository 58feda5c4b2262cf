"""Networks of shapes: what they are without learned layers, the two forms of a graph convolution, and losses by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.shapes import changes
from mddl_lib.shapes.learned.graph_convolution import (
    ChebNet,
    ChebyshevConvolution,
    chebyshev_terms,
    scaled_laplacian,
    spectral_convolution,
)
from mddl_lib.shapes.learned.losses import large_margin, pair_hinge, squared_distances
from mddl_lib.shapes.learned.st_net import MixtureOfPowers, STNet, SurfMLNet
from mddl_lib.shapes.mesh import repaired
from mddl_lib.shapes.second_order.manifold import mixture_of_powers
from mddl_lib.shapes.second_order.pooling import mean_pooling, second_order_pooling
from mddl_lib.shapes.surfaces import Surface

from .pieces import body, strip

SURFACES = [Surface(body(index), folder=None) for index in (0, 1, 20)]
SMALL = {"waves": 8, "heats": 5}


def seen(network) -> list:
    return [network.prepare(surface) for surface in SURFACES]


def moments() -> torch.Tensor:
    return torch.stack([second_order_pooling(s.descriptors(8, 5), s.areas) for s in SURFACES])


def test_without_learned_layers_st_net_is_the_second_order_descriptor_and_its_distance() -> None:
    network = STNet.from_algorithm(**SMALL)
    assert not list(network.parameters())
    found = squared_distances(network(seen(network)))
    by_hand = torch.cdist(moments().flatten(1), moments().flatten(1)) ** 2
    assert (found - by_hand).abs().max() < 1e-10 * by_hand.max()


def test_without_a_metric_it_is_the_mean_descriptor() -> None:
    network = SurfMLNet(**SMALL, size=0)
    found = network(seen(network))
    for row, surface in zip(found, SURFACES, strict=True):
        mean = mean_pooling(surface.descriptors(8, 5), surface.areas)
        assert torch.allclose(row, torch.cat([mean[:8] / mean[:8].norm(), mean[8:] / mean[8:].norm()]))


def test_with_one_power_of_one_the_transform_changes_nothing() -> None:
    plain, network = STNet(**SMALL, powers=0, size=0), STNet(**SMALL, powers=1, size=0)
    with torch.no_grad():
        network.transform.logits.fill_(float(np.log(np.expm1(1.0))))  # softplus of it is one
        assert torch.allclose(network(seen(network)), plain(seen(plain)), atol=1e-9)


def test_the_curve_on_eigenvalues_is_the_transform_of_matrices() -> None:
    layer = MixtureOfPowers(10).double()
    matrices = moments()
    values, vectors = torch.linalg.eigh(matrices)
    with torch.no_grad():
        taken_apart = (vectors * layer.curve(values).unsqueeze(-2)) @ vectors.mT
        assert (layer(matrices) - taken_apart).abs().max() < 1e-10
        assert torch.equal(layer(matrices), mixture_of_powers(matrices, layer.powers, layer.coefficients))


@pytest.mark.parametrize(
    "make", [lambda: STNet(**SMALL), lambda: SurfMLNet(**SMALL), lambda: ChebNet(**SMALL, width=4)]
)
def test_every_parameter_gets_a_gradient_that_is_finite(make) -> None:
    torch.manual_seed(0)
    network = make()
    out = network(seen(network))
    assert out.shape == (3, 32)
    pair_hinge(1000 * out, torch.tensor([0, 0, 1])).backward()
    for name, parameter in network.named_parameters():
        assert bool(parameter.grad.isfinite().all()), name
        assert bool(parameter.grad.any()), name


def test_a_rigid_motion_changes_no_embedding() -> None:
    torch.manual_seed(0)
    moved = Surface(changes.rotated(changes.scaled(body(), 3), 50, (1, 1, 0)), folder=None)
    for network in (STNet(**SMALL), SurfMLNet(**SMALL), ChebNet(**SMALL, width=4)):
        with torch.no_grad():
            here, there = (network([network.prepare(surface)]) for surface in (SURFACES[0], moved))
        assert (here - there).abs().max() < 1e-4 * here.abs().max()


@pytest.mark.parametrize("network", [STNet(**SMALL), SurfMLNet(**SMALL), ChebNet(**SMALL)])
@pytest.mark.parametrize("wrong", [[], None, 3, ["a"]])
def test_networks_refuse_what_is_no_list_of_shapes(network, wrong) -> None:
    with pytest.raises(ValueError, match="as prepare gives them"):
        network(wrong)


def test_spectral_and_spatial_filters_are_one() -> None:
    graph = scaled_laplacian(repaired(body())).to_dense().double()
    values, basis = torch.linalg.eigh(graph)
    assert values.min() > -1 - 1e-6
    assert values.max() < 1 + 1e-6
    signal = torch.randn(len(graph), 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    theta = torch.tensor([0.3, -1.0, 0.5, 0.2, 0.7], dtype=torch.float64)
    spatial = sum(t * term for t, term in zip(theta, chebyshev_terms(signal, graph, 5), strict=True))
    response = sum(t * torch.cos(k * torch.arccos(values.clamp(-1, 1))) for k, t in enumerate(theta))
    assert (spectral_convolution(signal, basis, response) - spatial).abs().max() < 1e-8


def test_term_k_reaches_k_edges() -> None:
    mesh = strip(30, 1)
    graph = scaled_laplacian(mesh)
    pulse = torch.zeros(62, 1)
    pulse[15] = 1.0
    for k, term in enumerate(chebyshev_terms(pulse, graph, 5)):
        places = mesh.vertices[(term[:, 0].abs() > 1e-7).numpy(), 0]
        assert np.abs(places - 15).max() <= k


def test_a_graph_convolution_does_not_see_the_order_of_the_vertices() -> None:
    torch.manual_seed(0)
    layer, graph = ChebyshevConvolution(2, 3, 4), scaled_laplacian(repaired(body())).to_dense()
    signal, order = torch.randn(len(graph), 2), torch.randperm(len(graph))
    with torch.no_grad():
        assert torch.allclose(layer(signal, graph)[order], layer(signal[order], graph[order][:, order]), atol=1e-5)


def test_the_pair_hinge_by_hand() -> None:
    points = torch.tensor([[0.0], [1.0], [1.5]])
    # same: (0, 1) at 1; different: (0, 2) at 2.25, (1, 2) at .25
    assert float(pair_hinge(points, torch.tensor([0, 0, 1]))) == pytest.approx((1 - 0.1) + (0 + 0.75) / 2)


def test_the_large_margin_by_hand() -> None:
    points = torch.tensor([[0.0], [1.0], [1.5]])
    # pairs (0, 1) and (1, 0), both at 1; pushed by shape 2, at 2.25 from 0 and .25 from 1
    expected = 0.5 * (1 + 1) / 2 + 0.5 * (max(0, 1 + 1 - 2.25) + (1 + 1 - 0.25)) / 2
    assert float(large_margin(points, torch.tensor([0, 0, 1]))) == pytest.approx(expected)


@pytest.mark.parametrize("loss", [pair_hinge, large_margin])
def test_losses_are_zero_where_classes_are_points_far_apart(loss) -> None:
    points = torch.tensor([[0.0], [0.0], [9.0], [9.0]])
    assert float(loss(points, torch.tensor([0, 0, 1, 1]))) == 0
    for labels in ([0, 0, 0, 0], [0, 1, 2, 3]):
        with pytest.raises(ValueError, match="all one or all different"):
            loss(points, torch.tensor(labels))
