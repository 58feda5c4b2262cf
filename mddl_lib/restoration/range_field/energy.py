"""The energy of a Markov random field with local or non-local range cliques: its value, its gradient, its curvature."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.restoration.range_field.filters import SeparableFilters, StackFilters
from mddl_lib.restoration.range_field.potentials import POTENTIALS


class RangeEnergy(nn.Module):
    r"""Data agreement and the potentials of all cliques.

    .. math:: E(x) = \frac\lambda2 \|A x - y\|^2 + \sum_p \sum_{l=1}^{L} \varphi_l\bigl((K_l x)(p)\bigr), \qquad
              (K_l x)(p) = \sum_{j=1}^{M} f_{l,j}^T\, x_{N(p_j)}

    .. math:: \nabla E(x) = \lambda A^T (A x - y) + \sum_l K_l^T\, \varphi_l'(K_l x)

    - :math:`y`: the measurement; :math:`A`: the physics; :math:`\lambda`: the data's weight;
    - :math:`x_{N(p)}`: the patch around pixel p, of the image mirrored at its border; :math:`K_l^T` is the exact adjoint,
      so that the gradient is that of this energy at the border too;
    - :math:`p_1 = p, \dots, p_M`: pixels whose patches resemble that of p, **held fixed**; M = 1 is a Field of Experts;
    - :math:`f_{l,j}`: filters of unit length; :math:`\varphi_l`: potentials.

    The density of the random field is :math:`p(x) = \frac1Z e^{-E(x)}`. Its partition function Z is never computed: the
    parameters are learned from what descent on E makes of images.

    :param channels: L.
    :param size: s, odd.
    :param matches: M.
    :param sigma: the noise level in grey levels of 255, the
        unit of the potentials.
    :param potential: "student_t" or "radial_basis".
    :param separable: rank-one filters.
    :param fixed_weight: λ is 1 and not learned.
    :raises ValueError: for a potential of another name, or filters that there are not.

    Source: Roth, Black, IJCV 2009; Sun, Tappen, CVPR 2011 (non-local range cliques; the sizes are ours).
    """

    def __init__(
        self, channels: int = 24, size: int = 5, matches: int = 1, sigma: float = 25.0,
        potential: str = "student_t", separable: bool = False, fixed_weight: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if potential not in POTENTIALS:
            raise ValueError(f"potential is {potential!r}: expected one of {sorted(POTENTIALS)}")
        arguments.positive(sigma=sigma)
        self.matches = matches
        self.filters = (SeparableFilters if separable else StackFilters)(channels, size, matches)
        self.potentials = POTENTIALS[potential](channels, sigma / 255)
        if fixed_weight:
            self.register_buffer("weight", torch.tensor(1.0))
        else:
            self.weight = nn.Parameter(torch.tensor(1.0))

    def value(self, x: Tensor, y: Tensor, physics: Any, matches: Tensor | None = None) -> Tensor:
        """E of every image, (B,).

        :param matches: (B, M, H·W), see :func:`mddl_lib.restoration.range_field.matching.nearest`; for M = 1 they are not looked at.
        """
        data = (physics.A(x) - y).square().flatten(1).sum(1)
        response = self.filters.analyse(x, self.filters.kernel(), matches)
        return self.weight / 2 * data + self.potentials.value(response).flatten(1).sum(1)

    def gradient(self, x: Tensor, y: Tensor, physics: Any, matches: Tensor | None = None) -> Tensor:
        """∇E, of the images' shape: what autograd would give for the sum of :meth:`value`, by the formula."""
        kernel = self.filters.kernel()
        push = self.potentials.influence(self.filters.analyse(x, kernel, matches))
        return self.weight * physics.A_adjoint(physics.A(x) - y) + self.filters.synthesise(push, kernel, matches)

    @torch.no_grad()
    def curvature(self, x: Tensor, physics: Any, matches: Tensor | None = None, iterations: int = 100) -> float:
        r"""A Lipschitz constant of ∇E on images like x: descent with a step below 2 / it never raises E.

        .. math:: L = \Bigl\| \lambda A^T A + \sum_l \max_t|\varphi_l''(t)|\, K_l^T K_l \Bigr\|_2

        By power iteration from a random image, which comes to L from below; the last ratio is returned.

        :param x: (B, 1, H, W): shape, dtype and device count, not the values.
        """
        kernel, steepest = self.filters.kernel(), self.potentials.steepest().view(-1, 1, 1)
        v = torch.randn(x.shape, dtype=x.dtype, generator=torch.Generator().manual_seed(0)).to(x.device)
        size = 0.0
        for _ in range(iterations):
            v = v / torch.linalg.vector_norm(v)
            smooth = self.filters.synthesise(steepest * self.filters.analyse(v, kernel, matches), kernel, matches)
            v = self.weight * physics.A_adjoint(physics.A(v)) + smooth
            size = float(torch.linalg.vector_norm(v))
        return size

    @torch.no_grad()
    def set_constants(self, weight: float, strength: float, steepness: float) -> None:
        """A Field of Experts: cosine filters, one Student-t potential (or its interpolant at the knots), one λ."""
        self.filters.set_constants()
        self.potentials.set_constants(strength, steepness)
        self.weight.fill_(weight)
