"""The wheel, as a reader installs it: into an environment of its own, far from a checkout, where the page of one's own calls runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_INDEX = re.compile(
    "NewConnectionError|ConnectTimeout|name resolution|Name or service|Network is unreachable|ProxyError"
)
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


class Bare:
    """An environment that holds the wheel and what it asks for, and commands in it, in a folder of their own."""

    def __init__(self, home: Path, wheel: Path) -> None:
        self.python, self.wheel = home / "bin" / "python", wheel
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
        self.install("")

    def install(self, extras: str) -> None:
        """The wheel with some of its extras; skips where no package index can be reached."""
        words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{self.wheel}{extras}"]
        done = subprocess.run([str(self.python), *words], capture_output=True, text=True, timeout=900)
        if done.returncode and NO_INDEX.search(done.stderr):
            pytest.skip("no package index can be reached")
        assert done.returncode == 0, done.stderr[-2000:]

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """With an empty data cache and one thread."""
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MDDL_", "PYTHON"))}
        own |= {"MDDL_DATA": str(folder / "data"), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        call = [str(self.python), *arguments]
        return subprocess.run(call, cwd=folder, env=own, capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    return Bare(tmp_path_factory.mktemp("bare"), wheel)


def cells_of_the_page() -> str:
    """The code of the page that gathers the reader's own calls, as a script."""
    cells = json.loads((ROOT / "book/your_own.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code" and "setup" not in c["metadata"].get("tags", [])]
    return "\n\n".join("".join(cell["source"]) for cell in code)


def test_it_is_small_enough_and_holds_weights_tables_and_cards(wheel: Path) -> None:
    assert wheel.stat().st_size <= 25e6
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    assert {"mddl_book/tables/neural_em.yaml", "mddl_book/_toc.yml", "mddl_book/statistical/neural_em.yaml"} <= names
    here = {p.relative_to(ROOT).as_posix() for p in (ROOT / "mddl_lib").rglob("*.safetensors")}
    assert here <= names
    assert {p.relative_to(ROOT).as_posix() for p in (ROOT / "mddl_lib").rglob("tuned/*.json")} <= names
    assert not [name for name in names if name.startswith("tests") or name.endswith(".ipynb")]


def test_it_is_the_installed_one_that_answers(bare: Bare, tmp_path: Path) -> None:
    done = bare.run(tmp_path, "-c", "import mddl_lib; print(mddl_lib.__file__); print(len(mddl_lib.names()))")
    path, count = done.stdout.split()
    assert Path(path).is_relative_to(bare.python.parents[1])
    assert int(count) > 50


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        ("from mddl_lib.shapes.spectra.laplacian import robust_laplacian as f; from mddl_lib.shapes.mesh import Mesh; "
         "import numpy as np; f(Mesh(np.eye(3), np.array([[0, 1, 2]])))", "mddl[shapes]"),
        ("from mddl_lib.segmentation.registration import simple_itk; simple_itk()",
         "mddl[segmentation]"),
    ],
    ids=["shapes", "segmentation"],
)  # fmt: skip
def test_a_part_that_is_not_installed_is_named(bare: Bare, tmp_path: Path, code: str, extra: str) -> None:
    done = bare.run(tmp_path, "-c", code)
    assert done.returncode != 0
    assert f"pip install '{extra}'" in done.stderr.splitlines()[-1]


def test_every_call_of_ones_own_works_on_what_no_chapter_uses(bare: Bare, tmp_path: Path) -> None:
    """The cells of the page, as they stand: files of odd sizes and types, masks, meshes, operators, optimizers."""
    bare.install("[shapes,segmentation]")
    (tmp_path / "page.py").write_text(cells_of_the_page(), encoding="utf-8")
    done = bare.run(tmp_path, "page.py")
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout
    answers = [json.loads(" ".join(text.split())) for text in re.findall(r"^\{.*?\}$", said, re.M | re.S)]
    named = [answer["name"] for answer in answers]
    assert named == ["slice.png", "scan.nii.gz:1", "counts.npy", "telephone.jpg", "heart0.png", "head.png"]
    assert all(answer["psnr"] > 35 for answer in answers[:3])
    assert (answers[3]["height"], answers[3]["width"]) == (250, 371), "turned as its tag says"
    assert answers[4]["dice"] > 0.85
    assert "not scored: scan.nii.gz:1, counts.npy" in said
    assert "MotionBlur: the adjoint is the adjoint" in said
    assert "Mistaken: A_adjoint is not the adjoint" in said
    knot, ring = (float(re.search(rf"{name}: .*?, ([\d.]+) from", said)[1]) for name in ("knot_finer", "ring"))
    assert knot < ring / 2
    first, last = (float(value) for value in re.findall(r"mean square ([\d.]+)", said)[::2])
    assert last < first / 5
