"""The trained optimizers that ship: on digits they learn, and better than as made."""

from __future__ import annotations

import pytest

import data_fetch
import mddl_lib
from mddl_lib.catalogue import plans, weights_files
from mddl_lib.optimizers.evaluation import train_losses
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron

SHIPPED = [name for name, path in weights_files().items() if path.parent.parent.name == "optimizers"]

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not data_fetch.available("mnist/test"), reason="not in the cache: mnist"),
]


@pytest.fixture(scope="module")
def problem() -> Perceptron:
    return Perceptron(Digits.load("mnist/test"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_hundred_steps_on_digits(name: str, problem: Perceptron) -> None:
    """Chance is 2.303. Measured on all digits, step 100: HyperAdam .36, RNNprop .34, DMoptimizer .39, untrained 2.3."""
    last = float(train_losses(mddl_lib.load(name), problem, steps=100, runs=3)[:, -10:].mean())
    assert last < 0.75
    untrained = float(train_losses(plans()[name].network(), problem, steps=20, runs=3)[:, -5:].mean())
    assert last < untrained - 0.5


def test_what_ships_is_small() -> None:
    assert len(SHIPPED) == 8
    assert sum(weights_files()[name].stat().st_size for name in SHIPPED) <= 200_000
