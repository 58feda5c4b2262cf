"""Pursuit networks: each is its algorithm, each estimate hangs on each parameter of its layer, and bad input is named."""

from __future__ import annotations

import copy
import functools

import numpy as np
import pytest
import torch

from mddl_lib import check
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import estimates
from mddl_lib.sparse_coding.coupled import CoupledLISTA, trusting_soft
from mddl_lib.sparse_coding.dictionary import Dictionary, gaussian_dictionary
from mddl_lib.sparse_coding.lista import LISTA
from mddl_lib.sparse_coding.pursuit import fista, ista
from mddl_lib.sparse_coding.structured import GroupPursuit, RobustPursuit

ROWS, COLUMNS, TURNS, PENALTY = 12, 20, 6, 0.07
PHYSICS = gaussian_dictionary(ROWS, COLUMNS, 3).double()
Y = torch.randn(2, 1, ROWS, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
ROBUST = Dictionary(torch.cat([PHYSICS.matrix[:, :4], torch.eye(ROWS, dtype=torch.float64)], 1))

MAKES = {
    "LISTA": functools.partial(LISTA, ROWS, COLUMNS, TURNS),
    "LFISTA": functools.partial(LISTA, ROWS, COLUMNS, TURNS, momentum=True),
    "LISTA-CP": functools.partial(CoupledLISTA, ROWS, COLUMNS, TURNS),
    "LISTA-CPSS": functools.partial(CoupledLISTA, ROWS, COLUMNS, TURNS, selection=0.1, most=0.3),
    "ALISTA": functools.partial(CoupledLISTA, ROWS, COLUMNS, TURNS, selection=0.1, most=0.3, analytic=True),
    "group pursuit": functools.partial(GroupPursuit, ROWS, COLUMNS, TURNS, 4),
    "robust pursuit": functools.partial(RobustPursuit, ROWS, 4, TURNS),
}
each = pytest.mark.parametrize("name", MAKES)


def physics_of(name: str) -> Dictionary:
    return ROBUST if name == "robust pursuit" else PHYSICS


def shrink(x: np.ndarray, t: float) -> np.ndarray:
    return np.sign(x) * np.maximum(np.abs(x) - t, 0)


def by_hand(d: np.ndarray, y: np.ndarray, fast: bool) -> list[np.ndarray]:
    """ISTA and FISTA as the papers write them."""
    lipschitz = np.linalg.norm(d, 2) ** 2
    x, z, t = np.zeros((*y.shape[:2], d.shape[1], y.shape[3])), 0.0, 1.0
    found, z = [x], x
    for _ in range(TURNS):
        new = shrink(z - d.T @ (d @ z - y) / lipschitz, PENALTY / lipschitz)
        following = (1 + np.sqrt(1 + 4 * t * t)) / 2
        z = new + (t - 1) / following * (new - x) if fast else new
        x, t = new, following
        found.append(x)
    return found


@pytest.mark.parametrize("fast", [False, True], ids=["ISTA", "FISTA"])
def test_the_classical_loops_are_the_papers(fast: bool) -> None:
    expected = by_hand(PHYSICS.matrix.numpy(), Y.numpy(), fast)
    found = estimates((fista if fast else ista)(PHYSICS, PENALTY, TURNS), Y, PHYSICS)
    assert max(np.abs(a.numpy() - b).max() for a, b in zip(found, expected, strict=True)) < 1e-12


@pytest.mark.parametrize(("name", "algorithm"), [("LISTA", ista), ("LFISTA", fista), ("LISTA-CP", ista)])
def test_set_to_its_algorithm_it_is_its_algorithm(name: str, algorithm) -> None:
    network = MAKES[name]().double().from_algorithm(PHYSICS, PENALTY)
    assert check.is_algorithm(network, algorithm(PHYSICS, PENALTY, TURNS), Y, PHYSICS, 1e-12) < 1e-12


def test_with_selection_it_is_ista_only_where_nothing_is_trusted() -> None:
    none = CoupledLISTA(ROWS, COLUMNS, TURNS, selection=0.0).double().from_algorithm(PHYSICS, PENALTY)
    some = CoupledLISTA(ROWS, COLUMNS, TURNS, selection=0.1).double().from_algorithm(PHYSICS, PENALTY)
    exact = ista(PHYSICS, PENALTY, TURNS)(Y, PHYSICS)
    assert torch.allclose(none(Y, PHYSICS), exact, atol=1e-12)
    assert (some(Y, PHYSICS) - exact).abs().max() > 1e-3


def test_alista_is_ista_only_with_the_dictionary_over_l_as_its_weight() -> None:
    network = CoupledLISTA(ROWS, COLUMNS, TURNS, analytic=True).double().from_algorithm(PHYSICS, PENALTY)
    exact = ista(PHYSICS, PENALTY, TURNS)(Y, PHYSICS)
    assert (network(Y, PHYSICS) - exact).abs().max() > 1e-3
    plain = copy.deepcopy(PHYSICS)
    plain.analytic = plain.matrix.clone()  # the steps are 1 / L
    assert torch.allclose(network(Y, plain), exact, atol=1e-12)


def test_group_pursuit_is_proximal_descent() -> None:
    network = MAKES["group pursuit"]().double().from_algorithm(PHYSICS, 0.05, 0.1)
    d, y = PHYSICS.matrix.numpy(), Y.numpy()
    lipschitz, x, found = np.linalg.norm(d, 2) ** 2, np.zeros((2, 1, COLUMNS, 5)), []
    for _ in range(TURNS + 1):
        found.append(torch.from_numpy(x))
        z = shrink(x - d.T @ (d @ x - y) / lipschitz, 0.05 / lipschitz).reshape(2, 1, -1, 4, 5)
        length = np.maximum(np.linalg.norm(z, axis=3, keepdims=True), 1e-300)
        x = (z * np.maximum(1 - 0.1 / lipschitz / length, 0)).reshape(2, 1, COLUMNS, 5)
    assert check.is_algorithm(network, found, Y, PHYSICS, 1e-12) < 1e-12


def test_robust_pursuit_is_proximal_descent_and_finds_the_minimum() -> None:
    turns, penalty, ridge = 4000, 0.3, 0.05
    network = RobustPursuit(ROWS, 4, turns).double().from_algorithm(ROBUST, penalty, ridge)
    x = network(Y, ROBUST)
    s, o = x.split([4, ROWS], 2)
    u = ROBUST.matrix[:, :4]
    residual = u @ s + o - Y
    assert (u.T @ residual + ridge * s).abs().max() < 1e-6  # the gradient along s
    assert (residual[o == 0].abs() <= penalty + 1e-6).all()  # the subgradient along o
    assert torch.allclose(residual[o != 0], -penalty * o[o != 0].sign(), atol=1e-6)


@each
def test_an_estimate_depends_on_each_parameter_of_its_layer_and_on_no_later_one(name: str) -> None:
    network = MAKES[name]().double().from_algorithm(physics_of(name), 0.05)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1 + 0.1 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    names, parameters = zip(*network.named_parameters(), strict=True)
    for turn, state in enumerate(network.iterates(Y, physics_of(name))):
        if turn == 0:
            continue
        gradients = torch.autograd.grad(state.estimate.square().sum(), parameters, retain_graph=True, allow_unused=True)
        for key, gradient in zip(names, gradients, strict=True):
            if key.startswith("start.recurrent") or key == "stages.0.momentum":
                continue  # S meets a code of zeros in the first layer, momentum none at all
            stage = 0 if key.startswith("start") else int(key.split(".")[1]) + 1
            assert (gradient is not None) == (stage <= turn), f"turn {turn} and {key}"
            if stage <= turn:
                assert gradient.norm() > 0, f"the estimate of turn {turn} does not use {key}"


@each
def test_vectors_and_batches_are_one_by_one(name: str) -> None:
    network, physics = MAKES[name]().double().from_algorithm(physics_of(name), 0.05), physics_of(name)
    with torch.no_grad():
        together = network(Y, physics)
        for b in range(2):
            for w in range(5):
                alone = network(Y[b : b + 1, :, :, w : w + 1], physics)
                assert torch.allclose(together[b : b + 1, :, :, w : w + 1], alone, atol=1e-12)


@each
def test_single_and_double_precision(name: str) -> None:
    network = MAKES[name]().from_algorithm(physics_of(name), 0.05)
    with torch.no_grad():
        single = network(Y, physics_of(name))
        double = network.double()(Y, physics_of(name))
    assert single.dtype == torch.float32
    assert double.dtype == torch.float64
    assert torch.allclose(single.double(), double, atol=1e-5)


@each
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda y: y[..., :-1, :], "expected real numbers"),
        (lambda y: y[0], "expected real numbers"),
        (lambda y: y.to(torch.complex128), "expected real numbers"),
        (lambda y: y * float("nan"), "NaN or infinity"),
        (lambda y: y.tolist(), "is a list: expected a tensor"),
    ],
    ids=["size", "no batch", "complex", "NaN", "list"],
)
def test_what_is_no_signal_is_refused(name: str, bad, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        MAKES[name]()(bad(Y), physics_of(name))


@each
def test_another_physics_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="is a MaskedFourier: expected a Dictionary"):
        MAKES[name]()(Y, MaskedFourier(torch.ones(4, 4)))
    with pytest.raises(ValueError, match=r"the dictionary is \(3, 5\): expected"):
        MAKES[name]().from_algorithm(gaussian_dictionary(3, 5))


def test_trusted_entries_pass_and_the_others_shrink() -> None:
    x = torch.tensor([3.0, -2.0, 1.0, 0.2])[None, None, :, None]
    found = trusting_soft(x, torch.tensor(0.5), 2).flatten()
    assert found.tolist() == pytest.approx([3.0, -2.0, 0.5, 0.0])
    with pytest.raises(ValueError, match="kept is 5"):
        trusting_soft(x, torch.tensor(0.5), 5)


def test_the_support_that_is_trusted_grows_and_ends() -> None:
    kept = [layer.kept for layer in CoupledLISTA(256, 512, 16, selection=0.012).stages]
    assert kept[0] == 6
    assert kept[-1] == 66
    assert kept == sorted(kept)
