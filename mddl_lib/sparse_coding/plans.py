"""How each pursuit network of the book is trained. ``python -m mddl_lib train NAME`` carries it out."""

from __future__ import annotations

import functools
from collections.abc import Callable

from torch import nn

from mddl_lib.sparse_coding.coupled import CoupledLISTA
from mddl_lib.sparse_coding.lista import LISTA
from mddl_lib.sparse_coding.objectives import SparseVectors
from mddl_lib.sparse_coding.setting import Setting
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

SETTINGS = {"noiseless": Setting(), "20db": Setting(snr=20.0)}
"""the table's two settings, by what the weights are called"""
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "lista": LISTA,
    "lfista": functools.partial(LISTA, momentum=True),
    "lista_cp": CoupledLISTA,
    "lista_cpss": functools.partial(CoupledLISTA, selection=0.012),
    "alista": functools.partial(CoupledLISTA, selection=0.012, analytic=True),
}
"""the table's rows, by what the weights are called"""


def _make(make: Callable[[], nn.Module], setting: Setting) -> Callable[[], nn.Module]:
    """The network as it is before training: ISTA, with the protocol's λ = 0.4; ALISTA with steps of 1."""

    def network() -> nn.Module:
        made = make().from_algorithm(setting.physics, 0.4)
        if isinstance(made, CoupledLISTA):
            for layer in made.stages:
                layer.step.data.fill_(1.0)
        return made

    return network


RATES: dict[str, tuple[float, float]] = {
    "lista": (4e-3, 0.25), "lfista": (4e-3, 0.25), "lista_cp": (1e-2, 0.05), "lista_cpss": (1e-2, 0.05),
    "alista": (2e-2, 1.0),
}  # fmt: skip
"""learning rate, and the share of it that matrices take: from trials of 3000 iterations on validation vectors"""
ITERATIONS = {"noiseless": 10_000, "20db": 4000}
"""with noise the errors stop falling early"""

PLANS: dict[str, Plan] = {
    f"{kind}_{name}" + (f"_seed{seed}" if seed > 1 else ""): Plan(
        _make(make, setting),
        SparseVectors(setting),
        Recipe(
            ITERATIONS[name], learning_rate=RATES[kind][0], matrices=RATES[kind][1], batch=128, clip=0.0, symmetries=False,
            seed=seed,
        ),
        half=True,
    )
    for name, setting in SETTINGS.items()
    for kind, make in NETWORKS.items()
    for seed in (1, 2, 3)
}  # fmt: skip
