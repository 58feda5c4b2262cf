"""DeepInverse's own operators in our networks, and ours in its solvers: run by tests/core/test_neighbour.py where it is there."""

import deepinv
import torch

import mddl_lib
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.models.admm import total_variation

SIZE = 32
torch.manual_seed(0)
x = torch.rand(2, 1, SIZE, SIZE)


def blurs() -> None:
    """One real channel: they drop in as they are."""
    filters = torch.rand(1, 1, 5, 5)
    filters /= filters.sum()
    for physics in (
        deepinv.physics.Blur(filters, padding="circular"),
        deepinv.physics.BlurFFT((1, SIZE, SIZE), filters),
        deepinv.physics.Inpainting((1, SIZE, SIZE), mask=(torch.rand(1, SIZE, SIZE) > 0.3).float()),
    ):
        y = physics.A(x)
        assert y.shape == x.shape
        for network in (total_variation(1e-3, turns=5), mddl_lib.load("admm_net15_brain_20")):
            with torch.no_grad():
                estimate = network(y, physics)
            assert estimate.shape == x.shape
            assert bool(estimate.isfinite().all())
        with torch.no_grad():  # the data count: a long run explains the measurement
            estimate = total_variation(1e-6, 1e-2, turns=50)(y, physics)
        error = float((physics.A(estimate) - y).norm() / y.norm())
        assert error < 0.02, (type(physics).__name__, error)
        print(type(physics).__name__, "drops in, residual", round(error, 5))


def mri() -> None:
    """Real and imaginary parts as two channels: refused in words that say what is one complex channel here."""
    mask = pseudo_radial((SIZE, SIZE), 0.4)
    physics = deepinv.physics.MRI(mask=torch.fft.fftshift(mask), img_size=(SIZE, SIZE))
    pair = torch.cat([x, torch.zeros_like(x)], 1)
    try:
        mddl_lib.load("admm_net15_brain_20")(physics.A(pair), physics)
    except ValueError as error:
        assert "a real and an imaginary part are one complex channel here" in str(error), error  # noqa: PT017 - no pytest here
    else:
        raise AssertionError("a pair of channels was taken without a word")
    # the same measurement through ours: theirs has the middle of image and k-space in the middle
    ours = MaskedFourier(mask, real=False).A(torch.fft.ifftshift(x + 0j, dim=(-2, -1)))
    theirs = physics.A(pair)
    theirs = torch.fft.ifftshift(torch.complex(theirs[:, :1], theirs[:, 1:]), dim=(-2, -1))
    assert float((theirs - ours).norm() / ours.norm()) < 1e-4
    print("MRI is refused in words, and its k-space is ours")


def ours_there() -> None:
    """Our operator in one of its solvers."""
    physics = MaskedFourier(pseudo_radial((SIZE, SIZE), 0.4))
    y = physics.A(x)
    estimate = deepinv.optim.linear.conjugate_gradient(
        lambda u: physics.A_adjoint(physics.A(u)) + u, physics.A_adjoint(y)
    )
    expected = physics.solve_normal(physics.A_adjoint(y), 1.0)
    assert float((estimate - expected).norm() / expected.norm()) < 1e-3
    print("our operator drops into its conjugate gradients")


for part in (blurs, mri, ours_there):
    part()
