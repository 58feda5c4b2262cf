"""The public checkers catch what they are for; and what is found by looking is really found."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from mddl_lib import check
from mddl_lib.core import shrinkage
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.shrinkage import hard, soft
from mddl_lib.core.unrolled import Unrolled, estimates
from mddl_lib.models.admm import ZeroFilled, dct_sparsity
from mddl_lib.mri.admm_net import ADMMNet
from tests.laws import discovery
from tests.problems import problem
from tests.stand_in import Blur


class Forgotten(Blur):
    """Its adjoint moves the wrong way: the mistake of everybody's first convolution."""

    def A_adjoint(self, y: Tensor, **kwargs: object) -> Tensor:
        return self.A(y)


class Clipped(Blur):
    """Linear but for a detector that saturates."""

    def A(self, x: Tensor, **kwargs: object) -> Tensor:
        return super().A(x).clamp(-0.5, 0.5)


class Unconjugated(MaskedFourier):
    """Complex images, and a transpose without conjugation."""

    def A_adjoint(self, y: Tensor) -> Tensor:
        return torch.fft.fft2(self.mask * y, norm="ortho")


def test_right_operators_pass_and_the_number_is_small() -> None:
    assert check.adjoint(Blur()) < 1e-14
    assert check.adjoint(Blur(), dtype=torch.float32) < 1e-6
    assert check.adjoint(MaskedFourier(torch.ones(8, 8), real=False), (2, 3, 8, 8), dtype=torch.complex128) < 1e-14


@pytest.mark.parametrize(
    ("physics", "dtype", "law"),
    [
        (Forgotten(), torch.float64, "A_adjoint is not the adjoint of A"),
        (Clipped(), torch.float64, "A is not linear"),
        (Unconjugated(torch.ones(16, 16), real=False), torch.complex128, "A_adjoint is not the adjoint of A"),
    ],
)
def test_wrong_operators_are_caught(physics: object, dtype: torch.dtype, law: str) -> None:
    with pytest.raises(check.CheckError, match=law) as caught:
        check.adjoint(physics, dtype=dtype)
    assert caught.value.measured > 1e-3 > caught.value.tolerance
    assert "measured" in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_an_adjoint_of_another_shape_is_named() -> None:
    class Halved(Blur):
        def A_adjoint(self, y: Tensor, **kwargs: object) -> Tensor:
            return y[..., ::2]

    with pytest.raises(ValueError, match=r"\(1, 1, 16, 8\): expected the image's, \(1, 1, 16, 16\)"):
        check.adjoint(Halved())


def modulus(u: Tensor) -> Tensor:
    return 0.5 * u.abs().sum(1)


@pytest.mark.parametrize(
    ("prox", "options", "law"),
    [
        (lambda a: soft(a, 0.4), {}, "does not minimise"),
        (lambda a: soft(a, 0.5) + 1e-3, {}, "does not minimise"),
        (lambda a: soft(a, 0.5), {"conjugate": lambda a: a.clamp(-0.4, 0.4)}, "Moreau's identity"),
        (lambda a: a * float("nan"), {}, "does not minimise"),
    ],
)
def test_wrong_proximal_operators_are_caught(prox: object, options: dict, law: str) -> None:
    with pytest.raises(check.CheckError, match=law):
        check.proximal_operator(prox, modulus, size=3, **options)


def test_a_function_that_is_not_convex_is_told_apart() -> None:
    def count(u: Tensor) -> Tensor:
        return 0.5 * (u.abs() > 1e-9).double().sum(1)

    check.proximal_operator(lambda a: hard(a, 1.0), count, convex=False)
    with pytest.raises(check.CheckError, match="not firmly nonexpansive"):
        check.proximal_operator(lambda a: hard(a, 1.0), count)


def test_a_network_that_is_its_algorithm_and_one_that_is_not() -> None:
    physics, _, y = problem(16)
    network, algorithm = ADMMNet(1).from_algorithm(0.2, 1.6, 0.06), dct_sparsity(0.2 * 0.06, 0.2, 1.6, 3)
    y = y.to(torch.complex64)
    assert check.is_algorithm(network, algorithm, y, physics) < 1e-5
    assert check.is_algorithm(network, estimates(algorithm, y, physics), y, physics) < 1e-5
    assert (
        check.is_algorithm(network, lambda y, physics: algorithm(y, physics), y, physics) < 1e-5
    )  # the last turn only
    with torch.no_grad():
        network.stages[1].rate[3] = 1.5
    with pytest.raises(check.CheckError, match="at turn 2"):
        check.is_algorithm(network, algorithm, y, physics)
    with pytest.raises(ValueError, match="the network has 4 estimates, the algorithm 6"):
        check.is_algorithm(network, dct_sparsity(0.012, 0.2, 1.6, 5), y, physics)


def test_a_comparison_of_nothing_says_so() -> None:
    class Still(nn.Module):
        def forward(self, state: object, y: Tensor, physics: object) -> object:
            return state

    physics, _, y = problem(16)
    still = Unrolled.tied(ZeroFilled(), Still(), 2)
    with pytest.raises(ValueError, match="turns change nothing"):
        check.is_algorithm(still, still, y, physics)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A physics, a shrinkage, a network and a call that nobody made a case for."""
    module = importlib.import_module("mddl_lib.core.shrinkage")
    monkeypatch.setattr(
        module, "NewPhysics", type("NewPhysics", (Blur,), {"__module__": module.__name__}), raising=False
    )
    monkeypatch.setattr(module, "NewNet", type("NewNet", (Unrolled,), {"__module__": module.__name__}), raising=False)

    def new_soft(x: Tensor, threshold: float) -> Tensor:
        return x

    new_soft.__module__ = module.__name__
    new_soft.__annotations__ = {"x": "Tensor", "threshold": "float", "return": "Tensor"}
    monkeypatch.setattr(module, "new_soft", new_soft, raising=False)
    discovery.public.cache_clear()
    yield
    discovery.public.cache_clear()


@pytest.mark.usefixtures("planted")
def test_what_is_new_is_found() -> None:
    name = shrinkage.__name__
    assert f"{name}.NewPhysics" in discovery.physics()
    assert f"{name}.NewNet" in discovery.networks()
    assert f"{name}.new_soft" in discovery.proximal()
    assert {f"{name}.NewPhysics", f"{name}.NewNet", f"{name}.new_soft"} <= set(discovery.public("mddl_lib.core"))
    fault = discovery.compare(discovery.physics(), ["mddl_lib.core.physics.MaskedFourier", "no.such"])
    assert f"'{name}.NewPhysics'" in fault.split(" have no case")[0]
    assert "['no.such'] have a case and do not exist" in fault
