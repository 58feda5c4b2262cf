"""A shape as a network sees it: its spectrum, the descriptors at its vertices, its Laplacian."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csc_matrix
from torch import Tensor

from mddl_lib.shapes.mesh import Mesh, repaired
from mddl_lib.shapes.spectra.eigenpairs import Spectrum
from mddl_lib.shapes.spectra.keeping import SPECTRA, kept_spectrum
from mddl_lib.shapes.spectra.laplacian import robust_laplacian
from mddl_lib.shapes.spectra.signatures import scale_invariant_signature, wave_kernel_signature

PAIRS = 100
"""eigenpairs of a shape"""
SAMPLES = 96
"""of the time scale of the scale-invariant signature: its Fourier moduli are divided by it, which brings both signatures to one size"""


@dataclass(frozen=True)
class Surface:
    """A mesh with its spectrum.

    :param folder: where eigenpairs are kept; None: nowhere.
    """

    mesh: Mesh
    folder: Path | None = field(default_factory=lambda: SPECTRA)
    """(a field's default, so that no page prints a folder of this machine)"""

    @functools.cached_property
    def sound(self) -> Mesh:
        """The mesh repaired: on its vertices everything else is defined."""
        return repaired(self.mesh)

    @functools.cached_property
    def spectrum(self) -> Spectrum:
        """Eigenpairs of the repaired mesh at unit area; 100, or as many as a small mesh has vertices."""
        return kept_spectrum(self.mesh, min(PAIRS, len(self.sound.vertices)), self.folder)

    @functools.cached_property
    def laplacian(self) -> csc_matrix:
        """The robust Laplacian (V, V) at unit area."""
        return robust_laplacian(self.sound.of_unit_area())[0]

    @property
    def areas(self) -> Tensor:
        """Of the vertices, (V,), summing to one."""
        return torch.from_numpy(self.spectrum.areas)

    def descriptors(self, waves: int, heats: int) -> Tensor:
        """Wave kernel signature, of length one at each vertex, beside the scale-invariant heat kernel signature.

        :param waves: energies of the first.
        :param heats: frequencies of the second, divided by the samples of its time scale.
        :returns: (V, waves + heats), float64.
        """
        parts = []
        if waves:
            wave = wave_kernel_signature(self.spectrum, waves)
            parts.append(wave / np.linalg.norm(wave, axis=1, keepdims=True))
        if heats:
            parts.append(scale_invariant_signature(self.spectrum, heats) / SAMPLES)
        if not parts:
            raise ValueError("waves and heats are 0: expected one descriptor or more")
        return torch.from_numpy(np.concatenate(parts, axis=1))
