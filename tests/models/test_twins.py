"""The algorithms by hand that networks are when they are set to them: split ADMM, and ISTA with fixed filters."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.core.masks import cartesian, pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import estimates
from mddl_lib.models.ista import frame_shrinkage
from mddl_lib.models.split import split_huber
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.competition.tuning import best_parameters, tuned
from mddl_lib.mri.competition.twins import TWINS

GENERATOR = torch.Generator().manual_seed(0)
TRUTH = torch.rand(2, 1, 32, 32, dtype=torch.float64, generator=GENERATOR)


@pytest.mark.parametrize("mask", [pseudo_radial((32, 32), 0.4), cartesian((32, 32), 0.4, seed=0)])
@torch.no_grad()
def test_admm_csnet_set_to_its_algorithm_is_split_admm(mask: torch.Tensor) -> None:
    physics = MaskedFourier(mask).double()
    y = physics.A(TRUTH)
    network = ADMMCSNet(6, channels=24).double().from_algorithm(0.3, 0.7, 0.9, 0.02)
    for mine, theirs in zip(
        estimates(split_huber(0.3, 0.02, 0.9, 0.7, turns=6), y, physics), estimates(network, y, physics), strict=True
    ):
        assert torch.allclose(mine, theirs, atol=1e-12)


@torch.no_grad()
def test_ista_net_set_to_its_algorithm_is_frame_shrinkage() -> None:
    physics = MaskedFourier(pseudo_radial((32, 32), 0.4)).double()
    y = physics.A(TRUTH)
    network = ISTANet(5).double().from_algorithm(0.8, 0.03)
    difference = (frame_shrinkage(0.8, 0.03, turns=5)(y, physics) - network(y, physics)).abs().max()
    assert difference < 1e-6  # the network's channel that takes r away is off by θ / 2²⁰ at most, a turn


def test_frames_leave_the_image_alone_when_nothing_is_shrunk() -> None:
    """DᵀD = I less nothing: with a threshold near 0 and all of k-space measured, the image stays, but for its border."""
    physics = MaskedFourier(torch.ones(32, 32)).double()
    found = frame_shrinkage(1.0, 1e-12, turns=1)(physics.A(TRUTH), physics)
    assert torch.allclose(found[..., 2:-2, 2:-2], TRUTH[..., 2:-2, 2:-2], atol=1e-6)


@pytest.mark.parametrize("name", list(TWINS))
@torch.no_grad()
def test_each_twin_has_as_many_turns_as_its_network(name: str) -> None:
    network = {"ADMM": ADMMNet(15), "Split": ADMMCSNet(), "ISTA": ISTANet()}[name.split()[0].rstrip(",")]
    assert tuned(name, 20).turns == network.turns
    assert all(value > 0 for value in best_parameters(name, 20).values())


@pytest.mark.parametrize(
    "make", [lambda: split_huber(bend=0.0), lambda: split_huber(rate=-1.0), lambda: frame_shrinkage(threshold=0.0)]
)
def test_constants_that_are_not_positive_are_refused(make) -> None:
    with pytest.raises(ValueError, match="expected"):
        make()
