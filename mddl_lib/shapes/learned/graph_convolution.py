"""Convolution on a graph, spectral and spatial, and a small network of it on shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import coo_matrix, diags, eye
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.shapes.learned.st_net import MixtureOfPowers
from mddl_lib.shapes.mesh import Mesh
from mddl_lib.shapes.second_order.pooling import second_order_pooling, upper_triangle
from mddl_lib.shapes.surfaces import Surface


class Graph(NamedTuple):
    """A shape as a graph convolution sees it."""

    laplacian: Tensor
    """scaled into [−1, 1], sparse (V, V)"""
    signal: Tensor
    """descriptors (V, D)"""
    areas: Tensor
    """(V,)"""


def scaled_laplacian(mesh: Mesh) -> Tensor:
    r"""The normalised graph Laplacian of the mesh's edges, less the identity: its eigenvalues lie in [−1, 1].

    .. math:: \tilde L = (I - D^{-1/2} W D^{-1/2}) - I = - D^{-1/2} W D^{-1/2}

    - W: 1 for an edge; D: the number of edges of each vertex. It knows the mesh, not the surface.

    :returns: sparse (V, V), float32.
    :raises ValueError: for a vertex without an edge.
    """
    if not isinstance(mesh, Mesh):
        raise ValueError(f"mesh is a {type(mesh).__name__}: expected a Mesh")
    ends, count = mesh.edges, len(mesh.vertices)
    weights = coo_matrix((np.ones(len(ends)), ends.T), shape=(count, count))
    weights = weights + weights.T
    degrees = np.asarray(weights.sum(axis=1)).ravel()
    if not degrees.all():
        raise ValueError(
            f"{mesh.name}: vertex {int(degrees.argmin())} has no edge: expected a mesh as repaired makes it"
        )
    root = diags(degrees**-0.5)
    scaled = (eye(count) - root @ weights @ root - eye(count)).tocoo()
    indices = torch.from_numpy(np.stack([scaled.row, scaled.col]).astype(np.int64))
    return torch.sparse_coo_tensor(
        indices, torch.from_numpy(scaled.data).float(), (count, count), check_invariants=True
    ).coalesce()


def spectral_convolution(signal: Tensor, functions: Tensor, response: Tensor) -> Tensor:
    r"""A filter by its response to each frequency: :math:`y = \Phi\, g(\Lambda)\, \Phi^\top x`.

    - :math:`\Phi`: orthonormal eigenvectors; :math:`g(\lambda_k)`: the response. On a circle this is the convolution theorem.

    :param signal: x (V, D).
    :param functions: Φ (V, k).
    :param response: (k,).
    :returns: (V, D).
    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(signal=signal, functions=functions, response=response)
    if [t.ndim for t in (signal, functions, response)] != [2, 2, 1] or functions.shape != (len(signal), len(response)):
        raise ValueError(
            f"signal, functions and response have the shapes {tuple(signal.shape)}, {tuple(functions.shape)}, "
            f"{tuple(response.shape)}: expected (V, D), (V, k), (k,)"
        )
    return functions @ (response[:, None] * (functions.T @ signal))


def chebyshev_terms(signal: Tensor, laplacian: Tensor, order: int) -> list[Tensor]:
    r""":math:`T_0(\tilde L) x, \dots, T_{K-1}(\tilde L) x` by :math:`T_k = 2 \tilde L\, T_{k-1} - T_{k-2}`: no eigenvector is needed,
    and term k looks k edges far.

    :param signal: x (V, D).
    :param laplacian: scaled into [−1, 1], (V, V), sparse or not.
    :param order: K.
    :returns: K tensors (V, D).
    :raises ValueError: for shapes that do not fit.
    """
    arguments.tensors(signal=signal, laplacian=laplacian)
    arguments.counts(1, order=order)
    if signal.ndim != 2 or laplacian.shape != (len(signal), len(signal)):
        raise ValueError(
            f"signal has the shape {tuple(signal.shape)}, the Laplacian {tuple(laplacian.shape)}: expected (V, D) and (V, V)"
        )
    terms = [signal, laplacian @ signal]
    while len(terms) < order:
        terms.append(2 * (laplacian @ terms[-1]) - terms[-2])
    return terms[:order]


class ChebyshevConvolution(nn.Module):
    r"""The spatial form of the same filter: :math:`y = \sum_k T_k(\tilde L)\, x\, \Theta_k`, the response a polynomial.

    :param before: channels of x.
    :param after: channels of y.
    :param order: K.

    Source: Defferrard, Bresson, Vandergheynst, NeurIPS 2016.
    """

    def __init__(self, before: int, after: int, order: int) -> None:
        super().__init__()
        arguments.counts(1, before=before, after=after, order=order)
        self.order, self.mix = order, nn.Linear(before * order, after)

    def forward(self, signal: Tensor, laplacian: Tensor) -> Tensor:
        """(V, before) to (V, after)."""
        return self.mix(torch.cat(chebyshev_terms(signal, laplacian, self.order), dim=1))


class ChebNet(nn.Module):
    """Two graph convolutions on the descriptors, then second-order pooling, two powers and the metric; all of it is learned.

    :param waves: energies of the wave kernel signature.
    :param heats: frequencies of the scale-invariant heat kernel signature.
    :param width: channels of both convolutions.
    :param order: of their polynomials.
    :param size: of the embedding.
    """

    family = "shape_chebnet"
    """its key in :data:`mddl_lib.shapes.networks.NETWORKS`"""

    def __init__(self, waves: int = 16, heats: int = 8, width: int = 16, order: int = 4, size: int = 32) -> None:
        super().__init__()
        arguments.counts(1, waves=waves, heats=heats, width=width, order=order, size=size)
        self.config = {"waves": waves, "heats": heats, "width": width, "order": order, "size": size}
        self.waves, self.heats = waves, heats
        self.first = ChebyshevConvolution(waves + heats, width, order)
        self.second = ChebyshevConvolution(width, width, order)
        self.transform = MixtureOfPowers(2)
        self.metric = nn.Linear(width * (width + 1) // 2, size, bias=False)

    def prepare(self, surface: Surface) -> Graph:
        """What is not learned: the graph, its signal and its areas."""
        laplacian = scaled_laplacian(surface.sound)
        return Graph(laplacian, surface.descriptors(self.waves, self.heats).float(), surface.areas.float())

    def forward(self, prepared: Sequence[Graph]) -> Tensor:
        """Embeddings of shapes, (n, E)."""
        if (
            not isinstance(prepared, list | tuple)
            or not all(isinstance(one, Graph) for one in prepared)
            or not prepared
        ):
            raise ValueError(f"prepared is {type(prepared).__name__}: expected a list of graphs, as prepare gives them")
        return self.metric(upper_triangle(self.transform(torch.stack([self._moment(graph) for graph in prepared]))))

    def _moment(self, graph: Graph) -> Tensor:
        hidden = torch.tanh(self.first(graph.signal, graph.laplacian))
        return second_order_pooling(self.second(hidden, graph.laplacian), graph.areas)
