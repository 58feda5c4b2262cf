"""The convolutional denoiser, ours and its authors'."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from data_fetch import cache_folder, load
from mddl_lib.restoration.denoiser import DnCNN, grow_told, read_kair
from mddl_lib.restoration.evaluation import score
from mddl_lib.restoration.physics import Denoising

AUTHORS = cache_folder() / "dncnn_kair" / "dncnn_25.pth"


def free(network: DnCNN) -> DnCNN:
    torch.manual_seed(0)
    torch.nn.init.normal_(network.convolutions[-1].weight, std=0.1)
    return network


def test_it_is_the_image_minus_the_convolutions() -> None:
    network, y = free(DnCNN(4, 6)).double(), torch.rand(2, 1, 9, 8, dtype=torch.float64)
    layers = [layer for convolution in network.convolutions for layer in (convolution, torch.nn.ReLU())][:-1]
    torch.testing.assert_close(network(y, None), y - torch.nn.Sequential(*layers)(y))


def test_as_made_it_leaves_the_image_as_it_is_and_can_learn() -> None:
    network, y = DnCNN(4, 6), torch.rand(1, 1, 9, 8)
    assert torch.equal(network(y, None), y)
    network(y, None).square().sum().backward()
    assert network.convolutions[-1].weight.grad.norm() > 0


def test_the_level_is_seen_image_by_image() -> None:
    network, y = free(DnCNN(4, 6, conditioned=True)), torch.rand(2, 1, 9, 8)
    levels = torch.tensor([0.05, 0.2]).view(2, 1, 1, 1)
    together = network(y, Denoising(levels))
    for b in range(2):
        torch.testing.assert_close(together[b : b + 1], network(y[b : b + 1], Denoising(float(levels[b]))))
    assert (network.denoise(y, 0.05) - network.denoise(y, 0.2)).norm() > 1e-3


def test_bad_input_is_named() -> None:
    network = DnCNN(4, 6, conditioned=True)
    with pytest.raises(ValueError, match=r"shape \(1, 3, 8, 8\)"):
        network(torch.zeros(1, 3, 8, 8), Denoising(0.1))
    with pytest.raises(ValueError, match="NaN or infinity"):
        network(torch.full((1, 1, 8, 8), float("inf")), Denoising(0.1))
    with pytest.raises(ValueError, match="states no noise level"):
        network(torch.zeros(1, 1, 8, 8), None)
    with pytest.raises(ValueError, match="layers is 1"):
        DnCNN(1)


def test_a_told_network_begins_as_the_one_that_is_not_told() -> None:
    small, told = free(DnCNN(4, 6)), free(DnCNN(4, 6, conditioned=True))
    grow_told(told, small.state_dict())
    y = torch.rand(2, 1, 9, 8)
    for sigma in (0.1, 0.7):
        torch.testing.assert_close(told.denoise(y, sigma), small.denoise(y, sigma))


@pytest.mark.parametrize(
    ("network", "smaller", "error", "match"),
    [
        (DnCNN(4, 6), DnCNN(4, 6), TypeError, "expected a DnCNN that is told the level"),
        (DnCNN(4, 6, conditioned=True), DnCNN(4, 5), ValueError, "weight is of the shape"),
        (DnCNN(4, 6, conditioned=True), DnCNN(3, 6), ValueError, "convolutions.2.weight is of the shape"),
    ],
)
def test_a_network_of_another_size_does_not_grow(network, smaller, error, match) -> None:
    with pytest.raises(error, match=match):
        grow_told(network, smaller.state_dict())


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    torch.save({"model.0.weight": torch.zeros(64, 1, 3, 3)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="expected the 34 tensors of 17 convolutions"):
        read_kair(tmp_path / "other.pth")


@pytest.mark.data
@pytest.mark.skipif(not AUTHORS.exists(), reason="the authors' network is not here")
def test_the_authors_network_reaches_what_they_publish() -> None:
    """The paper's table of set12, DnCNN-S at noise 25: 30.18, 33.06, 30.87 and 29.41 dB (all twelve: 30.43, here 30.46)."""
    published = [30.18, 33.06, 30.87, 29.41]
    scores = score(read_kair(AUTHORS), load("set12"), 25, images=4)
    assert scores.mean("psnr") == pytest.approx(sum(published) / 4, abs=0.06)
    assert scores.psnr == pytest.approx(published, abs=0.25)  # another draw of the noise
