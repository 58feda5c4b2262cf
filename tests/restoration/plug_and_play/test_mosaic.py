"""The mosaic: its matrix, its closed forms, and the two classical guesses."""

from __future__ import annotations

import pytest
import torch

from mddl_lib import check
from mddl_lib.restoration.plug_and_play.colour import OPPONENT, in_colour
from mddl_lib.restoration.plug_and_play.demosaicking import restored, total_variation_denoiser
from mddl_lib.restoration.plug_and_play.mosaic import Mosaic, bilinear, malvar, masks
from tests.restoration.pieces import draw


@pytest.mark.parametrize("shape", [(6, 8), (5, 7)])
def test_one_colour_a_pixel_and_an_adjoint(shape: tuple[int, int]) -> None:
    physics, x = Mosaic(), draw(2, 3, *shape)
    assert torch.equal(masks(x).sum(0), torch.ones(shape, dtype=x.dtype))
    assert check.adjoint(physics, (2, 3, *shape)) < 1e-12
    y = physics.A(x)
    torch.testing.assert_close(physics.A(physics.A_adjoint(y)), y)
    torch.testing.assert_close(y[:, 0, ::2, 1::2], x[:, 1, ::2, 1::2])


def test_closed_forms_against_dense_matrices() -> None:
    physics, z, y = Mosaic(), draw(1, 3, 4, 4), draw(1, 1, 4, 4, seed=1)
    a = torch.stack([physics.A(e.view(1, 3, 4, 4)).flatten() for e in torch.eye(48, dtype=torch.float64)], dim=1)
    adjoint = torch.stack(
        [physics.A_adjoint(e.view(1, 1, 4, 4)).flatten() for e in torch.eye(16, dtype=torch.float64)], 1
    )
    torch.testing.assert_close(adjoint, a.T)
    identity = torch.eye(48, dtype=torch.float64)
    found = torch.linalg.solve(a.T @ a + 0.3 * identity, z.flatten())
    torch.testing.assert_close(physics.solve_normal(z, 0.3).flatten(), found)
    found = torch.linalg.solve(0.7 * a.T @ a + identity, 0.7 * a.T @ y.flatten() + z.flatten())
    torch.testing.assert_close(physics.prox_l2(z, y, 0.7).flatten(), found)


@pytest.mark.parametrize("guess", [bilinear, malvar])
def test_a_guess_keeps_what_was_seen_and_a_grey_ramp(guess: object) -> None:
    ramp = torch.linspace(0, 1, 10, dtype=torch.float64).expand(1, 3, 8, 10).clone()
    y = Mosaic().A(ramp)
    found = guess(y)
    torch.testing.assert_close((masks(y) * found).sum(1, keepdim=True), y)
    torch.testing.assert_close(found[..., 2:-2, 2:-2], ramp[..., 2:-2, 2:-2])


def test_malvar_guesses_green_at_a_red_pixel_as_its_figure_says() -> None:
    y = draw(1, 1, 9, 9)
    at = y[0, 0]
    around = at[3, 4] + at[5, 4] + at[4, 3] + at[4, 5]
    far = at[2, 4] + at[6, 4] + at[4, 2] + at[4, 6]
    torch.testing.assert_close(malvar(y)[0, 1, 4, 4], (4 * at[4, 4] + 2 * around - far) / 8)
    beside = 5 * at[4, 5] + 4 * (at[4, 4] + at[4, 6]) - at[4, 3] - at[4, 7]
    corners = at[3, 4] + at[3, 6] + at[5, 4] + at[5, 6]
    up = at[2, 5] + at[6, 5]
    torch.testing.assert_close(malvar(y)[0, 0, 4, 5], (beside - corners + up / 2) / 8)


def test_the_opponent_colours_are_orthogonal_and_a_grey_denoiser_becomes_one_of_colours() -> None:
    matrix = torch.tensor(OPPONENT, dtype=torch.float64)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(3, dtype=torch.float64))
    x = draw(2, 3, 6, 5)
    torch.testing.assert_close(in_colour(lambda image, sigma: image)(x, 0.1), x)
    levels = []
    in_colour(lambda image, sigma: levels.append(sigma) or image, 2.0)(x, 0.3)
    assert levels == pytest.approx([0.3 / 3**0.5, 0.6])
    with pytest.raises(ValueError, match=r"\(2, 1, 6, 5\)"):
        in_colour(lambda image, sigma: image)(x[:, :1], 0.1)


def test_total_variation_mends_a_noisy_mosaic() -> None:
    torch.manual_seed(0)
    x = torch.full((1, 3, 24, 24), 0.2)
    x[:, 0, 8:16, 6:] = 0.7
    physics = Mosaic(0.05)
    y = physics.measure(x)
    found = restored(None, {"first": 30.0, "last": 2.0, "weight": 0.3, "chroma": 1.0})(y, physics)
    assert (found - x).square().mean() < 0.7 * (malvar(y) - x).square().mean()
    assert total_variation_denoiser()(y, 0.05).shape == y.shape


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"\(1, 1, 6, 6\).*\(batch, 3"):
        Mosaic().A(torch.zeros(1, 1, 6, 6))
    with pytest.raises(ValueError, match=r"\(1, 3, 6, 6\).*\(batch, 1"):
        bilinear(torch.zeros(1, 3, 6, 6))
    with pytest.raises(ValueError, match="sides of 3 or more"):
        malvar(torch.zeros(1, 1, 2, 6))
    with pytest.raises(ValueError, match="NaN"):
        Mosaic().A(torch.full((1, 3, 6, 6), float("nan")))
