"""Adding a chapter: a notebook, its card, a package, a table and one line of _toc.yml, and everything else follows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.building.api_pages import api_pages
from tools.tracing.prerequisites import Book

from .conftest import ROOT
from .small_book import notebook

CARD = """
topic: Throwing away
model: an energy of no use
algorithm: one step
network: Throwaway-Net
source: nobody 2026
tables: [throwaway]
before: [unrolling/admm_csnet]
idea: a chapter is data
parameters:
  smoke: {turns: 2}
  read: {}
  paper: {turns: 9}
"""
CODE = """
import torch
import mddl_lib
from mddl_lib.pages.table_view import show
from mddl_lib.results.tables import ResultTable
net = mddl_lib.load("throwaway_net1")
print("the weights:", net(torch.ones(1, 1, 2, 2), None).mean().item())
table = ResultTable.load("throwaway")
print("the table:", table.name, list(table.paper)[:2])
show(table)
"""
NETWORKS = """
from torch import nn

class ThrowawayNet(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale = nn.Parameter(__import__("torch").ones(size))

    def forward(self, y, physics):
        return self.scale * y

NETWORKS = {"throwaway_net": lambda config: ThrowawayNet(**config)}
"""
PLANS = """
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe
from mddl_lib.throwaway.networks import ThrowawayNet

PLANS = {"throwaway_net1": Plan(lambda: ThrowawayNet(1), None, Recipe())}
"""
SAVE = """
import torch
from mddl_lib.training import weights
header = {"kind": "weights", "name": "throwaway_net1", "network": "throwaway_net", "config": {"size": 1}, "seed": 1}
weights.save("mddl_lib/throwaway/weights/throwaway_net1.safetensors", {"scale": torch.full((1,), 7.0)}, header)
"""
KNOWN = """
import json
from mddl_lib import catalogue, chapters
from mddl_lib.pages import course
from mddl_lib.pages.maps import talk_picture
from mddl_lib.results import scoreboard
print(json.dumps({
    "topics": [chapter.topic for chapter in chapters.CHAPTERS],
    "talk": talk_picture.talk_picture(), "course": course.course_map(), "profiles": course.profiles(),
    "tables": [t.name for t in scoreboard.load_all(name for row in chapters.CHAPTERS for name in row.tables)],
    "plans": list(catalogue.plans()), "weights": list(catalogue.weights_files()),
}))
"""


class Copy:
    """This project, copied, with a chapter more."""

    def __init__(self, root: Path) -> None:
        self.root = root
        left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "read", "smoke")
        for name in ("book", "mddl_lib", "data_fetch", "tools"):
            shutil.copytree(ROOT / name, root / name, ignore=left_out)
        for name in ("Makefile", "pyproject.toml", "_config.yml"):
            shutil.copy(ROOT / name, root)
        files = {
            "book/recent/throwaway.ipynb": json.dumps(notebook(CODE)),
            "book/recent/throwaway.yaml": CARD,
            "book/tables/throwaway.yaml": (ROOT / "book/tables/fusion_net_sata.yaml").read_text(),  # Dice
            "mddl_lib/throwaway/__init__.py": '"""A field that stays for one test."""\n',
            "mddl_lib/throwaway/networks.py": f'"""Its networks."""\n{NETWORKS}',
            "mddl_lib/throwaway/plans.py": f'"""Its plans."""\n{PLANS}',
        }
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        contents = root / "book/_toc.yml"
        line = "      - file: unrolling/admm_csnet\n"
        assert line in contents.read_text()
        contents.write_text(contents.read_text().replace(line, f"{line}      - file: recent/throwaway\n"))
        self.python("-c", SAVE)

    def python(self, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.root), "MDDL_RESULTS": str(self.root / "book/results")}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("project"))


def test_maps_lists_and_the_catalogue_know_it(copy: Copy) -> None:
    known = json.loads(copy.python("-c", KNOWN))
    assert known["topics"][-1] == "Throwing away", "a topic that is not in the talk follows the talk's"
    assert 'href="recent/throwaway' in known["talk"]
    assert "a chapter is data" in known["course"]
    assert "recent/throwaway" in known["profiles"]
    assert "turns = 9" in known["profiles"]
    assert known["tables"][-1] == "throwaway"
    assert "throwaway_net1" in known["plans"]
    assert "throwaway_net1" in known["weights"]


def test_the_api_pages_know_it(copy: Copy) -> None:
    assert "A field that stays for one test." in api_pages(copy.root)[Path("api/packages/mddl_lib.throwaway.md")]


def test_make_knows_what_it_depends_on(copy: Copy) -> None:
    book = Book(copy.root, "read")
    state, _ = book.state_of("recent/throwaway")
    here = {key for key in state if "throwaway" in key}
    assert here == {
        "book/tables/throwaway.yaml", "mddl_lib/throwaway/networks.py",
        "mddl_lib/throwaway/weights/throwaway_net1.safetensors", "provenance: throwaway",
    }  # fmt: skip
    assert not any("mri" in key or "compressive_imaging" in key for key in state), "another field's files"
    for other in ("models/fast_mri", "unrolling/deep_admm_net", "data"):
        assert not any("throwaway" in key for key in book.state_of(other)[0]), other
    assert "book/tables/throwaway.yaml" in book.state_of("scoreboard")[0]


def test_it_runs_in_smoke_and_loads_its_weights_and_its_table(copy: Copy) -> None:
    target = copy.root / "_build/executed/smoke/recent/throwaway.ipynb"
    copy.python(
        "-m", "tools.running.execute_notebook", "recent/throwaway", "--profile", "smoke", "--target", str(target)
    )
    text = target.read_text()
    assert "the weights: 7.0" in text
    assert "the table: throwaway ['MV', 'PB']" in text
    assert "turns = 2" in text
    assert "0.653" in text, "the paper's Dice"
