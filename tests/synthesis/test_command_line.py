"""``python -m mddl_lib.synthesis apply``: what it writes and prints, and that a bad image is told and does not stop the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mddl_lib.synthesis.__main__ import main
from mddl_lib.synthesis.game.resolution import AtHalfSize
from mddl_lib.synthesis.own_images import make_ct, read_slice, real_ct
from mddl_lib.synthesis.slices import load_slices
from mddl_lib.training import weights


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = AtHalfSize(filters=2, blocks=1)
    path = tmp_path_factory.mktemp("nets") / "own.safetensors"
    header = {"kind": "weights", "name": "own", "network": network.family, "config": network.config}
    weights.save(path, network.state_dict(), header)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    slices = load_slices("phantom_mr_ct", (1, 2))
    (tmp_path / "cts").mkdir()
    for number, (mr, ct) in enumerate(zip(slices.mr, slices.ct, strict=True), start=1):
        for path, image in ((f"{number}_mr.png", mr), (f"cts/{number}_ct.png", ct)):
            grey = torch.round((image[0] + 1) * 127.5).to(torch.uint8).numpy()
            Image.fromarray(grey[: 250 + number, :203]).save(tmp_path / path)
    return tmp_path


def draw_bytes(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_it_writes_cts_of_any_size_and_scores_them(net: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = [str(folder / f"{n}_mr.png") for n in (1, 2)]
    out = folder / "out"
    assert main(["apply", "--net", str(net), "--output", str(out), "--truth", str(folder / "cts"), *images]) == 0
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["name"] for line in lines] == ["1_mr.png", "2_mr.png"]
    for number, line in enumerate(lines, start=1):
        written = np.asarray(Image.open(out / f"{number}_ct.png")) / 255.0
        assert written.shape == (250 + number, 203)
        real = (read_slice(folder / f"cts/{number}_ct.png")[0, 0].numpy() + 1) / 2
        assert line["mae"] == pytest.approx(255 * np.abs(written - real).mean(), abs=0.6)
    assert f"mean over 2 images: mae {np.mean([line['mae'] for line in lines]):.4g}" in told.err


def test_a_bad_image_is_told_and_the_others_are_made(
    net: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "cut.png").write_bytes((folder / "1_mr.png").read_bytes()[:700])
    Image.fromarray(draw_bytes(20, 300)).save(folder / "small.png")
    Image.fromarray(draw_bytes(64, 64)).save(folder / "cts" / "2_ct.png")
    names = ["cut.png", "small.png", "absent.png", "2_mr.png", "1_mr.png"]
    images = [str(folder / name) for name in names]
    out = ["--output", str(folder / "out"), "--truth", str(folder / "cts")]
    assert main(["apply", "--net", str(net), *out, *images]) == 2
    told = capsys.readouterr()
    assert [json.loads(line)["name"] for line in told.out.splitlines()] == ["1_mr.png"]
    errors = told.err.splitlines()
    assert "cut.png" in errors[0]
    assert "small.png has 20 x 300 pixels" in errors[1]
    assert "absent.png does not exist" in errors[2]
    assert "2_ct.png has 64 x 64 pixels" in errors[3]
    assert "1 of 5 done; not done: cut.png, small.png, absent.png, 2_mr.png" in errors[4]


def test_white_is_told_of_a_scanners_twelve_bits(net: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grey = np.asarray(Image.open(folder / "1_mr.png")).astype(np.uint16) * 16
    Image.fromarray(grey).save(folder / "scanner.png")
    common = ["apply", "--net", str(net), "--output", str(folder / "out"), str(folder / "scanner.png")]
    assert main(common) == 2
    assert "such as --white 4095" in capsys.readouterr().err
    assert main([*common, "--white", "4080"]) == 0
    assert torch.allclose(read_slice(folder / "scanner.png", 4080), read_slice(folder / "1_mr.png"), atol=1e-6)


def test_what_is_no_network_for_this_or_no_folder_is_refused(
    net: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = str(folder / "1_mr.png")
    assert main(["apply", "--net", "denoiser", image]) == 2
    assert "denoiser is a" in capsys.readouterr().err
    assert main(["apply", "--net", str(net), "--truth", str(folder / "none"), image]) == 2
    assert "none is no folder" in capsys.readouterr().err
    assert main(["apply", "--net", "structure_cyclegan_fold9", image]) == 2
    assert "structure_cyclegan_fold9" in capsys.readouterr().err


def test_the_real_ct_is_found_by_its_name(tmp_path: Path) -> None:
    assert real_ct(tmp_path, "16004_mr") is None
    (tmp_path / "16004_ct.tif").touch()
    assert real_ct(tmp_path, "16004_mr") == tmp_path / "16004_ct.tif"
    (tmp_path / "own.png").touch()
    assert real_ct(tmp_path, "own") == tmp_path / "own.png"


def test_make_ct_takes_any_size_and_refuses_what_is_no_mr() -> None:
    network = AtHalfSize(filters=2, blocks=1)
    assert make_ct(network, torch.zeros(1, 1, 33, 41)).shape == (1, 1, 33, 41)
    with pytest.raises(ValueError, match="sides of 32 or more"):
        make_ct(network, torch.zeros(1, 1, 31, 41))
    with pytest.raises(ValueError, match="mr goes from 0 to 2: expected −1 to 1"):
        make_ct(network, torch.linspace(0, 2, 1024).reshape(1, 1, 32, 32))
    with pytest.raises(ValueError, match="NaN"):
        make_ct(network, torch.full((1, 1, 32, 32), torch.nan))
