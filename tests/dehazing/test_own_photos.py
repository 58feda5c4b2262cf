"""A reader's photographs: every kind of file, any size, and what is told of those that are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from data_fetch import load
from mddl_lib.dehazing.__main__ import main
from mddl_lib.dehazing.evaluation import pair
from mddl_lib.dehazing.model.haze import air_light, cleared
from mddl_lib.dehazing.own_photos import clear_photo, read_photo, write_photo
from mddl_lib.dehazing.proximal_net import as_made
from mddl_lib.dehazing.rivals.dark_channel_prior import dark_channel_prior
from mddl_lib.training import weights


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    image = pair(load("motorcycle_haze")[0])[0]
    return np.rint(255 * image[0].permute(1, 2, 0).numpy()).astype(np.uint8)[:60, :90]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = as_made(0)
    path = tmp_path_factory.mktemp("nets") / "own.safetensors"
    header = {"kind": "weights", "name": "own", "network": network.family, "config": network.config}
    weights.save(path, network.state_dict(), header)
    return path


def test_every_kind_of_photograph_is_read(tmp_path: Path, photo: np.ndarray) -> None:
    expected = torch.from_numpy(photo.transpose(2, 0, 1) / 255.0).float()[None]
    Image.fromarray(photo).save(tmp_path / "plain.png")
    assert torch.allclose(read_photo(tmp_path / "plain.png")[0], expected)
    alpha = np.linspace(0, 255, photo.shape[1]).astype(np.uint8)[None].repeat(len(photo), 0)
    Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / "alpha.png")
    image, found = read_photo(tmp_path / "alpha.png")
    assert torch.allclose(image, expected)
    assert np.array_equal(np.rint(255 * found.numpy()), alpha)
    Image.fromarray(photo[..., 0]).save(tmp_path / "grey.png")
    assert torch.allclose(read_photo(tmp_path / "grey.png")[0], expected[:, :1].expand(-1, 3, -1, -1))
    Image.fromarray(photo[..., 0].astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert torch.allclose(read_photo(tmp_path / "deep.png")[0], expected[:, :1].expand(-1, 3, -1, -1), atol=1e-6)
    tifffile.imwrite(tmp_path / "deep.tif", photo.astype(np.uint16) * 257, photometric="rgb")
    assert torch.allclose(read_photo(tmp_path / "deep.tif")[0], expected, atol=1e-6)
    Image.fromarray(photo).convert("CMYK").save(tmp_path / "print.jpg")
    assert read_photo(tmp_path / "print.jpg")[0].shape == expected.shape


def test_a_photograph_is_turned_as_its_camera_says(tmp_path: Path, photo: np.ndarray) -> None:
    image, exif = Image.fromarray(photo), Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90°
    image.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert read_photo(tmp_path / "turned.jpg")[0].shape == (1, 3, photo.shape[1], photo.shape[0])


def test_a_large_photograph_is_cleared_as_a_small_one(photo: np.ndarray) -> None:
    image = pair(load("motorcycle_haze")[0])[0][..., :400, :600]
    whole, t = clear_photo(dark_channel_prior, image)
    reduced, small_t = clear_photo(dark_channel_prior, image, most=150 * 200)
    assert reduced.shape == image.shape
    assert float((t - small_t).abs().mean()) < 0.06
    assert float((whole - reduced).abs().mean()) < 0.08
    assert torch.allclose(clear_photo(dark_channel_prior, image, most=10**6)[0], whole)
    known = cleared(image, t, air_light(image)).clamp(0, 1)
    assert torch.allclose(known, whole)


def test_the_command_writes_clear_photographs(
    tmp_path: Path, photo: np.ndarray, net: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alpha = np.full(photo.shape[:2], 128, np.uint8)
    Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:900])
    (tmp_path / "text.jpg").write_text("no photograph")
    Image.fromarray(photo[:9]).save(tmp_path / "flat.png")
    frames = [Image.fromarray(photo), Image.fromarray(photo[::-1])]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    names = ["cut.png", "text.jpg", "flat.png", "moving.gif", "absent.png", "a.png"]
    out = tmp_path / "out"
    arguments = ["--net", str(net), "--output", str(out), "--transmission", *(str(tmp_path / name) for name in names)]
    assert main(arguments) == 2
    told = capsys.readouterr()
    line = json.loads(told.out)
    assert (line["name"], line["height"], line["width"]) == ("a.png", 60, 90)
    written = Image.open(out / "a_clear.png")
    assert written.mode == "RGBA"
    assert np.array_equal(np.asarray(written.getchannel("A")), alpha)
    assert Image.open(out / "a_transmission.png").size == (90, 60)
    errors = told.err.splitlines()
    for error, name, words in zip(
        errors,
        names,
        ["cut.png", "is no photograph", "has 9 x 90 pixels", "has 2 frames", "does not exist"],
        strict=False,
    ):
        assert name in error
        assert words in error
    assert "1 of 6 done" in errors[-1]


def test_two_files_of_one_name_are_both_kept(
    tmp_path: Path, photo: np.ndarray, net: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(photo).save(tmp_path / "a.png")
    Image.fromarray(photo).save(tmp_path / "a.webp")
    out = ["--output", str(tmp_path / "out")]
    assert main(["--net", str(net), *out, str(tmp_path / "a.png"), str(tmp_path / "a.webp")]) == 0
    written = [json.loads(line)["clear"] for line in capsys.readouterr().out.splitlines()]
    assert [Path(path).name for path in written] == ["a_clear.png", "a_2_clear.png"]


def test_a_photograph_without_any_haze_is_told(tmp_path: Path, net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fax = np.random.default_rng(0).integers(0, 2, (60, 90)).astype(bool)  # black in every window
    fax[0] = False
    Image.fromarray(fax).save(tmp_path / "fax.png")
    assert main(["--net", str(net), "--output", str(tmp_path), str(tmp_path / "fax.png")]) == 2
    assert "image has no haze: its air's light would be" in capsys.readouterr().err


def test_what_is_no_network_for_this_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--net", "denoiser", str(tmp_path / "a.png")]) == 2
    assert "expected a network that clears photographs" in capsys.readouterr().err


def test_bad_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="values from 0 to 2"):
        clear_photo(dark_channel_prior, torch.linspace(0, 2, 3 * 400).reshape(1, 3, 20, 20))
    with pytest.raises(ValueError, match="NaN"):
        clear_photo(dark_channel_prior, torch.full((1, 3, 20, 20), torch.nan))
    write_photo(tmp_path / "deep" / "b.png", torch.zeros(1, 3, 16, 16))
    assert (tmp_path / "deep" / "b.png").is_file()
