"""Which network of this field is trained on what, and how: one plan a weights file.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet
from mddl_lib.compressive_imaging.ista_net import ISTANet
from mddl_lib.compressive_imaging.measured_crops import MeasuredPhotographs
from mddl_lib.mri.plans import PUBLIC
from mddl_lib.mri.problems import Slices
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe


def _two_parts(
    name: str, network: Callable[[], nn.Module], crops: int, slices: int, rate: float = 1e-3, seed: int = 10
) -> dict[str, Plan]:
    """A network of local filters at 20 %: most of its steps on crops, the last ones on slices under the mask itself."""
    return {
        f"{name}_crops": Plan(network, Slices(20, PUBLIC, size=128), Recipe(crops, learning_rate=rate, seed=seed)),
        name: Plan(
            network,
            Slices(20, PUBLIC),
            Recipe(slices, learning_rate=rate / 2, seed=seed + 1),
            grown_from=f"{name}_crops",
        ),
    }


def _from_20(percent: int, steps: int, rate: float = 3e-4, mask: str | None = None) -> Plan:
    """ADMM-CSNet10 for another mask, from the one at 20 %; a mask that is named is one for complex images."""
    problem = Slices(percent, ("siat_brain",) if mask else PUBLIC, complex_mask=mask)
    recipe = Recipe(steps, learning_rate=rate, seed=12)
    return Plan(ADMMCSNet, problem, recipe, grown_from="admm_csnet10_brain_20")


def _general(operator: str, percent: int, iterations: int, size: int = 64, batch: int = 8, fixed: bool = False) -> Plan:
    """A narrow ADMM-CSNet for a general operator: a quarter of the paper's filters."""
    return Plan(
        lambda: GeneralADMMCSNet(channels=32),
        MeasuredPhotographs(operator, percent, size, fixed),
        Recipe(iterations, learning_rate=1e-3, batch=batch, seed=1),
    )


def _general_from(operator: str, percent: int, grown_from: str, iterations: int = 800) -> Plan:
    """The narrow network for another share of measurements, from the one that exists: a quarter of its steps."""
    return Plan(
        lambda: GeneralADMMCSNet(channels=32),
        MeasuredPhotographs(operator, percent),
        Recipe(iterations, learning_rate=1e-3, batch=8, seed=2),
        grown_from=grown_from,
        half=True,
    )


def _rival(operator: str, percent: int) -> Plan:
    """ISTA-Net+ for about the narrow ADMM-CSNet's seconds, with half its batch: a crop takes four times as long."""
    return Plan(
        ISTANet,
        MeasuredPhotographs(operator, percent),
        Recipe(1000, learning_rate=5e-4, batch=4, seed=1),
        half=True,
    )


PLANS: dict[str, Plan] = {
    **_two_parts("admm_csnet10_brain_20", ADMMCSNet, 4500, 500),
    **{f"admm_csnet10_brain_{percent}": _from_20(percent, 200) for percent in (30, 40, 50)},
    "admm_csnet10_complex_cartesian_30": _from_20(30, 600, 5e-4, "1D-Cartesian-0.3"),
    "admm_csnet10_complex_random_20": _from_20(20, 600, 5e-4, "2D-random-0.2"),
    **_two_parts("admm_csnet10x32_brain_20", lambda: ADMMCSNet(channels=32), 5000, 600),
    # ISTA-Net+ for as many seconds as the full ADMM-CSNet10: a step of it takes longer
    **_two_parts("ista_net9_brain_20", ISTANet, 2600, 400),
    "general_csnet_hadamard_30": _general("Walsh-Hadamard", 30, 3000),
    "general_csnet_diffraction_20": _general("coded diffraction", 20, 3000),
    "general_csnet_gaussian_25": _general("Gaussian", 25, 3000, size=33, batch=32, fixed=True),
    "ista_net9_hadamard_30": _rival("Walsh-Hadamard", 30),
    "ista_net9_diffraction_20": _rival("coded diffraction", 20),
    **{
        f"general_csnet_hadamard_{percent}": _general_from("Walsh-Hadamard", percent, "general_csnet_hadamard_30")
        for percent in (10, 20, 40, 50)
    },
    **{
        f"general_csnet_diffraction_{percent}": _general_from(
            "coded diffraction", percent, "general_csnet_diffraction_20"
        )
        for percent in (10, 30, 40, 50)
    },
}
