"""Set to its algorithm's constants, ADMM-Net is ADMM: held to a naive ADMM that is written out here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from benchmarks.naive import NaiveADMMNet
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.masks import cartesian, pseudo_radial, variable_density
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import estimates
from mddl_lib.models.admm import dct_sparsity
from mddl_lib.mri.admm_net import ADMMNet
from tests.problems import image, problem, scattered

Array = np.ndarray
KNOT = 0.06


def soft(a: Array, threshold: float) -> Array:
    return np.sign(a) * np.maximum(np.abs(a) - threshold, 0)


def interpolated_soft(a: Array, threshold: float) -> Array:
    """Soft shrinkage at the knots −1, −.98 … 1, straight between them, slope 1 outside."""
    p = np.linspace(-1, 1, 101)
    return np.interp(a, p, soft(p, threshold)) + np.minimum(a + 1, 0) + np.maximum(a - 1, 0)


def embed(filters: Array, shape: tuple[int, int]) -> Array:
    """Every filter on the grid, its middle at [0, 0]."""
    grid = np.zeros((len(filters), *shape))
    grid[:, :3, :3] = filters
    return np.roll(grid, (-1, -1), (1, 2))


def naive_admm(
    data: Array, mask: Array, filters: Array, penalty: float, rate: float, threshold: float, turns: int,
    shrink: Callable[[Array, float], Array] = soft,
) -> list[Array]:  # fmt: skip
    """The talk's iteration in its order X, Z, M, with full complex transforms; the X of every turn and one more.

    ``data`` is the paper's measurement, mask ∘ fft2(x), unnormalised.
    """
    spectrum = np.fft.fft2(embed(filters, mask.shape))
    z = beta = np.zeros((len(filters), *mask.shape))
    found = []
    for _ in range(turns + 1):
        above = data + (penalty * spectrum.conj() * np.fft.fft2(z - beta)).sum(0)
        x = np.fft.ifft2(above / (mask + (penalty * np.abs(spectrum) ** 2).sum(0))).real
        found.append(x)
        response = np.fft.ifft2(spectrum * np.fft.fft2(x)).real
        z = shrink(response + beta, threshold)
        beta = beta + rate * (response - z)
    return found


def assert_close(found: list[torch.Tensor], expected: list[Array], relative: float) -> None:
    assert len(found) == len(expected)
    for turn, (a, b) in enumerate(zip(found, expected, strict=True)):
        a = a[0, 0].double().numpy()
        assert np.linalg.norm(a - b) <= relative * np.linalg.norm(b), f"turn {turn}"


@pytest.mark.parametrize(("penalty", "rate", "threshold"), [(0.2, 1.6, KNOT), (0.05, 1.0, 0.02), (1.0, 0.5, 0.1)])
def test_network_is_admm_is_naive_admm_at_every_turn(penalty: float, rate: float, threshold: float) -> None:
    physics, truth, y = problem()
    turns = 12
    expected = naive_admm(
        np.fft.fft2(truth[0, 0].numpy()) * physics.mask.numpy(), physics.mask.numpy(),
        dct_basis(dtype=torch.float64).numpy(), penalty, rate, threshold, turns,
    )  # fmt: skip
    y = y.to(torch.complex64)
    network = ADMMNet(turns - 2).from_algorithm(penalty, rate, threshold)
    algorithm = dct_sparsity(penalty * threshold, penalty, rate, turns)
    assert_close(estimates(network, y, physics), expected, 1e-5)
    assert_close(estimates(algorithm, y, physics), expected, 1e-5)
    for a, b in zip(estimates(network, y, physics), estimates(algorithm, y, physics), strict=True):
        assert (a - b).norm() <= 1e-5 * b.norm()
    assert np.linalg.norm(expected[-1] - expected[0]) > 0.02 * np.linalg.norm(expected[0])  # the turns do something


def test_in_doubles_the_agreement_is_that_of_doubles() -> None:
    physics, truth, y = problem()
    network = ADMMNet(10).double().from_algorithm(0.2, 1.6, KNOT)
    expected = naive_admm(
        np.fft.fft2(truth[0, 0].numpy()) * physics.mask.numpy(), physics.mask.numpy(),
        network.stages[0].filters().detach().numpy(), 0.2, 1.6, KNOT, 12,
        lambda a, t: np.interp(a, np.linspace(-1, 1, 101), network.stages[0].shrinkage.values[0].detach().numpy()),
    )  # fmt: skip
    assert_close(estimates(network, y, physics), expected, 1e-10)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_any_filters_will_do_as_long_as_both_layers_have_them(seed: int) -> None:
    """H = D = any combinations of the basis: random coefficient matrices, far from orthogonal."""
    physics, truth, y = problem()
    coefficients = torch.randn(8, 8, generator=torch.Generator().manual_seed(seed)) / 2
    network = ADMMNet(6).from_algorithm(0.2, 1.2, KNOT)
    with torch.no_grad():
        for layer in [network.start.reconstruction, *network.stages, *(s.reconstruction for s in network.stages)]:
            layer.filters.coefficients.copy_(coefficients)
    expected = naive_admm(
        np.fft.fft2(truth[0, 0].numpy()) * physics.mask.numpy(), physics.mask.numpy(),
        network.stages[0].filters().detach().double().numpy(), 0.2, 1.2, KNOT, 8,
    )  # fmt: skip
    assert_close(estimates(network, y.to(torch.complex64), physics), expected, 1e-5)


def test_the_papers_threshold_needs_the_interpolated_shrinkage() -> None:
    """.05 lies between two knots: the network as made is ADMM with the interpolant, and is not ADMM with soft shrinkage."""
    physics, truth, y = problem()
    network = ADMMNet(15)
    arguments = (
        np.fft.fft2(truth[0, 0].numpy()) * physics.mask.numpy(), physics.mask.numpy(),
        dct_basis(dtype=torch.float64).numpy(), 0.2, 1.6, 0.05, 17,
    )  # fmt: skip
    found = estimates(network, y.to(torch.complex64), physics)
    assert_close(found, naive_admm(*arguments, shrink=interpolated_soft), 1e-5)
    exact = naive_admm(*arguments)[-1]
    assert np.linalg.norm(found[-1][0, 0].numpy() - exact) > 1e-4 * np.linalg.norm(exact)


@pytest.mark.parametrize("kind", ["cartesian", "random"])
def test_identity_for_masks_that_are_not_symmetric(kind: str) -> None:
    """Dense matrices over real images: there the X step solves with Re(AᴴA), not with the mask itself."""
    size, penalty, rate, turns = 8, 0.2, 1.0, 5
    mask = cartesian((size, size), 0.5, 0) if kind == "cartesian" else variable_density((size, size), 0.4, 0)
    physics, truth = MaskedFourier(mask), image(size)
    one = np.exp(-2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size) / np.sqrt(size)
    A = mask.numpy().ravel()[:, None] * np.kron(one, one)
    kernels = embed(dct_basis(dtype=torch.float64).numpy(), (size, size))
    # row (i, j) of D_l holds f_l(i − i', j − j')
    place = np.arange(size)
    D = [k[(place[:, None] - place) % size][:, :, (place[:, None] - place) % size] for k in kernels]
    D = np.stack([d.transpose(0, 2, 1, 3).reshape(size * size, size * size) for d in D])
    normal = (A.conj().T @ A).real + penalty * np.einsum("lpi,lpj->ij", D, D)
    back = (A.conj().T @ (A @ truth.numpy().ravel())).real
    z = beta = np.zeros((8, size * size))
    expected = []
    for _ in range(turns + 1):
        x = np.linalg.solve(normal, back + penalty * np.einsum("lpi,lp->i", D, z - beta))
        expected.append(x.reshape(size, size))
        response = D @ x
        z = soft(response + beta, KNOT)
        beta = beta + rate * (response - z)
    y = physics.A(truth).to(torch.complex64)
    assert_close(estimates(ADMMNet(turns - 2).from_algorithm(penalty, rate, KNOT), y, physics), expected, 1e-5)


@pytest.mark.parametrize("batch", [1, 2])
def test_a_network_with_all_its_constants_free_is_the_naive_one_gradients_included(batch: int) -> None:
    """Every layer's hand-written backward pass and every shortcut at once, against plain autograd through plain transforms."""
    physics, truth, y = problem(24, batch=batch)
    network = scattered(2)
    fast = network(y, physics)
    naive = NaiveADMMNet(network)(torch.fft.fft2(truth) * physics.mask, physics.mask.double())
    torch.testing.assert_close(fast, naive, rtol=1e-10, atol=1e-11)
    weights = torch.randn(fast.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    parameters = list(network.parameters())
    first = torch.autograd.grad((fast * weights).sum(), parameters)
    second = torch.autograd.grad((naive * weights).sum(), parameters)
    for (name, _), a, b in zip(network.named_parameters(), first, second, strict=True):
        assert (a - b).norm() <= 1e-9 * b.norm(), name
        assert b.norm() > 0, name


def test_init_net_is_not_from_algorithm() -> None:
    """The paper's initialisation (threshold .05) and the identity's setting (on a knot) are two things."""
    made, set_ = ADMMNet(1), ADMMNet(1).from_algorithm()
    assert not torch.equal(made.stages[0].shrinkage.values, set_.stages[0].shrinkage.values)
    assert torch.equal(made.stages[0].rate, set_.stages[0].rate)
    assert torch.equal(made.stages[0].rate, torch.full((8,), 1.6))
    assert torch.equal(made.start.reconstruction.penalty, torch.full((8,), 0.2))
    assert torch.equal(made.stages[0].filters.coefficients, torch.eye(8))


@pytest.mark.parametrize(("stages", "layers", "count"), [(14, 17, 15304), (15, 18, 16256)])
def test_layers_and_parameters_are_the_papers(stages: int, layers: int, count: int) -> None:
    network = ADMMNet(stages)
    assert len(network.stages) + 1 == layers
    assert sum(parameter.numel() for parameter in network.parameters()) == count


@pytest.mark.parametrize("stages", [-2, 1.5, "3", None])
def test_bad_numbers_of_stages_are_named(stages: object) -> None:
    with pytest.raises(ValueError, match="expected a whole number n ≥ -1"):
        ADMMNet(stages)  # type: ignore[arg-type]


def test_complex_images_are_refused_by_name() -> None:
    mask = pseudo_radial((16, 16), 0.4)
    physics = MaskedFourier(mask, real=False)
    with pytest.raises(ValueError, match=r"ADMMNet takes real images.*use ADMMCSNet"):
        ADMMNet(0)(physics.A(image(16).to(torch.complex128)), physics)
