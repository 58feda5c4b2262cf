"""``evaluate`` with general operators: by name, by size, by seed; the networks made for them; what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_fetch import available
from mddl_lib.commands.operators import operator_by_name
from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet
from mddl_lib.compressive_imaging.measured_crops import physics
from mddl_lib.core.metrics import psnr
from mddl_lib.training import weights
from tests.commands.conftest import Bench
from tests.problems import image


@pytest.fixture
def general(bench: Bench) -> Bench:
    """The bench with a general network and a picture of 32 × 32 pixels."""
    network = GeneralADMMCSNet(2, 8, 3).from_algorithm()
    header = {"kind": "weights", "network": "general_admm_csnet", "config": network.config}
    weights.save(bench.folder / "general.safetensors", network.state_dict(), header)
    np.save(bench.folder / "square.npy", image(32)[0, 0].numpy().astype(np.float32))
    return bench


@pytest.mark.parametrize(
    ("word", "operator", "percent", "seed"),
    [("hadamard:30", "Walsh-Hadamard", 30, 0), ("diffraction:20:7", "coded diffraction", 20, 7), ("gaussian:25", "Gaussian", 25, 0)],
)  # fmt: skip
def test_a_network_is_scored_on_an_operator(general: Bench, word: str, operator: str, percent: int, seed: int) -> None:
    line = general.scored("square.npy", net="general.safetensors", mask=word)[0]
    truth = torch.from_numpy(np.load(general.folder / "square.npy"))[None, None]
    at = physics(operator, (32, 32), percent, seed)
    network = GeneralADMMCSNet(2, 8, 3).from_algorithm()
    with torch.no_grad():
        expected = float(psnr(network(at.A(truth), at), truth))
    assert line["psnr"] == pytest.approx(expected, abs=1e-3)
    assert line["sampling_ratio"] == pytest.approx(at.ratio, abs=1e-6)


def test_words_that_name_no_operator_are_left_to_others() -> None:
    assert operator_by_name("20") is None
    assert operator_by_name("mask.npy") is None
    assert operator_by_name("hadamard") is None


@pytest.mark.parametrize("word", ["hadamard:0", "hadamard:101", "diffraction:x", "gaussian:25:1:2", "hadamard:authors"])
def test_numbers_that_are_none_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="expected OPERATOR:PERCENT"):
        operator_by_name(word)


def test_a_size_that_the_fast_transform_has_not_is_said(general: Bench) -> None:
    np.save(general.folder / "odd.npy", np.zeros((30, 32), np.float32) + 0.5)
    assert general.evaluate("odd.npy", net="general.safetensors", mask="hadamard:30") == 2
    assert "powers of two" in general.capsys.readouterr().err


def test_a_centred_operator_is_refused(general: Bench) -> None:
    assert general.evaluate("square.npy", net="general.safetensors", mask="hadamard:30", more=("--centred",)) == 2
    assert "--centred is for a mask file" in general.capsys.readouterr().err


@pytest.mark.skipif(not available("admm_csnet_author"), reason="the authors' files are not at hand")
def test_the_authors_general_file_is_taken_as_it_is(general: Bench) -> None:
    from data_fetch import load

    path = load("admm_csnet_author").path("Net-Diffraction-0.1-S10.mat")
    line = general.scored("square.npy", net=str(path), mask="diffraction:10")[0]
    assert np.isfinite(line["psnr"])
