"""The dense CRF: filters against every pair by hand, mean field against every labelling, the network against mean field."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from mddl_lib.statistics.random_fields.crf_rnn import CRFRNN
from mddl_lib.statistics.random_fields.dense_crf import (
    PairTerms,
    energy,
    exact,
    free_energy,
    messages,
    parallel,
    sequential,
)
from mddl_lib.statistics.random_fields.filters import Bandwidths, DenseFilter, WindowFilter, kernels, spatial_features


def image(rows: int = 5, columns: int = 6, seed: int = 0) -> Tensor:
    return torch.rand(2, 1, rows, columns, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def small(seed: int = 0, labels: int = 3) -> tuple[Tensor, list[DenseFilter], PairTerms, Tensor]:
    """Six pixels, three labels: unary costs, filters, terms, and the whole weighted kernel."""
    picture = image(2, 3, seed)[:1]
    filters = kernels(picture, Bandwidths(2.0, 0.3, 1.0))
    terms = PairTerms.potts((0.7, 1.3), labels)
    unary = torch.rand(1, labels, 2, 3, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64)
    kernel = sum(w * each.kernel[0] for w, each in zip((0.7, 1.3), filters, strict=True))
    return unary, filters, terms, kernel


def test_a_dense_filter_is_every_pair_by_hand() -> None:
    picture, theta = image(3, 4)[:1], Bandwidths(2.0, 0.3, 1.5)
    _, bilateral = kernels(picture, theta)
    places = [(y, x) for y in range(3) for x in range(4)]
    k = torch.zeros(12, 12, dtype=torch.float64)
    for i, (a, b) in enumerate(places):
        for j, (c, d) in enumerate(places):
            if i != j:
                far = ((a - c) ** 2 + (b - d) ** 2) / theta.alpha**2
                unlike = float((picture[0, 0, a, b] - picture[0, 0, c, d]) ** 2) / theta.beta**2
                k[i, j] = torch.tensor(-0.5 * (far + unlike)).exp()
    k = k / (k.sum(1)[:, None] * k.sum(0)[None]).sqrt()
    torch.testing.assert_close(bilateral.kernel[0], k, atol=1e-9, rtol=1e-7)
    q = torch.rand(1, 2, 3, 4, dtype=torch.float64)
    torch.testing.assert_close(bilateral(q).flatten(2), q.flatten(2) @ k, atol=1e-9, rtol=1e-7)
    torch.testing.assert_close(bilateral.row(1, 2).flatten(), k[6], atol=1e-9, rtol=1e-7)


@pytest.mark.parametrize("make", [DenseFilter, lambda f: WindowFilter(f, 2)], ids=["dense", "window"])
def test_a_filter_is_its_own_adjoint(make: object) -> None:
    picture = image(6, 7)
    features = torch.cat([spatial_features((6, 7), 2.0).double().expand(2, -1, -1, -1), picture / 0.3], 1)
    each = make(features)
    p, q = (torch.rand(2, 3, 6, 7, dtype=torch.float64) for _ in range(2))
    assert float((p * each(q)).sum()) == pytest.approx(float((each(p) * q).sum()), rel=1e-12)


def test_a_window_that_reaches_everywhere_is_the_dense_filter() -> None:
    picture = image(5, 6)
    q = torch.rand(2, 3, 5, 6, dtype=torch.float64)
    for wide, dense in zip(kernels(picture, radius=6), kernels(picture), strict=True):
        torch.testing.assert_close(wide(q), dense(q), atol=1e-9, rtol=1e-7)


def test_filters_let_gradients_through() -> None:
    picture = image(4, 4)
    for each in (*kernels(picture), *kernels(picture, radius=2)):
        q = torch.rand(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(each, (q,))


def test_the_energy_is_every_pair_by_hand() -> None:
    unary, filters, terms, kernel = small()
    labels = torch.tensor([[[0, 2, 1], [1, 1, 0]]])
    flat, by_hand = labels.flatten().tolist(), 0.0
    for i in range(6):
        by_hand += float(unary[0].flatten(1)[flat[i], i])
        by_hand += sum(float(kernel[i, j]) * (flat[i] != flat[j]) for j in range(i))
    assert float(energy(labels, unary, filters, terms)) == pytest.approx(by_hand, rel=1e-6)


def test_free_energy_is_divergence_less_log_z() -> None:
    unary, filters, terms, kernel = small(2)
    _, log_z = exact(unary, kernel, terms)
    q = torch.rand(1, 3, 2, 3, dtype=torch.float64).softmax(1)
    assert float(free_energy(q, unary, filters, terms)) > -log_z
    # of labellings that do not hear each other, mean field is exact
    still = PairTerms.potts((0.0, 0.0), 3)
    best = parallel(q, unary, filters, still)
    marginals, log_z = exact(unary, 0 * kernel, still)
    torch.testing.assert_close(best, marginals)
    assert float(free_energy(best, unary, filters, still)) == pytest.approx(-log_z, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_pixel_by_pixel_the_free_energy_never_rises(seed: int) -> None:
    unary, filters, terms, kernel = small(seed)
    q = (-unary).softmax(1)
    values = [float(free_energy(q, unary, filters, terms))]
    for sweep, beliefs in enumerate(sequential(q, unary, kernel, terms)):
        values.append(float(free_energy(beliefs, unary, filters, terms)))
        if sweep == 30:
            break
    assert all(b <= a + 1e-9 for a, b in itertools.pairwise(values))
    # where it ends, all at once changes nothing: a fixed point of both
    torch.testing.assert_close(parallel(beliefs, unary, filters, terms), beliefs, atol=1e-6, rtol=0)


def test_all_at_once_the_free_energy_may_rise() -> None:
    """Two pixels that want to differ, each told that the other is what it is not: they swap for ever."""
    picture = torch.tensor([0.5, 0.5], dtype=torch.float64).view(1, 1, 1, 2)
    filters, terms = kernels(picture, Bandwidths(1.0, 1.0, 1.0)), PairTerms.potts((-4.0, -4.0), 2)
    unary = torch.zeros(1, 2, 1, 2, dtype=torch.float64)
    q = torch.tensor([[0.9, 0.8], [0.1, 0.2]], dtype=torch.float64).view(1, 2, 1, 2)
    values = []
    for _ in range(12):
        values.append(float(free_energy(q, unary, filters, terms)))
        q = parallel(q, unary, filters, terms)
    assert max(b - a for a, b in itertools.pairwise(values)) > 1.0


def test_set_to_the_crfs_constants_the_network_is_mean_field() -> None:
    picture, labels = image(7, 6), 3
    filters, terms = kernels(picture), PairTerms.potts((1.2, 3.4), labels)
    unary = torch.rand(2, labels, 7, 6, dtype=torch.float64)
    network = CRFRNN(labels, 6).double().from_algorithm(terms)
    q = (-unary).softmax(1)
    for turn, state in enumerate(network.iterates(-unary, filters)):
        if turn:
            q = parallel(q, unary, filters, terms)
        torch.testing.assert_close(state.beliefs, q, atol=1e-12, rtol=1e-12)
    assert turn == 6


def test_the_compatibility_is_asked_in_the_right_order() -> None:
    """μ(x, l): what label x pays for a neighbour l; a matrix that is not symmetric tells the two apart."""
    _unary, filters, _, _ = small()
    terms = PairTerms(torch.tensor([1.0, 0.0]), torch.tensor([[0.0, 5.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    q = torch.zeros(1, 3, 2, 3, dtype=torch.float64)
    q[:, 1] = 1
    found = messages(q, filters, terms)
    assert bool((found[:, 0] > 1).all())
    assert not bool(found[:, 1:].any())


def test_what_is_refused() -> None:
    filters = kernels(image(4, 4))
    with pytest.raises(ValueError, match="WindowFilter goes on"):
        DenseFilter(torch.zeros(1, 1, 97, 5))
    with pytest.raises(ValueError, match="expected floats"):
        kernels(torch.zeros(1, 1, 4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match="NaN"):
        kernels(torch.full((1, 1, 4, 4), torch.nan))
    with pytest.raises(ValueError, match="positive"):
        kernels(image(), Bandwidths(0.0))
    with pytest.raises(ValueError, match=r"expected \(batch, labels, 4, 4\)"):
        filters[0](torch.zeros(2, 3, 5, 4).double())
    with pytest.raises(ValueError, match="1 filters and 3 labels"):
        CRFRNN(3)(torch.zeros(2, 3, 4, 4), filters[:1])
    with pytest.raises(ValueError, match="expected 3 and 2"):
        CRFRNN(3).from_algorithm(PairTerms.potts((1.0,), 3))
    with pytest.raises(ValueError, match="at most a million"):
        exact(torch.zeros(1, 3, 4, 4), torch.zeros(16, 16), PairTerms.potts((1.0,), 3))
    with pytest.raises(ValueError, match="2 or more"):
        PairTerms.potts((1.0,), 1)
