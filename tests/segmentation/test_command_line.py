"""``python -m mddl_lib.segmentation segment``: a mask and one JSON line an image; one line and status 2 when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mddl_lib.segmentation.__main__ import main
from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.training import weights
from tests.segmentation.pieces import disc


def write(folder: Path, atlas: Atlas, bits: int = 8) -> Path:
    top, kind = (255, np.uint8) if bits == 8 else (65535, np.uint16)
    path = folder / f"{atlas.name}.png"
    Image.fromarray(np.rint(top * atlas.image).astype(kind)).save(path)
    Image.fromarray((255 * atlas.labels["label"]).astype(np.uint8)).save(folder / f"{atlas.name}_label.png")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three atlases of different sizes, and two targets of their own sizes, one without a label."""
    (tmp_path / "atlases").mkdir()
    for n, size in enumerate((48, 56, 48)):
        write(tmp_path / "atlases", disc(size / 2 + n, size / 2 - n, 12, size, f"atlas{n}"))
    write(tmp_path, disc(26, 24, 12, 50, "target"), bits=16)
    write(tmp_path, disc(24, 26, 12, 48, "plain"))
    (tmp_path / "plain_label.png").unlink()
    return tmp_path


def call(folder: Path, *words: str) -> int:
    given = ["segment", "--atlases", str(folder / "atlases"), "--output", str(folder / "masks")]
    return main([*given, "--registered", str(folder / "kept"), *words])


@pytest.mark.parametrize("method", ["PB", "MV"])
def test_masks_and_lines(folder: Path, capsys: pytest.CaptureFixture[str], method: str) -> None:
    pytest.importorskip("SimpleITK")
    images = [str(folder / "target.png"), str(folder / "plain.png")]
    assert call(folder, "--method", method, "--count", "2", *images) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["dice"] > 0.95
    assert first["jaccard"] == pytest.approx(first["dice"] / (2 - first["dice"]))
    assert "dice" not in second
    assert len(first["atlases"]) == 2
    mask = np.asarray(Image.open(first["mask"]))
    assert mask.shape == (50, 50)
    assert set(np.unique(mask)) == {0, 255}
    assert int((mask > 0).sum()) == first["pixels"]


def test_a_network_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("SimpleITK")
    network = FusionNet(radius=1, layers=1, features=2, size=3)
    weights.save(
        folder / "net.safetensors", network.state_dict(),
        {"kind": "weights", "network": "fusion_net", "config": network.config},
    )  # fmt: skip
    assert call(folder, "--net", str(folder / "net.safetensors"), str(folder / "target.png")) == 0
    assert json.loads(capsys.readouterr().out)["dice"] > 0.9


def test_an_atlas_is_not_its_own_atlas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("SimpleITK")
    assert call(folder, "--method", "MV", str(folder / "atlases" / "atlas0.png")) == 0
    assert "atlas0.png" not in json.loads(capsys.readouterr().out)["atlases"]


def spoil(name: str, array: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: Image.fromarray(array).save(folder / name)


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (
            lambda folder: (folder / "atlases" / "atlas1_label.png").unlink(),
            "atlas1.png has no label: expected atlas1_label",
        ),
        (spoil("atlases/atlas1_label.png", np.zeros((56, 56), np.uint8)), "atlas1_label.png is empty: expected a mask"),
        (
            spoil("atlases/atlas1_label.png", np.ones((9, 9), np.uint8)),
            r"(9, 9), its picture (56, 56): expected one size",
        ),
        (spoil("target_label.png", np.zeros((50, 50), np.uint8)), "target_label.png is empty"),
        (spoil("target.png", np.full((50, 50), 200, np.uint8)), "expected a picture with some contrast"),
        (spoil("target.png", 255 * np.eye(8, dtype=np.uint8)), "8 x 8 pixels: expected 16 or more"),
        (lambda folder: (folder / "target.png").write_bytes(b"no picture"), "target.png seems to be text"),
        (lambda folder: (folder / "target.png").unlink(), "target.png does not exist: expected a picture"),
        (lambda folder: [path.unlink() for path in (folder / "atlases").iterdir()], "holds no picture"),
    ],
)
def test_bad_input_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], spoiled: Callable[[Path], object], message: str
) -> None:
    spoiled(folder)
    assert call(folder, "--method", "MV", str(folder / "target.png")) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert message in told.err
    assert len(told.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--method", "XY"), "method is 'XY': expected one of ['DFN', 'MV'"),
        (("--count", "0", "--method", "MV"), "count is 0: expected 1 or more"),
        (("--net", "no_such_net"), "no network is called 'no_such_net'"),
    ],
)
def test_bad_options(folder: Path, capsys: pytest.CaptureFixture[str], words: tuple, message: str) -> None:
    assert call(folder, *words, str(folder / "target.png")) == 2
    assert message in capsys.readouterr().err


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "--method", "MV", "x.png") == 2
    assert "is no folder: expected one with NAME.png" in capsys.readouterr().err
