"""What people have as images and masks, given to ``evaluate``: the right score, or one line that says what to do."""

from __future__ import annotations

import os

import numpy as np
import pytest
import scipy.io
from PIL import Image

from .conftest import SIZE, Bench


def pixels(bench: Bench) -> np.ndarray:
    """The image a.npy of 8 bits."""
    return (np.load(bench.folder / "a.npy") * 255).round().astype(np.uint8)


def same(first: dict, second: dict) -> bool:
    return first["psnr"] == pytest.approx(second["psnr"], abs=1e-3)


def test_one_picture_has_one_score_however_it_is_stored(bench: Bench) -> None:
    values = pixels(bench)
    Image.fromarray(values).save(bench.folder / "eight.png")
    Image.fromarray(values.astype(np.float32) / 255).save(bench.folder / "float.tif")
    Image.fromarray(values.astype(np.uint16) * 257).save(bench.folder / "sixteen.png")
    eight, *others = bench.scored("eight.png", "float.tif", "sixteen.png")
    assert all(same(eight, other) for other in others)
    Image.fromarray(values.astype(np.float32)).save(bench.folder / "large.tif")
    assert "large.tif holds floats from 0 to 255" in bench.refused("large.tif")
    assert same(eight, bench.scored("large.tif", more=("--white", "255"))[0])


def test_endings_without_case(bench: Bench) -> None:
    for old, new in (("a.npy", "A.NPY"), ("net.mat", "NET.MAT")):
        (bench.folder / old).rename(bench.folder / new)
    scipy.io.savemat(bench.folder / "MASK.MAT", {"mask": np.load(bench.folder / "mask.npy")}, appendmat=False)
    assert bench.scored("A.NPY", net="NET.MAT", mask="MASK.MAT")[0]["name"] == "A.NPY"


def test_several_images_in_one_file_are_chosen_by_number(bench: Bench) -> None:
    np.save(bench.folder / "two.npy", np.stack([np.load(bench.folder / name) for name in ("a.npy", "b.npy")]))
    assert "two.npy:0 to" in bench.refused("two.npy")
    first, alone = bench.scored("two.npy:0", "a.npy")
    assert same(first, alone)
    assert first["name"] == "two.npy:0"


def test_what_a_file_holds_beside_arrays_is_one_line(bench: Bench) -> None:
    cell = np.empty((1, 2), object)
    cell[0, 0], cell[0, 1] = np.eye(3), "text"
    for value in (cell, {"a": np.eye(3), "b": np.eye(4)}, "text"):
        scipy.io.savemat(bench.folder / "x.mat", {"x": value})
        for options in (
            {"images": ["x.mat"]},
            {"images": ["a.npy"], "mask": "x.mat"},
            {"images": ["a.npy"], "net": "x.mat"},
        ):
            images = options.pop("images")
            assert "x.mat" in bench.refused(*images, **options)


def test_a_mask_that_is_none_a_centred_one_and_the_ratio(bench: Bench) -> None:
    mask = np.load(bench.folder / "mask.npy")
    assert bench.scored("a.npy")[0]["sampling_ratio"] == pytest.approx(mask.mean(), abs=1e-6)
    np.save(bench.folder / "likely.npy", np.linspace(0, 1, SIZE * SIZE).reshape(SIZE, SIZE))
    assert "likely.npy holds 1024 values" in bench.refused("a.npy", mask="likely.npy")
    disc = np.zeros((SIZE, SIZE))
    disc[8:24, 8:24] = 1
    np.save(bench.folder / "disc.npy", disc)
    np.save(bench.folder / "corner.npy", np.fft.ifftshift(disc))
    assert "say --centred" in bench.refused("a.npy", mask="disc.npy")
    assert "leave out --centred" in bench.refused("a.npy", mask="corner.npy", more=("--centred",))
    assert same(
        bench.scored("a.npy", mask="disc.npy", more=("--centred",))[0], bench.scored("a.npy", mask="corner.npy")[0]
    )
    assert "--centred is for a mask file" in bench.refused("a.npy", mask="20", more=("--centred",))


def test_a_warning_is_one_line_beside_the_score(bench: Bench) -> None:
    np.save(bench.folder / "dark.npy", np.load(bench.folder / "a.npy") * 0.2)
    assert bench.evaluate("dark.npy") == 0
    out, err = bench.capsys.readouterr()
    assert out.count("\n") == err.count("\n") == 1
    assert err.startswith("warning: ")
    assert "dark.npy reaches 20% of white" in err


@pytest.mark.parametrize("option", ["images", "mask", "net"])
def test_nothing_is_waited_for(bench: Bench, option: str) -> None:
    os.mkfifo(bench.folder / "pipe.npy")
    given = {"images": ("pipe.npy", {}), "mask": ("a.npy", {"mask": "pipe.npy"}), "net": ("a.npy", {"net": "pipe.npy"})}
    name, options = given[option]
    assert "pipe.npy is a pipe: expected a file" in bench.refused(name, **options)
