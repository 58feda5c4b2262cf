"""The U-Net, hearts and nodules: shapes, every parameter matters, sets with a known answer, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.deep.hearts import HeartSlices, dice, slices
from mddl_lib.deep.masks_objective import MasksObjective
from mddl_lib.deep.nodules import REACH, ChestNodules, Nodule, chest_set, draw_into, free_response, marks, target
from mddl_lib.deep.unet import UNet
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe


def test_maps_have_the_images_size_and_every_parameter_matters() -> None:
    torch.manual_seed(0)
    network = UNet(2, 4, 2)
    maps = network(torch.rand(3, 1, 16, 24))
    assert maps.shape == (3, 2, 16, 24)
    maps.square().sum().backward()
    assert all(float(p.grad.abs().sum()) > 0 for p in network.parameters())


def test_it_learns_a_set_with_a_known_answer() -> None:
    """Bright discs: the mask is where the image is bright."""
    rows, columns = np.mgrid[:32, :32]
    random = np.random.default_rng(0)
    discs = [np.hypot(rows - r, columns - c) < 6 for r, c in random.uniform(8, 24, (24, 2))]
    masks = torch.from_numpy(np.stack(discs)).float()[:, None]
    images = 0.2 + 0.5 * masks + 0.1 * torch.randn(masks.shape, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    network, recipe = UNet(1, 4, 2), Recipe(80, learning_rate=1e-2, batch=6, seed=0)
    train(network, MasksObjective(images[:16], masks[:16], recipe), recipe, progress=False, device="cpu")
    with torch.no_grad():
        assert float(dice(network(images[16:]), masks[16:]).mean()) > 0.9


def test_dice_counts_pixels() -> None:
    logits = torch.tensor([[1.0, 1, -1, -1], [-1, -1, -1, -1]]).view(2, 1, 2, 2)
    masks = torch.tensor([[1.0, 0, 0, 0], [0, 0, 0, 0]]).view(2, 1, 2, 2)
    torch.testing.assert_close(dice(logits, masks), torch.tensor([2 / 3, 1.0]))


def test_hearts_that_are_drawn_by_code_can_stand_in() -> None:
    images, masks, names = slices("phantom_heart")
    assert images.shape == masks.shape == (len(names), 1, 128, 128)
    assert float(images.max()) <= 1
    assert 0.001 < float(masks.mean()) < 0.3
    record = HeartSlices(("phantom_heart",)).record()
    assert record["images"] == len(names)


def test_nodules_are_where_they_are_said_to_be_and_drawn_again_alike() -> None:
    image = np.full((64, 64), 0.3, dtype=np.float32)
    made, nodules = draw_into(image, np.random.default_rng(3))
    again, same = draw_into(image, np.random.default_rng(3))
    assert np.array_equal(made, again)
    assert nodules == same
    for nodule in nodules:
        assert made[int(nodule.row), int(nodule.column)] > 0.4
    far = np.ones((64, 64), bool)
    for nodule in nodules:
        far &= np.hypot(*(np.mgrid[:64, :64] - np.array([nodule.row, nodule.column])[:, None, None])) > 12
    np.testing.assert_allclose(made[far], 0.3, atol=1e-3)
    images, maps, lists = chest_set("phantom_brain", 2, 0)
    assert len(images) == len(maps) == len(lists)


def test_froc_on_a_set_with_a_known_answer() -> None:
    truths = [[Nodule(20, 20, 0), Nodule(60, 60, 1)], [Nodule(40, 40, 1)], []]
    right = [[(0.9, 20.0, 21.0, 0), (0.8, 60.0, 60.0, 0)], [(0.7, 41.0, 40.0, 1)], []]
    false, share, kinds = free_response(right, truths)
    assert (false[-1], share[-1], kinds) == (0, 1, pytest.approx(2 / 3))
    spoilt = [right[0][:1], [(0.95, 5.0, 5.0, 0)], [(0.1, 5.0, 5.0, 0)]]
    false, share, _ = free_response(spoilt, truths)
    assert (false[-1], share[-1]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert share[0] == 0  # the surest mark is false
    twice = [[(0.9, 20.0, 20.0, 0), (0.8, 21.0, 20.0, 0)]]
    false, share, _ = free_response(twice, [[Nodule(20, 20, 0)]])
    assert (false[-1], share[-1]) == (1, 1)  # a second mark on a nodule is false
    beyond = [[(0.9, 20.0 + REACH + 1, 20.0, 0)]]
    assert free_response(beyond, [[Nodule(20, 20, 0)]])[1][-1] == 0


def test_marks_are_the_peaks_of_a_map() -> None:
    maps = target([Nodule(30, 40, 1), Nodule(90, 70, 0)], (128, 128))
    found = marks(20 * maps - 10)
    assert len(found) == 2
    for (row, column, kind), (_, r, c, k) in zip(
        ((30, 40, 1), (90, 70, 0)), sorted(found, key=lambda mark: mark[1]), strict=True
    ):
        assert (abs(r - row) <= 2, abs(c - column) <= 2, k) == (True, True, kind)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 1, 20, 16\).*multiples of 8"):
        UNet()(torch.zeros(1, 1, 20, 16))
    with pytest.raises(ValueError, match="NaN"):
        UNet()(torch.full((1, 1, 16, 16), float("nan")))
    with pytest.raises(ValueError, match="a nodule somewhere"):
        free_response([[]], [[]])
    with pytest.raises(ValueError, match=r"logits have the shape \(3, 4, 4\)"):
        marks(torch.zeros(3, 4, 4))
    with pytest.raises(ValueError, match="expected one that marks"):
        slices("phantom_brain")
    with pytest.raises(ValueError, match="images and masks have the shapes"):
        MasksObjective(torch.zeros(2, 1, 8, 8), torch.zeros(3, 1, 8, 8), Recipe(1))
    assert ChestNodules(2).copies == 2
