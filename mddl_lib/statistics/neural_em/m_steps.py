r"""Three M steps: in closed form, a step up the gradient, and a recurrent network.

Each has ``start(images, components)``, which gives :math:`\theta`, ``draw(theta)``, which gives what the components say of the
pixels, and a call, which gives the next :math:`\theta`. Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.neural_em.pixel_mixture import PixelLikelihood, check


class ClosedForm(nn.Module):
    r"""The M step of EM, exactly, for components that are mixtures of fixed pictures, :math:`\psi_k = B \theta_k`.

    .. math:: \theta_k = \Bigl(\sum_i \gamma_{ik} b_i b_i^T + \epsilon I\Bigr)^{-1} \sum_i \gamma_{ik} b_i x_i

    - :math:`b_i`: row i of :math:`B`, the basis at pixel i. With one column of ones a component is one grey level.
    - :math:`\epsilon`: keeps a component without pixels finite.

    For the Gaussian likelihood.

    :param basis: B, (P, d).
    :raises ValueError: for another shape, NaN, or a floor below 0.

    Source: Dempster, Laird, Rubin 1977, for this model.
    """

    def __init__(self, basis: Tensor, floor: float = 1e-8) -> None:
        super().__init__()
        arguments.tensors(basis=basis)
        arguments.not_negative(floor=floor)
        if basis.ndim != 2 or not basis.numel():
            raise ValueError(f"basis has the shape {tuple(basis.shape)}: expected (pixels, pictures)")
        arguments.finite("the basis", basis)
        self.register_buffer("basis", basis)
        self.floor = floor

    def start(self, images: int, components: int) -> Tensor:
        """Zeros, (images, K, d); the first step does not look at them."""
        return self.basis.new_zeros(images, components, self.basis.shape[1])

    def draw(self, theta: Tensor) -> Tensor:
        """B θ, (B, K, P)."""
        return theta @ self.basis.T

    def forward(self, theta: Tensor, x: Tensor, natural: Tensor, responsibilities: Tensor) -> Tensor:
        """The best θ for these responsibilities."""
        check(x, responsibilities)
        left = torch.einsum("bkp,pd,pe->bkde", responsibilities, self.basis, self.basis)
        left = left + self.floor * torch.eye(self.basis.shape[1], dtype=left.dtype)
        right = torch.einsum("bkp,pd,bp->bkd", responsibilities, self.basis, x)
        return torch.linalg.solve(left, right[..., None])[..., 0]


class GradientStep(nn.Module):
    r"""N-EM: one step up the gradient of Q, through a decoder that is learned.

    .. math:: \theta_k \leftarrow \theta_k + \eta \odot \frac{\partial Q}{\partial \theta_k}, \qquad
              \frac{\partial Q}{\partial \theta_k} = \tanh'(\theta_k) \odot W^T \bigl(\gamma_k \odot (x - \psi_k)\bigr), \qquad
              a_k = W \tanh \theta_k + b

    - :math:`\eta`: a learned step for each of the ``size`` numbers; :math:`W, b`: learned.

    :param pixels: P.
    :param size: of θ.
    :raises ValueError: for counts below 1.

    Source: Greff, van Steenkiste, Schmidhuber, NIPS 2017, equation 4.
    """

    def __init__(self, pixels: int = 784, size: int = 250, likelihood: PixelLikelihood | None = None) -> None:
        super().__init__()
        arguments.counts(1, pixels=pixels, size=size)
        self.decoder = nn.Linear(size, pixels)
        self.first = nn.Parameter(torch.zeros(size))
        self.log_step = nn.Parameter(torch.zeros(size))
        expect_nothing(self)
        self.likelihood = PixelLikelihood() if likelihood is None else likelihood
        arguments.instances(PixelLikelihood, likelihood=self.likelihood)

    def start(self, images: int, components: int) -> Tensor:
        """The learned first θ, the same for all, (images, K, size)."""
        return self.first.expand(images, components, -1)

    def draw(self, theta: Tensor) -> Tensor:
        """a, (B, K, P)."""
        return self.decoder(theta.tanh())

    def gradient(self, theta: Tensor, x: Tensor, natural: Tensor, responsibilities: Tensor) -> Tensor:
        """∂Q/∂θ, (B, K, size), by the formula."""
        check(x, responsibilities)
        error = responsibilities * self.likelihood.slope(x[:, None], natural)
        return (1 - theta.tanh().square()) * (error @ self.decoder.weight)

    def forward(self, theta: Tensor, x: Tensor, natural: Tensor, responsibilities: Tensor) -> Tensor:
        """One step."""
        return theta + self.log_step.exp() * self.gradient(theta, x, natural, responsibilities)


class RecurrentStep(nn.Module):
    r"""RNN-EM: a recurrent network takes the place of the gradient; it sees what the gradient sees.

    .. math:: \theta_k \leftarrow \sigma\bigl(R\, \theta_k + U (\gamma_k \odot (x - \psi_k)) + c\bigr), \qquad a_k = W \theta_k + b

    - :math:`\sigma`: the logistic function; :math:`R, U, W, b, c`: learned, the same for all components.

    :param pixels: P.
    :param size: of θ.
    :raises ValueError: for counts below 1.

    Source: Greff, van Steenkiste, Schmidhuber, NIPS 2017, section 3.1 and its release (250 units, static shapes).
    """

    def __init__(self, pixels: int = 784, size: int = 250, likelihood: PixelLikelihood | None = None) -> None:
        super().__init__()
        arguments.counts(1, pixels=pixels, size=size)
        self.encoder = nn.Linear(pixels, size, bias=False)
        self.recurrent = nn.Linear(size, size)
        self.decoder = nn.Linear(size, pixels)
        expect_nothing(self)
        self.likelihood = PixelLikelihood() if likelihood is None else likelihood
        arguments.instances(PixelLikelihood, likelihood=self.likelihood)

    def start(self, images: int, components: int) -> Tensor:
        """Zeros, (images, K, size)."""
        return self.decoder.weight.new_zeros(images, components, self.decoder.in_features)

    def draw(self, theta: Tensor) -> Tensor:
        """a, (B, K, P)."""
        return self.decoder(theta)

    def forward(self, theta: Tensor, x: Tensor, natural: Tensor, responsibilities: Tensor) -> Tensor:
        """One step of the recurrent network."""
        check(x, responsibilities)
        error = responsibilities * (x[:, None] - self.likelihood.expected(natural))
        return torch.sigmoid(self.recurrent(theta) + self.encoder(error))


def expect_nothing(step: nn.Module) -> None:
    """First weights by Glorot's rule, and a decoder that expects dark pixels (logit −3).

    With one that expects grey, every pixel is a surprise at first: what tells the components apart drowns in it, and 2500 steps
    of training left them alike.
    """
    for layer in step.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
    nn.init.constant_(step.decoder.bias, -3.0)
