"""BM3D-MRI: a turn is a plain loop's, the measurement is kept, and it beats what it starts from."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from mddl_lib.core.metrics import psnr
from mddl_lib.core.patches import corners, match
from mddl_lib.models.admm import total_variation
from mddl_lib.mri.competition.bm3d_mri import BM3DTurn, MatchState, bm3d_mri, quarter
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.core.test_collaborative_filter import plain_filter, plain_wiener
from tests.problems import problem


@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_a_turn_is_a_plain_loop(turn: int) -> None:
    """The references of one turn, written out; then the measured frequencies put back, one by one."""
    physics, _, y = problem(32)
    x = physics.A_adjoint(y)
    found = BM3DTurn(0.02, turn, radius=6, count=8)(MatchState(x, None), y, physics)
    row, column = ((0, 0), (4, 4), (0, 4), (4, 0))[turn % 4]  # pixels
    references = [i * 32 + j for i in range(row, 32, 8) for j in range(column, 32, 8)]
    everything = match(x, 8, 4, 6, 8)
    chosen = everything[[everything[:, 0].tolist().index(reference) for reference in references]]
    pilot = plain_filter(x, chosen, 2.7 * 0.02, principal=True)
    spectrum = torch.fft.fft2(plain_wiener(x, pilot, chosen, 1.5 * 0.02, principal=True), norm="ortho")
    spectrum[0, 0][physics.mask == 1] = y[0, 0][physics.mask == 1]
    torch.testing.assert_close(found.estimate, torch.fft.ifft2(spectrum, norm="ortho").real, rtol=0, atol=1e-12)


def test_four_turns_see_every_reference_once() -> None:
    grid = corners((32, 32), 4).view(8, 8, 1)
    seen = torch.cat([quarter(grid, turn).flatten() for turn in range(7, 11)])
    assert seen.sort().values.tolist() == grid.flatten().tolist()


def test_every_estimate_has_the_measured_frequencies() -> None:
    physics, _, y = problem(32)
    for state in bm3d_mri(turns=6, radius=6, every=3).iterates(y, physics):
        torch.testing.assert_close(physics.A(state.estimate), y, rtol=0, atol=1e-12)


def test_little_noise_leaves_the_image_alone() -> None:
    physics, truth, y = problem(32)
    found = BM3DTurn(1e-9, radius=6)(MatchState(truth, None), y, physics)
    torch.testing.assert_close(found.estimate, truth, rtol=0, atol=1e-8)


def test_matches_are_kept_until_they_are_due() -> None:
    """A search every three turns: in the turns between, the state carries the very same matches."""
    physics, _, y = problem(32)
    states = list(bm3d_mri(turns=7, radius=6, every=3).iterates(y, physics))
    same = [after.matches is before.matches for before, after in pairwise(states[1:])]
    assert same == [True, True, False, True, True, False]
    expected = match(states[3].estimate, 8, 4, 6, 16)
    assert torch.equal(states[4].matches.flatten(0, 1), expected)
    assert not torch.equal(states[1].matches, states[4].matches)


def test_the_noise_level_falls_geometrically() -> None:
    sigmas = [stage.sigma for stage in bm3d_mri(0.1, 0.001, turns=5).stages]
    assert sigmas == pytest.approx([0.1, 10**-1.5, 0.01, 10**-2.5, 0.001])


def test_it_beats_total_variation_on_texture() -> None:
    """Two woven textures: their patches repeat, and they have edges everywhere."""
    physics, _, _ = problem(64, ratio=0.3)
    i, j = torch.meshgrid(
        torch.arange(64.0, dtype=torch.float64), torch.arange(64.0, dtype=torch.float64), indexing="ij"
    )
    woven = torch.where(
        (i - 32).square() + (j - 32).square() < 400, (0.9 * i + 1.3 * j).sin(), (1.1 * i - 0.5 * j).cos()
    )
    truth = (0.5 + 0.2 * woven)[None, None]
    y = physics.A(truth)
    found, other = bm3d_mri(turns=40)(y, physics), total_variation(1e-3).double()(y, physics)
    assert found.dtype == torch.float64
    assert float(psnr(found, truth) - psnr(zero_filling(y, physics), truth)) > 3
    assert float(psnr(found, truth) - psnr(other, truth)) > 1


def test_twice_the_same() -> None:
    physics, _, y = problem(32)
    network = bm3d_mri(turns=6, radius=6)
    assert torch.equal(network(y, physics), network(y, physics))


def test_it_has_nothing_to_learn() -> None:
    assert not list(bm3d_mri().parameters())


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"first": 0.0}, "first is 0.0: expected a positive number"),
        ({"last": -1.0}, "last is -1.0: expected a positive number"),
        ({"last": float("nan")}, "last is nan: expected a positive number"),
        ({"first": 0.001, "last": 0.01}, "do not rise"),
        ({"turns": 1}, "turns is 1"),
        ({"every": 0}, "every is 0"),
    ],
)
def test_bad_constants(bad: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bm3d_mri(**bad)


def test_bad_turns_and_images() -> None:
    physics, _, y = problem(32)
    with pytest.raises(ValueError, match="sigma is 0: expected a positive number"):
        BM3DTurn(0)
    with pytest.raises(ValueError, match="step is 8: expected 1 … 4"):
        BM3DTurn(0.1, step=8)
    with pytest.raises(ValueError, match="NaN or infinity"):
        bm3d_mri(turns=2)(y * float("nan"), physics)
    with pytest.raises(ValueError, match=r"expected \(1, 1, height, width\)"):
        bm3d_mri(turns=2)(y.expand(2, 1, 32, 32), physics)
