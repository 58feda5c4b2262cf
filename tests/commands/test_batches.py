"""Many images at once: what can be scored is, what cannot is named, and every line is JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import mddl_lib
from data_fetch.own_files import ImageFiles
from mddl_lib.commands.evaluation import strict
from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from tests import mat73

from .conftest import SIZE, Bench


def test_a_file_that_cannot_be_scored_is_named_and_the_others_are_scored(bench: Bench) -> None:
    np.save(bench.folder / "black.npy", np.zeros((SIZE, SIZE)))
    np.save(bench.folder / "wide.npy", np.ones((SIZE, 2 * SIZE)))
    (bench.folder / "words.npy").write_text("words")
    assert bench.evaluate("a.npy", "black.npy", "wide.npy", "words.npy", "none.npy", "b.npy") == 2
    out, err = bench.capsys.readouterr()
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["a.npy", "b.npy"]
    *errors, summary = err.splitlines()
    assert summary == "2 of 6 images scored; not scored: black.npy, wide.npy, words.npy, none.npy"
    said = (
        "black.npy is all zero",
        "wide.npy: the image has 32 × 64",
        "words.npy seems to be text",
        "none.npy: No such",
    )
    for line, words in zip(errors, said, strict=True):
        assert line.startswith("error: ")
        assert words in line


def test_images_of_one_name_in_two_folders_are_told_apart(bench: Bench) -> None:
    (bench.folder / "other").mkdir()
    (bench.folder / "b.npy").rename(bench.folder / "other" / "a.npy")
    first, second = (line["name"] for line in bench.scored("a.npy", "other/a.npy"))
    assert first != second
    assert second.endswith("other/a.npy")


def test_a_set_with_images_of_several_sizes_names_the_one_that_does_not_fit(bench: Bench) -> None:
    np.save(bench.folder / "wide.npy", np.ones((2 * SIZE, 2 * SIZE)))
    files = ImageFiles([bench.folder / "a.npy", bench.folder / "wide.npy"])
    with pytest.raises(
        ValueError, match=r"wide\.npy: the image has 64 × 64 pixels, the mask 32 × 32.*Score each size by itself"
    ):
        mddl_lib.evaluate(lambda y, physics: physics.A_adjoint(y), files, np.load(bench.folder / "mask.npy"))


def test_the_images_kind_decides_the_physics_in_the_command_and_in_the_library(bench: Bench) -> None:
    network = ADMMCSNet(2, 3, 3)
    mat73.write(bench.folder / "csnet.mat", mat73.layers_of_csnet(network, "c_"))
    first, second = (np.load(bench.folder / name) for name in ("a.npy", "b.npy"))
    np.save(bench.folder / "c.npy", (first * np.exp(1j * second)).astype(np.complex64))
    lines = bench.scored("c.npy", "a.npy", net="csnet.mat")
    assert ["psnr_modulus" in line for line in lines] == [True, False]
    files = ImageFiles([bench.folder / "c.npy", bench.folder / "a.npy"])
    scores = mddl_lib.evaluate(network, files, np.load(bench.folder / "mask.npy"))
    assert [line["psnr"] for line in lines] == pytest.approx(scores.psnr, rel=1e-4)
    assert [line["nmse"] for line in lines] == pytest.approx(scores.nmse, rel=1e-4)


def test_every_line_is_json(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that is reconstructed exactly has an infinite PSNR, for which JSON has no word."""
    np.save(bench.folder / "flat.npy", np.ones((SIZE, SIZE), np.float32))
    exact = lambda y, physics: torch.ones(1, 1, SIZE, SIZE)  # noqa: E731
    monkeypatch.setattr("mddl_lib.commands.evaluation.network_of", lambda net: exact)
    (line,) = bench.scored("flat.npy")
    assert line["psnr"] is None
    assert line["nmse"] == 0
    assert line["reason"] == "psnr is infinite: the estimate is the image"


def test_what_is_no_number_is_null_with_its_reason() -> None:
    line = strict({"name": "a", "nmse": float("nan"), "psnr": 3.0})
    assert line == {"name": "a", "nmse": None, "psnr": 3.0, "reason": "nmse is not a number"}
    assert strict({"psnr": 3.0}) == {"psnr": 3.0}


@pytest.mark.parametrize("module", ["mddl_lib", "mddl_lib.mri"])
def test_both_commands_as_processes(bench: Bench, module: str) -> None:
    """JSON on the one stream, words on the other, and the status; a narrow console, and a reader who leaves."""
    options = ["evaluate", "--net", bench.of("net.safetensors"), "--mask", bench.of("mask.npy")]
    np.save(bench.folder / "wide.npy", np.ones((SIZE, 2 * SIZE)))
    done = subprocess.run(
        [sys.executable, "-m", module, *options, *map(bench.of, ("a.npy", "none.npy", "wide.npy"))],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 2
    assert json.loads(done.stdout)["name"] == "a.npy"
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        "error", "error", "1 of 3 images scored; not scored"
    ]  # fmt: skip
    assert "32 ? 64 pixels" in done.stderr
