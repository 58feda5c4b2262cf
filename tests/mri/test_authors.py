"""The authors' files: any number of stages is read, anything else is named, and the released network has its numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch

import data_fetch
import mddl_lib
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.authors import NotTheAuthorsFileError, read_admm_net
from mddl_lib.mri.masks import paper_radial
from tests import mat73
from tests.problems import problem, scattered

here = pytest.mark.skipif(
    not all(map(data_fetch.available, ("admm_net_author", "brain_mr_test", "radial_masks"))),
    reason="not in the cache: admm_net_author, brain_mr_test, radial_masks",
)


@pytest.mark.parametrize("stages", [-1, 0, 3, 14])
def test_any_number_of_stages_is_read(stages: int, tmp_path: Path) -> None:
    network = scattered(stages).float()
    read = read_admm_net(mat73.write(tmp_path / "net.mat", mat73.layers_of(network)))
    assert read.config == network.config
    for (name, first), second in zip(network.state_dict().items(), read.state_dict().values(), strict=True):
        assert torch.equal(first, second), name
    physics, _, y = problem(16)
    y = y.to(torch.complex64)
    assert torch.equal(read(y, physics), network(y, physics))


Layers = list[tuple[str, list[np.ndarray]]]


def without_first(layers: Layers) -> Layers:
    return layers[1:]


def without_one(layers: Layers) -> Layers:
    return layers[:3] + layers[4:]


def swapped(layers: Layers) -> Layers:
    return [layers[0], layers[2], layers[1], *layers[3:]]


def no_turns(layers: Layers) -> Layers:
    return [layers[0], layers[-1]]


def other_basis(layers: Layers) -> Layers:
    return [("X_org", [np.eye(7), np.ones((7, 1))]), *layers[1:]]


def other_filters(layers: Layers) -> Layers:
    return [layers[0], ("Convo", [np.eye(24)]), *layers[2:]]


def fewer_knots(layers: Layers) -> Layers:
    return [*layers[:2], (layers[2][0], [layers[2][1][0][:, :51]]), *layers[3:]]


def fewer_rates(layers: Layers) -> Layers:
    return [*layers[:3], (layers[3][0], [np.ones((5, 1))]), *layers[4:]]


def one_array_too_many(layers: Layers) -> Layers:
    return [layers[0], ("Convo", [np.eye(8), np.eye(8)]), *layers[2:]]


def one_array_too_few(layers: Layers) -> Layers:
    return [("X_org", [np.eye(8)]), *layers[1:]]


def not_a_number(layers: Layers) -> Layers:
    return [("X_org", [np.full((8, 8), np.nan), np.ones((8, 1))]), *layers[1:]]


def nothing(layers: Layers) -> Layers:
    return []


@pytest.mark.parametrize(
    "change",
    [
        without_first, without_one, swapped, no_turns, other_basis, other_filters, fewer_knots, fewer_rates,
        one_array_too_many, one_array_too_few, not_a_number, nothing,
    ],
)  # fmt: skip
def test_other_networks_are_named_not_half_read(change: Callable[[Layers], Layers], tmp_path: Path) -> None:
    layers = change(mat73.layers_of(ADMMNet(0)))
    if not layers:
        layers = [("loss", [])]
    with pytest.raises(NotTheAuthorsFileError, match=r"net\.mat"):
        read_admm_net(mat73.write(tmp_path / "net.mat", layers))


def test_a_cut_file_is_named_wherever_it_is_cut(tmp_path: Path) -> None:
    content = mat73.write(tmp_path / "whole.mat", mat73.layers_of(ADMMNet(0))).read_bytes()
    for share in (0.0, 0.01, 0.2, 0.5, 0.9, 0.999):
        (tmp_path / "cut.mat").write_bytes(content[: int(share * len(content))])
        with pytest.raises(NotTheAuthorsFileError, match=r"cut\.mat is no network"):
            read_admm_net(tmp_path / "cut.mat")


@pytest.mark.parametrize("kind", ["text", "v5", "array", "picture", "missing", "folder"])
def test_files_of_another_kind_are_named(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "net.mat"
    if kind == "text":
        path.write_text("no network")
    elif kind == "v5":
        scipy.io.savemat(path, {"net": {"layers": [1, 2]}})
    elif kind == "array":
        import h5py

        with h5py.File(path, "w") as file:
            file["mask"] = np.ones((4, 4))
    elif kind == "picture":
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(NotTheAuthorsFileError, match=r"net\.mat is no network of the authors' release"):
        read_admm_net(path)


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("admm_csnet_author"), reason="not in the cache: admm_csnet_author")
def test_their_other_networks_are_named() -> None:
    path = data_fetch.load("admm_csnet_author").path("NET-Pseudo-radial-0.2-real-S10.mat")
    with pytest.raises(NotTheAuthorsFileError, match="NET-Pseudo-radial"):
        read_admm_net(path)


@pytest.mark.data
@here
def test_the_released_network_has_the_papers_number_on_the_papers_images() -> None:
    """.0738 and 37.175 dB on all 50 images (the paper prints .0739 and 37.17), to a hundredth of a decibel."""
    network = mddl_lib.load("admm_net15_brain_20_authors")
    assert network.config["stages"] == 15
    scores = mddl_lib.evaluate(network, "brain_mr_test", paper_radial(20), progress=False)
    assert len(scores.names) == 50
    assert scores.mean("psnr") == pytest.approx(37.175, abs=0.01)
    assert scores.mean("nmse") == pytest.approx(0.0738, abs=6e-5)


@pytest.mark.data
@here
def test_the_released_network_stage_by_stage() -> None:
    """PSNR after each turn is not monotone: the measured sequence 29.40, 27.78, 31.10 … 36.85, 37.18 (on 50 images)."""
    from mddl_lib.core.metrics import psnr
    from mddl_lib.core.physics import MaskedFourier
    from mddl_lib.core.unrolled import estimates

    network, physics = mddl_lib.load("admm_net15_brain_20_authors"), MaskedFourier(paper_radial(20))
    data = data_fetch.load("brain_mr_test")
    truth = torch.stack([torch.from_numpy(np.array(data[index].array))[None] for index in range(0, 50, 10)])
    values = [float(psnr(estimate, truth).mean()) for estimate in estimates(network, physics.A(truth), physics)]
    assert len(values) == 18
    assert values[1] < values[0]
    assert values[-1] == max(values)
    assert values[-1] - values[0] > 6
