"""The wheel, as a reader installs it: small, whole, and its calls work on input that no chapter uses, far from a checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("mddl_lib", "data_fetch", "book", "pyproject.toml", "setup.py", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy of what it is made of, so that nothing is left in the checkout."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    leave = shutil.ignore_patterns("__pycache__", "*.ipynb", "runs")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=leave)
        else:
            shutil.copy(ROOT / part, source / part)
    made = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(built), str(source)]
    subprocess.run([sys.executable, "-m", "pip", *made], check=True, capture_output=True, text=True, timeout=300)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    """A folder that holds the wheel's content and nothing of the checkout; what it depends on is that of these tests."""
    target = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(target)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> str:
    """A command of the installed package, in a folder of its own, with empty caches."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MDDL_")}
    own |= {"PYTHONPATH": str(installed), "MDDL_DATA": str(folder / "data"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=own, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_it_is_small_enough_and_holds_weights_tables_and_cards(wheel: Path) -> None:
    assert wheel.stat().st_size <= 25e6
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    assert {"mddl_book/tables/neural_em.yaml", "mddl_book/_toc.yml", "mddl_book/statistical/neural_em.yaml"} <= names
    here = {p.relative_to(ROOT).as_posix() for p in (ROOT / "mddl_lib").rglob("*.safetensors")}
    assert here <= names
    assert {p.relative_to(ROOT).as_posix() for p in (ROOT / "mddl_lib").rglob("tuned/*.json")} <= names
    assert not [name for name in names if name.startswith("tests") or name.endswith(".ipynb")]


def test_it_is_the_installed_one_that_answers(installed: Path, tmp_path: Path) -> None:
    said = run(installed, tmp_path, "-c", "import mddl_lib; print(mddl_lib.__file__); print(len(mddl_lib.names()))")
    path, count = said.split()
    assert Path(path).is_relative_to(installed)
    assert int(count) > 50


def test_own_slices_of_another_size_and_type_are_scored(installed: Path, tmp_path: Path) -> None:
    y, x = np.mgrid[:180, :212]
    image = np.exp(-((y - 90) ** 2 + (x - 100) ** 2) / 4000) * (1 + 0.2 * np.sin(x / 5)) / 1.2
    Image.fromarray((65535 * image).astype(np.uint16)).save(tmp_path / "sixteen.png")
    np.save(tmp_path / "doubles.npy", image)
    mask = np.random.default_rng(0).random((180, 212)) < 0.25
    mask[80:100] = True
    np.save(tmp_path / "mask.npy", mask)
    arguments = [
        "evaluate",
        "--net",
        "admm_net15_brain_20",
        "--mask",
        "mask.npy",
        "--centred",
        "sixteen.png",
        "doubles.npy",
    ]
    lines = run(installed, tmp_path, "-m", "mddl_lib", *arguments).splitlines()
    scores = [json.loads(line) for line in lines if line.startswith("{")]
    assert len(scores) == 2
    assert all(score["psnr"] > 20 for score in scores)


def test_an_own_photograph_is_cleared(installed: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    photo = np.clip(0.6 + 0.1 * random.random((75, 91, 3)), 0, 1)
    Image.fromarray((255 * photo).astype(np.uint8)).save(tmp_path / "hazy.jpg")
    run(installed, tmp_path, "-m", "mddl_lib.dehazing", "--net", "dehaze_2", "--output", "clear", "hazy.jpg")
    (made,) = (tmp_path / "clear").iterdir()
    assert Image.open(made).size == (91, 75)


OWN = """
import numpy as np, torch, mddl_lib
from mddl_lib.optimizers import as_torch
from mddl_lib.shapes.mesh import read_mesh
from mddl_lib.shapes.surfaces import Surface
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.statistics.random_fields.segmenter import Segmenter

mask = np.zeros((90, 70), bool); mask[:, 20:50] = True          # a mask that no chapter has
physics = MaskedFourier(torch.from_numpy(mask))
x = torch.rand(1, 1, 90, 70, dtype=torch.float64)
scores = mddl_lib.evaluate(lambda y, physics: physics.A_adjoint(y), [x[0, 0].numpy()], physics)
print("method", scores.mean("psnr") > 5)

corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
faces = [(0,1,3),(0,3,2),(4,6,7),(4,7,5),(0,4,5),(0,5,1),(2,3,7),(2,7,6),(0,2,6),(0,6,4),(1,5,7),(1,7,3)]
with open("own.off", "w") as file:
    file.write(f"OFF\\n{len(corners)} {len(faces)} 0\\n")
    file.writelines(f"{x} {y} {z}\\n" for x, y, z in corners)
    file.writelines(f"3 {a} {b} {c}\\n" for a, b, c in faces)
print("mesh", len(read_mesh("own.off").faces))

module = torch.nn.Linear(3, 1).double()
optimizer = as_torch(mddl_lib.load("hyperadam"), module.parameters())
first = None
for _ in range(20):
    loss = module(torch.ones(4, 3, dtype=torch.float64)).square().mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    first = first if first is not None else float(loss)
print("optimizer", float(loss) < first)
print("segmenter", tuple(mddl_lib.load("crf_rnn_stripes")(torch.rand(1, 1, 50, 41)).shape))
"""


def test_own_mask_method_mesh_optimizer_and_picture(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    said = dict(line.split(" ", 1) for line in run(installed, tmp_path, "own.py").splitlines())
    assert said == {"method": "True", "mesh": "12", "optimizer": "True", "segmenter": "(1, 3, 50, 41)"}
