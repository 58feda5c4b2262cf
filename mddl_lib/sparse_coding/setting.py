"""The standard setting of the literature: random sparse codes under a Gaussian dictionary.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.sparse_coding.dictionary import Dictionary, gaussian_dictionary


class Vectors(NamedTuple):
    """Codes and what is measured of them."""

    codes: Tensor
    """x, (1, 1, n, w)"""
    signals: Tensor
    """y, (1, 1, m, w)"""


@dataclass(frozen=True)
class Setting:
    r"""How vectors are drawn.

    .. math:: x_i = b_i\, g_i, \quad b_i \sim \mathrm{Bernoulli}(p), \quad g_i \sim N(0, 1), \qquad y = D x + \sigma\, \epsilon

    - :math:`p` = ``share`` of entries that are not zero; :math:`D`: Gaussian, unit columns, of its own seed;
    - :math:`\sigma`: so that :math:`\mathrm{E}\|D x\|^2 / \mathrm{E}\|\sigma \epsilon\|^2` is ``snr`` in dB; None: no noise.

    :raises ValueError: for sizes below 1, or a share outside 0 … 1.

    Source: Chen et al., NeurIPS 2018, Section 5.1.
    """

    rows: int = 256
    columns: int = 512
    share: float = 0.1
    snr: float | None = None
    dictionary_seed: int = 0

    def __post_init__(self) -> None:
        arguments.counts(1, rows=self.rows, columns=self.columns)
        arguments.counts(0, dictionary_seed=self.dictionary_seed)
        arguments.positive(share=self.share)
        if self.share > 1:
            raise ValueError(f"share is {self.share}: expected a share of the entries, at most 1")

    @functools.cached_property
    def physics(self) -> Dictionary:
        """The dictionary."""
        return gaussian_dictionary(self.rows, self.columns, self.dictionary_seed)

    @property
    def sigma(self) -> float:
        """σ: unit columns give E‖Dx‖² = n p, so a signal's entry has the variance n p / m."""
        return 0.0 if self.snr is None else (self.columns * self.share / self.rows / 10 ** (self.snr / 10)) ** 0.5

    def draw(self, number: int, seed: int, part: str = "train") -> Vectors:
        """So many vectors, from a part ("train", "validate", "test") and a seed.

        :raises ValueError: for a count below 1, a seed below 0, or another part.
        """
        arguments.counts(1, number=number)
        arguments.counts(0, seed=seed)
        parts = ("train", "validate", "test")
        if part not in parts:
            raise ValueError(f"part is {part!r}: expected one of {parts}")
        generator = np.random.default_rng([self.dictionary_seed, 2 + parts.index(part), seed])
        chosen = generator.random((self.columns, number), dtype=np.float32) < self.share
        codes = torch.from_numpy(np.where(chosen, generator.standard_normal(chosen.shape, dtype=np.float32), 0))
        signals = self.physics.matrix @ codes
        if self.snr is not None:
            noise = generator.standard_normal(signals.shape, dtype=np.float32)
            signals = signals + self.sigma * torch.from_numpy(noise)
        return Vectors(codes[None, None], signals[None, None])

    @property
    def name(self) -> str:
        """For records."""
        noise = "no noise" if self.snr is None else f"{self.snr:g} dB"
        return f"sparse vectors/{self.rows}x{self.columns}, {100 * self.share:g} %, {noise}"

    @property
    def sha256(self) -> str:
        """Of everything that a draw depends on."""
        content = json.dumps(asdict(self), sort_keys=True).encode() + self.physics.matrix.numpy().tobytes()
        return hashlib.sha256(content).hexdigest()


def nmse_db(found: Tensor, codes: Tensor) -> float:
    r"""Normalised mean squared error of a set of codes in dB: :math:`10 \log_{10} \sum \|\hat x - x\|^2 / \sum \|x\|^2`.

    :raises ValueError: for shapes that differ, or codes that are all zero.
    """
    arguments.tensors(found=found, codes=codes)
    if found.shape != codes.shape:
        raise ValueError(f"found is {tuple(found.shape)}, codes {tuple(codes.shape)}: expected the same shape")
    power = float(codes.double().square().sum())
    if not power > 0:
        raise ValueError("codes are all zero: expected some that are not, to divide by")
    error = float((found.double() - codes.double()).square().sum())
    return 10 * float(np.log10(max(error / power, 1e-30)))
