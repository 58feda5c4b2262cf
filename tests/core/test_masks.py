"""Sampling masks: symmetric where they say so, near their ratio, DC at [0, 0]."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import data_fetch
from mddl_lib.core.masks import (
    cartesian,
    is_symmetric,
    mirrored,
    pseudo_radial,
    variable_density,
)
from mddl_lib.mri.masks import paper_radial, radial

SHAPES = [(64, 64), (63, 48), (128, 96)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ratio", [0.1, 0.2, 0.35, 0.5])
def test_pseudo_radial(shape: tuple[int, int], ratio: float) -> None:
    mask = pseudo_radial(shape, ratio)
    assert is_symmetric(mask)
    assert abs(float(mask.mean()) - ratio) < 0.025
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert mask[0, 0] == 1
    assert mask[0, 1] == 1  # the horizontal line
    assert mask.dtype == torch.float32


@pytest.mark.parametrize("percent", [10, 20, 30, 40, 50])
def test_pseudo_radial_comes_near_the_papers_ratios_at_256(percent: int) -> None:
    mask = pseudo_radial((256, 256), percent / 100)
    assert abs(float(mask.mean()) - percent / 100) < 0.006
    assert is_symmetric(mask)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ratio", [0.1, 0.25, 1.0])
def test_variable_density_has_exactly_its_ratio_and_gathers_at_dc(shape: tuple[int, int], ratio: float) -> None:
    mask = variable_density(shape, ratio, seed=3)
    assert int(mask.sum()) == round(ratio * shape[0] * shape[1])
    assert mask[0, 0] == 1
    if ratio < 1:
        near, far = mask[:6, :6].mean(), mask[shape[0] // 3 : shape[0] // 2, shape[1] // 3 : shape[1] // 2].mean()
        assert near > 3 * far
        assert not is_symmetric(mask)
    assert torch.equal(mask, variable_density(shape, ratio, seed=3))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ratio", [0.2, 0.4])
def test_cartesian_takes_whole_rows_and_the_centre(shape: tuple[int, int], ratio: float) -> None:
    mask = cartesian(shape, ratio, seed=1)
    assert torch.equal(mask, mask[:, :1].expand_as(mask))
    assert int(mask[:, 0].sum()) == round(ratio * shape[0])
    kept = round(0.08 * shape[0])
    order = torch.tensor(range(shape[0])).apply_(lambda row: min(row, shape[0] - row)).argsort(stable=True)
    assert bool(mask[order[:kept], 0].all())
    assert mask[0, 0] == 1
    assert torch.equal(mask, cartesian(shape, ratio, seed=1))


def test_other_seeds_give_other_masks() -> None:
    assert not torch.equal(variable_density((32, 32), 0.3, seed=0), variable_density((32, 32), 0.3, seed=1))
    assert not torch.equal(cartesian((64, 64), 0.3, seed=0), cartesian((64, 64), 0.3, seed=1))


def test_mirrored_is_the_mask_at_minus_k() -> None:
    mask = torch.arange(20.0).reshape(4, 5)
    found = mirrored(mask)
    for row in range(4):
        for column in range(5):
            assert found[row, column] == mask[-row % 4, -column % 5]


@pytest.mark.parametrize(
    "make", [pseudo_radial, lambda s, r: variable_density(s, r, 0), lambda s, r: cartesian(s, r, 0)]
)
@pytest.mark.parametrize("ratio", [0.0, -0.2, 1.5, 20, float("nan")])
def test_ratios_outside_are_named(make: Callable[..., Tensor], ratio: float) -> None:
    with pytest.raises(ValueError, match=r"expected a share in \(0, 1\]"):
        make((32, 32), ratio)


def test_bad_shapes_and_centres_are_named() -> None:
    with pytest.raises(ValueError, match="expected \\(rows, columns\\)"):
        pseudo_radial((32,), 0.2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="each 2 or more"):
        cartesian((1, 8), 0.2, 0)
    with pytest.raises(ValueError, match=r"centre is 0\.5"):
        cartesian((32, 32), 0.2, 0, centre=0.5)


def test_a_percentage_without_a_mask_is_named() -> None:
    with pytest.raises(ValueError, match="percent is 25: the paper's masks are 10, 20, 30, 40, 50 %"):
        paper_radial(25)


def test_radial_falls_back_on_a_generated_mask() -> None:
    torch.testing.assert_close(radial(20, 64), pseudo_radial((64, 64), 0.2))
    torch.testing.assert_close(radial(15), pseudo_radial((256, 256), 0.15))


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("radial_masks"), reason="not in the cache: radial_masks")
@pytest.mark.parametrize(("percent", "ratio"), [(10, 0.1022), (20, 0.2019), (30, 0.3020), (40, 0.4009), (50, 0.4998)])
def test_the_papers_masks_have_their_true_ratios(percent: int, ratio: float) -> None:
    mask = paper_radial(percent)
    assert float(mask.mean()) == pytest.approx(ratio, abs=5e-5)
    assert is_symmetric(mask)
    assert mask[0, 0] == 1
    assert torch.equal(radial(percent), mask)
