"""Signatures: numbers that say of each vertex what the surface around it is like, whatever its pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mddl_lib.core import arguments
from mddl_lib.shapes.spectra.eigenpairs import Spectrum

RATIO, STEP, FIRST, LAST = 2.0, 0.2, 1.0, 20.0
"""of the scale-invariant signature: α, and the grid of τ"""
COARSEST = 18
"""the τ at which the heat has spread so far that only the first wave is left: λ₁ t = 1"""


def heat_kernel_signature(spectrum: Spectrum, times: Sequence[float]) -> np.ndarray:
    r"""How much heat is left at a vertex after a time t when a unit of it began there:

    .. math:: h_t(i) = \sum_k e^{-\lambda_k t} \phi_k(i)^2

    - :math:`\lambda_k, \phi_k`: eigenpairs; t: in units of area, which is one in a :class:`Spectrum`.

    :param times: t, positive, T of them.
    :returns: (V, T).
    :raises ValueError: for times that are none.

    Source: Sun, Ovsjanikov, Guibas, Symposium on Geometry Processing 2009.
    """
    _check(spectrum)
    times = np.asarray(times, np.float64)
    if times.ndim != 1 or not len(times) or not (np.isfinite(times).all() and (times > 0).all()):
        raise ValueError(f"times are {times}: expected positive numbers in a list")
    return spectrum.functions**2 @ np.exp(-np.outer(spectrum.values, times))


def wave_kernel_signature(spectrum: Spectrum, count: int = 100, width: float = 6.0) -> np.ndarray:
    r"""How likely a quantum particle of the energy e is at a vertex:

    .. math:: w_e(i) = \frac{\sum_{k \ge 1} g_e(\lambda_k)\, \phi_k(i)^2}{\sum_{k \ge 1} g_e(\lambda_k)}, \qquad
              g_e(\lambda) = \exp\Bigl(-\frac{(e - \log \lambda)^2}{2 \sigma^2}\Bigr)

    - e: evenly spaced from :math:`\log \lambda_1` to :math:`\log \lambda_{\max} / 1.02`; σ: ``width`` times their distance.

    :param count: of energies.
    :returns: (V, count).
    :raises ValueError: for a count or width that is none, or a spectrum of fewer than three pairs.

    Source: Aubry, Schlickewei, Cremers, ICCV Workshops 2011.
    """
    _check(spectrum, 3)
    arguments.counts(2, count=count)
    arguments.positive(width=width)
    levels = np.log(spectrum.values[1:])
    energies = np.linspace(levels[0], levels[-1] / 1.02, count)
    sigma = width * abs(energies[1] - energies[0])
    exponents = -((energies - levels[:, None]) ** 2) / (2 * sigma**2)
    filters = np.exp(exponents - exponents.max(axis=0))  # their sum divides them below: no column of zeros
    return spectrum.functions[:, 1:] ** 2 @ (filters / filters.sum(axis=0))


def scale_invariant_signature(spectrum: Spectrum, count: int = 50) -> np.ndarray:
    r"""The heat kernel signature without the scale of the shape: the moduli of a Fourier transform of

    .. math:: \dot h_\tau(i) = \frac{d}{d\tau} \log \sum_k e^{-\lambda_k \alpha^\tau} \phi_k(i)^2
              = - \log\alpha \, \frac{\sum_k \lambda_k \alpha^\tau e^{-\lambda_k \alpha^\tau} \phi_k(i)^2}
                                     {\sum_k e^{-\lambda_k \alpha^\tau} \phi_k(i)^2}

    - τ = 1, 1.2, …, 20 and α = 2. A shape s times as large has :math:`\lambda / s^2`: its curve is the same, moved along τ. The
      logarithm and its derivative remove the factor :math:`1 / s^2` of :math:`\phi^2`, the moduli remove the move.
    - time is counted in units of :math:`1 / \lambda_1`: in other units the exponentials underflow.

    :param count: of frequencies, from the first above the mean on.
    :returns: (V, count).
    :raises ValueError: for a count beyond what the grid of τ has, or a spectrum of fewer than two pairs.

    Source: Bronstein, Kokkinos, CVPR 2010.
    """
    _check(spectrum, 2)
    arguments.counts(1, count=count)
    steps = FIRST + STEP * np.arange(round((LAST - FIRST) / STEP) + 1)
    if count >= len(steps):
        raise ValueError(f"count is {count}: expected at most {len(steps) - 1} frequencies")
    products = np.outer(spectrum.values / spectrum.values[1], RATIO ** (steps - COARSEST))
    decay, squares = np.exp(-products), spectrum.functions**2
    derivative = -np.log(RATIO) * (squares @ (products * decay)) / (squares @ decay)
    return np.abs(np.fft.fft(derivative, axis=1))[:, 1 : count + 1]


def _check(spectrum: Spectrum, least: int = 1) -> None:
    if not isinstance(spectrum, Spectrum):
        raise ValueError(f"spectrum is a {type(spectrum).__name__}: expected a Spectrum, as spectrum(mesh) gives")
    if len(spectrum.values) < least:
        raise ValueError(f"the spectrum has {len(spectrum.values)} pairs: expected {least} or more")
    if least > 1 and not spectrum.values[1] > 0:
        raise ValueError(
            f"the second eigenvalue is {spectrum.values[1]}: expected a connected surface, whose is positive"
        )
