"""Cases of the laws for restoration: see tests/laws/kinds.py."""

from __future__ import annotations

import torch

from mddl_lib.core.masks import variable_density
from mddl_lib.restoration.physics import Denoising, Inpainting
from tests.laws.kinds import PhysicsCase, ShrinkageCase

MASK = variable_density((6, 7), 0.5, 0)


def data_term(physics: Denoising, gamma: float = 0.7) -> ShrinkageCase:
    """γ/2 ‖Ax − y‖² of 6 × 7 images."""
    y = physics.A(torch.randn(1, 1, 6, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(9)))
    return ShrinkageCase(
        lambda a: physics.prox_l2(a.view(-1, 1, 6, 7), y, gamma).flatten(1),
        lambda u: gamma / 2 * (physics.A(u.view(-1, 1, 6, 7)) - y).square().flatten(1).sum(1),
        size=42,
    )


PHYSICS = {
    "restoration.physics.Denoising": [PhysicsCase(lambda: Denoising(0.1), (6, 7), unitary=True)],
    "restoration.physics.Inpainting": [PhysicsCase(lambda: Inpainting(MASK), (6, 7), unitary=True)],
}

SHRINKAGES = {
    "restoration.physics.Denoising.prox_l2": data_term(Denoising(0.1)),
    "restoration.physics.Inpainting.prox_l2": data_term(Inpainting(MASK)),
}

CALLS = {
    "restoration.physics.Denoising": {"sigma": 0.1},
    "restoration.physics.Inpainting": {"mask": MASK, "sigma": 0.1},
    "restoration.physics.noise_level": {"physics": Denoising(0.1)},
    "restoration.range_field.matching.nearest": {"guide": torch.rand(1, 1, 9, 8), "count": 3, "radius": 3, "size": 3},
    "restoration.range_field.potentials.StudentT": {"channels": 2, "sigma": 0.1},
    "restoration.range_field.potentials.RadialBasis": {"channels": 2, "sigma": 0.1},
    "restoration.range_field.energy.RangeEnergy": {"channels": 2, "size": 3},
    "restoration.range_field.filters.stack_basis": {"count": 2, "size": 3},
    "restoration.range_field.filters.StackFilters": {"channels": 2, "size": 3},
    "restoration.range_field.filters.SeparableFilters": {"channels": 2, "size": 3},
}

OWN = "its own tests try bad input (tests/restoration); the law's list of bad values is still to be tried"

NO_CASE = {
    **{
        f"restoration.{module}": OWN
        for module in (
            "classical", "denoiser", "evaluation", "noisy_crops", "problems", "rows", "range_field.by_hand",
            "range_field.cliques", "range_field.descent",
            "range_field.three_gradients",
        )
    },
    "restoration.classical.experts_by_hand as a network": "a LearnedDescent; its laws: test_descent.py",
    "restoration.range_field.descent.LearnedDescent as a network": "it takes noisy images; its laws: test_descent.py",
}  # fmt: skip
