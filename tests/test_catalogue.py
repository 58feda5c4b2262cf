"""mddl_lib.load: every shipped network by its name, and nothing by a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import mddl_lib
from mddl_lib import catalogue
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.training import weights
from mddl_lib.training.weights import WeightsError

SHIPPED = [name for name in mddl_lib.names() if name not in catalogue.downloaded()]
HEADER = {"kind": "weights", "network": "admm_net", "config": {"stages": 0, "size": 3}}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_run_and_say_where_they_come_from(name: str) -> None:
    network = mddl_lib.load(name)
    assert not network.training
    # what was trained on vectors that are drawn says how, in the place of data and images
    seen = ("setting", "vectors") if "setting" in network.header else ("data", "images")
    for key in (*seen, "seed", "profile", "source_sha256", "recipe", "device", "torch"):
        assert network.header[key] not in (None, "", {}), key
    assert network.header.get("finished", True)
    assert network.header["name"] == name
    assert all(len(sha) == 64 for sha in network.header["data"].values())
    assert all(bool(value.isfinite().all()) for value in network.state_dict().values())


@pytest.mark.parametrize("name", [name for name in SHIPPED if "mask" in mddl_lib.load(name).header])
def test_shipped_reconstructions_run(name: str) -> None:
    """Networks of other fields are run by their own tests."""
    physics = MaskedFourier(pseudo_radial((32, 32), 0.4))
    with torch.no_grad():
        assert bool(mddl_lib.load(name)(physics.A(torch.rand(1, 1, 32, 32)), physics).isfinite().all())


def test_names_are_those_that_load_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "weights_files", lambda: {p.stem: p for p in tmp_path.glob("*.safetensors")})
    weights.save(tmp_path / "my_net.safetensors", ADMMNet(0).state_dict(), HEADER)
    assert mddl_lib.names() == sorted(["my_net", *catalogue.downloaded()])
    assert mddl_lib.load("my_net").header["config"] == {"stages": 0, "size": 3}


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("admm_net15_brain_20_author", "admm_net15_brain_20_authors"),
        ("my_nett", "my_net"),
        ("My_net", "my_net"),
    ],
)
def test_the_nearest_name_is_suggested(wrong: str, near: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "weights_files", lambda: {p.stem: p for p in tmp_path.glob("*.safetensors")})
    weights.save(tmp_path / "my_net.safetensors", ADMMNet(0).state_dict(), HEADER)
    with pytest.raises(KeyError, match=f"no network is called '{wrong}': did you mean '{near}'"):
        mddl_lib.load(wrong)


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(KeyError, match=r"known: .*admm_net15_brain_20_authors"):
        mddl_lib.load("zzz")
    with pytest.raises(KeyError, match=r"no network is called '/nowhere/net\.safetensors'"):
        mddl_lib.load("/nowhere/net.safetensors")


def test_a_path_will_do(tmp_path: Path) -> None:
    network, path = ADMMNet(0), tmp_path / "own.safetensors"
    with torch.no_grad():
        network.stages[1].rate.fill_(0.7)
    weights.save(path, network.state_dict(), HEADER)
    for name in (path, str(path)):
        assert torch.equal(mddl_lib.load(name).stages[1].rate, torch.full((8,), 0.7))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"kind": "checkpoint"}, "holds a checkpoint"),
        (
            {**HEADER, "network": "u_net"},
            r"of 'u_net': expected the weights of \['adder', 'admm_csnet', 'admm_net'",
        ),
        ({**HEADER, "config": {"stages": 3, "size": 3}}, "keys are missing"),
        ({**HEADER, "config": {"layers": 3}}, "config"),
        ({**HEADER, "config": {"stages": -7}}, "config"),
        ({**HEADER, "config": {"stages": 10_000_000, "size": 3}}, "numbers up to 10000"),
        ({**HEADER, "config": {"stages": [1, 2], "size": 3}}, "numbers up to 10000"),
        ({**HEADER, "config": "stages"}, "config"),
        ({**HEADER, "network": ["admm_net"]}, "expected the weights of"),
        ({**HEADER, "kind": "checkpoint"}, "holds a checkpoint.*mddl_lib.fit"),
        ({"kind": "weights", "network": "admm_net"}, "config"),
    ],
)
def test_files_that_fit_no_network_are_named(header: dict, message: str, tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    weights.save(path, ADMMNet(0).state_dict(), header)
    with pytest.raises(WeightsError, match=message):
        mddl_lib.load(path)


def test_a_pickle_in_place_of_weights(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    torch.save(ADMMNet(0).state_dict(), path)
    with pytest.raises(WeightsError, match="it is not opened"):
        mddl_lib.load(path)


def test_a_shipped_network_as_a_cell_says_which_weights() -> None:
    name = "admm_net13_brain_20"
    mask = pseudo_radial((32, 32), 0.4)
    cell = catalogue.network_cell("ADMM-Net13 (public data)", "20%", name, mask)
    header = mddl_lib.load(name).header
    assert (cell.row, cell.column, cell.slow) == ("ADMM-Net13 (public data)", "20%", False)
    assert cell.mask is mask
    assert cell.origin == {"name": name, "seed": header["seed"], "tensors_sha256": header["tensors_sha256"]}
    made = cell.make()
    assert weights.tensors_sha256(made.state_dict()) == header["tensors_sha256"]
    assert catalogue.network_cell("row", "20%", name, mask, slow=True).slow


def test_a_published_network_as_a_cell_has_its_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "downloaded", lambda: {"published": lambda: ADMMNet(0)})
    cell = catalogue.network_cell("ADMM-Net", "20%", "published", None)
    assert cell.origin == {"name": "published"}
    assert isinstance(cell.make(), ADMMNet)


def test_no_cell_of_an_unknown_network() -> None:
    with pytest.raises(KeyError, match="did you mean 'admm_net13_brain_20'"):
        catalogue.network_cell("ADMM-Net13", "20%", "admm_net13_brain_2", None)


def test_weights_that_are_all_zero_are_refused(tmp_path: Path) -> None:
    network = ADMMNet(0)
    zeros = {key: torch.zeros_like(value) for key, value in network.state_dict().items()}
    weights.save(tmp_path / "net.safetensors", zeros, HEADER)
    with pytest.raises(WeightsError, match="all its numbers are zero"):
        mddl_lib.load(tmp_path / "net.safetensors")


def test_every_field_declares_what_the_catalogue_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(catalogue.fields()) >= {"mri", "compressive_imaging"}
    assert set(catalogue.networks()) >= {"admm_net", "admm_csnet", "ista_net"}
    assert set(catalogue.weights_files()) <= set(catalogue.plans()), "weights without a plan"
    monkeypatch.setattr(catalogue, "fields", lambda: ("mri", "mri"))
    with pytest.raises(ValueError, match=r"'admm_net' stands in NETWORKS of two fields"):
        catalogue.networks()
