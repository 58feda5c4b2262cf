"""``python -m mddl_lib.mri``: one JSON line an image, and one line with status 2 when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.masks import cartesian, pseudo_radial
from mddl_lib.core.metrics import nmse, psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.__main__ import main
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.plans import PLANS
from mddl_lib.training import weights
from tests import mat73
from tests.problems import image

SIZE = 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, a mask, and a network both as our weights and as the authors' file."""
    network = ADMMNet(1)
    header = {"kind": "weights", "network": "admm_net", "config": network.config}
    weights.save(tmp_path / "net.safetensors", network.state_dict(), header)
    mat73.write(tmp_path / "net.mat", mat73.layers_of(network))
    np.save(tmp_path / "mask.npy", pseudo_radial((SIZE, SIZE), 0.4).numpy())
    for seed, name in enumerate(("a.npy", "b.npy")):
        np.save(tmp_path / name, image(SIZE, seed=seed)[0, 0].float().clamp(0, 1).numpy())
    return tmp_path


def evaluate(folder: Path, *images: str, net: str = "net.safetensors", mask: str = "mask.npy") -> int:
    mask = mask if mask.isdigit() else str(folder / mask)
    paths = [str(folder / name) for name in images]
    return main(["evaluate", "--net", str(folder / net), "--mask", mask, *paths])


@pytest.mark.parametrize("net", ["net.safetensors", "net.mat"])
def test_one_json_line_an_image(folder: Path, net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(folder, "a.npy", "b.npy", net=net) == 0
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert [line["name"] for line in lines] == ["a.npy", "b.npy"]
    physics = MaskedFourier(pseudo_radial((SIZE, SIZE), 0.4))
    for line in lines:
        assert set(line) == {"name", "sampling_ratio", "nmse", "psnr", "seconds"}
        truth = torch.from_numpy(np.load(folder / line["name"]))[None, None]
        with torch.no_grad():
            estimate = ADMMNet(1)(physics.A(truth), physics)
        assert line["nmse"] == pytest.approx(float(nmse(estimate, truth)), rel=1e-6)
        assert line["psnr"] == pytest.approx(float(psnr(estimate, truth)), rel=1e-6)
        assert 0 < line["seconds"] < 60


@pytest.mark.parametrize("ending", ["npy", "mat"])
def test_complex_images_with_a_centred_mask(folder: Path, ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The authors' file of an ADMM-CSNet, a complex image, and a mask that has its zero frequency in the middle."""
    network = ADMMCSNet(2, 3, 3)
    mat73.write(folder / "csnet.mat", mat73.layers_of_csnet(network, "c_"))
    truth = (np.load(folder / "a.npy") * np.exp(1j * np.load(folder / "b.npy"))).astype(np.complex64)
    np.save(folder / "c.npy", truth)
    with h5py.File(folder / "c.mat", "w") as file:
        file["im_ori"] = np.array(truth.T.astype(np.complex128)).view([("real", "f8"), ("imag", "f8")])
    mask = cartesian((SIZE, SIZE), 0.5, 0)
    np.save(folder / "centred.npy", np.fft.fftshift(mask.numpy()))
    options = ["--net", folder / "csnet.mat", "--mask", folder / "centred.npy", "--centred", folder / f"c.{ending}"]
    assert main(["evaluate", *map(str, options)]) == 0
    line = json.loads(capsys.readouterr().out)
    physics, x = MaskedFourier(mask, real=False), torch.from_numpy(truth)[None, None]
    with torch.no_grad():
        estimate = network(physics.A(x), physics)
    assert line["nmse"] == pytest.approx(float(nmse(estimate, x)), rel=1e-4)
    assert line["psnr"] == pytest.approx(float(psnr(estimate, x)), rel=1e-4)
    assert line["psnr_modulus"] == pytest.approx(float(psnr(estimate.abs(), x.abs())), rel=1e-4)
    assert line["psnr_modulus"] > line["psnr"]


def test_a_real_network_on_a_complex_image_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder / "c.npy", np.load(folder / "a.npy") * 1j)
    assert "ADMMNet takes real images" in wrong(folder, capsys, "c.npy")


def test_as_a_process(folder: Path) -> None:
    """The command itself: JSON on the one stream, the error on the other, and its status."""
    command = [
        sys.executable,
        "-m",
        "mddl_lib.mri",
        "evaluate",
        "--net",
        folder / "net.safetensors",
        "--mask",
        folder / "mask.npy",
    ]
    done = subprocess.run(
        [*command, folder / "a.npy", folder / "none.npy"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["name"] == "a.npy"
    assert len(done.stderr.splitlines()) == 2
    assert all("none.npy" in line for line in done.stderr.splitlines())
    assert "Traceback" not in done.stderr


def wrong(folder: Path, capsys: pytest.CaptureFixture[str], *images: str, **options: str) -> str:
    """Status 2, nothing printed, and one line of error, which is returned."""
    assert evaluate(folder, *images, **options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")
    return err


def test_a_mask_of_zeros(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder / "zeros.npy", np.zeros((SIZE, SIZE)))
    assert "all zero" in wrong(folder, capsys, "a.npy", mask="zeros.npy")


def test_a_mask_of_another_size(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder / "small.npy", np.ones((8, 8)))
    assert "the image has 32 × 32 pixels, the mask 8 × 8" in wrong(folder, capsys, "a.npy", mask="small.npy")


def test_a_percentage_the_paper_has_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "percent is 33" in wrong(folder, capsys, "a.npy", mask="33")


@pytest.mark.parametrize("what", ["image", "mask", "net", "mat"])
def test_missing_files(folder: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    options = {"mask": {"mask": "none.npy"}, "net": {"net": "none.safetensors"}, "mat": {"net": "none.mat"}}.get(
        what, {}
    )
    assert "none" in wrong(folder, capsys, "none.npy" if what == "image" else "a.npy", **options)


def test_an_image_with_nan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = np.load(folder / "a.npy")
    bad[3, 3] = np.nan
    np.save(folder / "bad.npy", bad)
    assert "bad.npy holds NaN or infinity" in wrong(folder, capsys, "bad.npy")


def test_an_image_of_zeros(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder / "black.npy", np.zeros((SIZE, SIZE)))
    assert "all zero" in wrong(folder, capsys, "black.npy")


def test_a_network_with_nan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tensors, header = weights.read(folder / "net.safetensors")
    tensors["stages.0.rate"][2] = float("nan")
    weights.save(folder / "net.safetensors", tensors, header)
    assert "stages.0.rate holds NaN" in wrong(folder, capsys, "a.npy")


def test_a_pickle_in_place_of_weights(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(ADMMNet(1).state_dict(), folder / "net.safetensors")
    assert "it is not opened" in wrong(folder, capsys, "a.npy")


@pytest.mark.parametrize("ending", ["png", "npy", "mat", "tif"])
def test_an_image_that_is_none(folder: Path, capsys: pytest.CaptureFixture[str], ending: str) -> None:
    (folder / f"text.{ending}").write_text("no picture at all")
    assert f"text.{ending}" in wrong(folder, capsys, f"text.{ending}")


def test_a_picture_will_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = (np.load(folder / "a.npy") * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    Image.fromarray((np.load(folder / "mask.npy") * 255).astype(np.uint8)).save(folder / "mask.png")
    assert evaluate(folder, "a.png", mask="mask.png") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "a.png"


def test_train_lists_its_plans(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in PLANS)


def test_train_of_an_unknown_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "admm_net99"]) == 2
    assert "there is no plan 'admm_net99'" in capsys.readouterr().err
