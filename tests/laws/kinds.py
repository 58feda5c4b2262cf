"""What a case of each law says. A room's cases stand in ``tests/<room>/cases.py`` and are found there by looking.

``CALLS`` (name → a good call's arguments), ``PHYSICS``, ``SHRINKAGES``, ``NETWORKS`` (name → case), and ``NO_CASE`` (name → why
none is needed). Names are those after ``mddl_lib.``; each of the five may be missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

Map = Callable[[Tensor], Tensor]
Estimates = list[Tensor]


@dataclass(frozen=True)
class PhysicsCase:
    make: Callable[[], Any]
    shape: tuple[int, int]
    complex_images: bool = False
    unitary: bool = False
    """whether A Aᴴ A = A: a part of a unitary transform"""
    channels: int = 1
    """of the images that it takes"""


@dataclass(frozen=True)
class ShrinkageCase:
    """See :func:`mddl_lib.check.proximal_operator`."""

    prox: Map
    function: Map
    size: int = 1
    convex: bool = True
    conjugate: Map | None = None


@dataclass(frozen=True)
class NetworkCase:
    make: Callable[[], nn.Module]
    """a small one"""
    identity: Callable[[], tuple[Estimates, Estimates, float]] | str
    """its estimates set to its algorithm, the algorithm's written out, and a tolerance; or the test that holds it"""
    one_image: bool = False
    """it takes one image at a time and refuses a batch"""
    agreement: float = 2e-4
    """of single and double precision; a method that chooses among patches may choose others where they are nearly equal"""
    noise: float = 4.0
    """the measurement of the dependence law: strong enough that activations reach every knot"""
