"""Networks on pooled descriptors: ST-Net, itself without its transform, and metric learning on the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.shapes.second_order.manifold import FLOOR, mixture_of_powers
from mddl_lib.shapes.second_order.pooling import mean_pooling, second_order_pooling, upper_triangle
from mddl_lib.shapes.surfaces import Surface


class Moment(NamedTuple):
    """O of one shape, taken apart once: nothing that is learned stands before it."""

    values: Tensor
    """eigenvalues (D,)"""
    vectors: Tensor
    """eigenvectors (D, D), a column each"""


class MixtureOfPowers(nn.Module):
    r"""The SPD-manifold transform with learned coefficients :math:`c_k = \operatorname{softplus}(\theta_k)` of fixed powers.

    :param powers: how many: .1, .2, … for ten, 1 for one.
    """

    def __init__(self, powers: int = 10) -> None:
        super().__init__()
        arguments.counts(1, powers=powers)
        self.register_buffer("powers", torch.arange(1, powers + 1) / powers)
        self.logits = nn.Parameter(torch.full((powers,), -1.0))

    @property
    def coefficients(self) -> Tensor:
        """c, (K,), positive."""
        return nn.functional.softplus(self.logits)

    def forward(self, matrices: Tensor) -> Tensor:
        """(…, D, D) to (…, D, D)."""
        return mixture_of_powers(matrices, self.powers, self.coefficients)

    def curve(self, values: Tensor) -> Tensor:
        """f of eigenvalues: what the transform does to matrices that are taken apart already."""
        powers = self.powers.to(values)
        each = (values.clamp(min=0) + FLOOR)[..., None] ** powers - FLOOR**powers
        return each @ self.coefficients.to(values)


class STNet(nn.Module):
    r"""Second-order pooling, the SPD-manifold transform, and a linear layer that learns the metric:

    .. math:: e = W \operatorname{vec} f(O), \qquad O = \sum_i a_i\, h_i h_i^\top, \qquad d(s, s') = \| e - e' \|

    - :math:`h_i`: descriptors; :math:`a_i`: areas; f: a mixture of powers; vec: the upper triangle with :math:`\sqrt 2`.

    :param waves: energies of the wave kernel signature.
    :param heats: frequencies of the scale-invariant heat kernel signature.
    :param powers: K of the mixture; 0 leaves the transform out ("w/o SPDM-T").
    :param size: of the embedding; 0 leaves the linear layer out: nothing is learned but f.

    Source: Yu, Sun et al., ECCV Workshops 2018 (arXiv 1810.08950). Descriptors, powers and loss are ours: theirs are not known.
    """

    family = "st_net"
    """its key in :data:`mddl_lib.shapes.networks.NETWORKS`"""

    def __init__(self, waves: int = 32, heats: int = 16, powers: int = 10, size: int = 32) -> None:
        super().__init__()
        arguments.counts(0, waves=waves, heats=heats, powers=powers, size=size)
        arguments.counts(1, **{"waves + heats": waves + heats})
        self.config = {"waves": waves, "heats": heats, "powers": powers, "size": size}
        self.waves, self.heats = waves, heats
        self.transform: nn.Module = MixtureOfPowers(powers) if powers else nn.Identity()
        length = (waves + heats) * (waves + heats + 1) // 2
        self.metric: nn.Module = nn.Linear(length, size, bias=False) if size else nn.Identity()

    @classmethod
    def from_algorithm(cls, waves: int = 32, heats: int = 16) -> STNet:
        """Without learned layers: the second-order descriptor and its Frobenius distance."""
        return cls(waves, heats, powers=0, size=0)

    def prepare(self, surface: Surface) -> Moment:
        """What is not learned: O of one shape, its eigenvalues and eigenvectors, in double precision."""
        moment = second_order_pooling(surface.descriptors(self.waves, self.heats), surface.areas)
        return Moment(*torch.linalg.eigh(moment))

    def forward(self, prepared: Sequence[Moment]) -> Tensor:
        """Embeddings of shapes: O of each to (n, E).

        :raises ValueError: for what is no list of moments.
        """
        if not isinstance(prepared, list | tuple) or not prepared or not all(isinstance(p, Moment) for p in prepared):
            raise ValueError(
                f"prepared is {type(prepared).__name__}: expected a list of moments, as prepare gives them"
            )
        kind = _kind(self.metric, prepared[0].values)
        values, vectors = (torch.stack(parts).to(kind) for parts in zip(*prepared, strict=True))
        curved = self.transform.curve(values) if isinstance(self.transform, MixtureOfPowers) else values
        return self.metric(upper_triangle((vectors * curved.unsqueeze(-2)) @ vectors.mT))


class SurfMLNet(nn.Module):
    r"""First-order pooling and the metric: :math:`e = W [\, m_w / \|m_w\|,\ m_h / \|m_h\| \,]`, the means of the two signatures.

    With the large-margin loss, and 100 and 50 descriptors, it is CSDLMNN (the contest's descriptor and its metric).

    :param waves: energies of the wave kernel signature.
    :param heats: frequencies of the scale-invariant heat kernel signature.
    :param size: of the embedding; 0 leaves the linear layer out: then it is the mean descriptor.
    """

    family = "surf_ml_net"
    """its key in :data:`mddl_lib.shapes.networks.NETWORKS`"""

    def __init__(self, waves: int = 32, heats: int = 16, size: int = 32) -> None:
        super().__init__()
        arguments.counts(1, waves=waves, heats=heats)
        arguments.counts(0, size=size)
        self.config = {"waves": waves, "heats": heats, "size": size}
        self.waves, self.heats = waves, heats
        self.metric: nn.Module = nn.Linear(waves + heats, size, bias=False) if size else nn.Identity()

    def prepare(self, surface: Surface) -> Tensor:
        """What is not learned: the two means, each of length one, (D,)."""
        mean = mean_pooling(surface.descriptors(self.waves, self.heats), surface.areas)
        return torch.cat([part / part.norm() for part in mean.split([self.waves, self.heats])])

    def forward(self, prepared: Sequence[Tensor]) -> Tensor:
        """Embeddings of shapes: the mean of each to (n, E).

        :raises ValueError: for what is no list of means.
        """
        if not isinstance(prepared, list | tuple) or not prepared or not all(isinstance(p, Tensor) for p in prepared):
            raise ValueError(f"prepared is {type(prepared).__name__}: expected a list of means, as prepare gives them")
        means = torch.stack(list(prepared))
        return self.metric(means.to(_kind(self.metric, means)))


def _kind(layer: nn.Module, values: Tensor) -> torch.dtype:
    """The layer's precision; the values' own where it has none."""
    return next((parameter.dtype for parameter in layer.parameters()), values.dtype)
