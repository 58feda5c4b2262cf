"""A book of two fields in miniature, whose notebooks each need another part of it."""

from __future__ import annotations

CARD = "parameters:\n  smoke: {}\n  read: {{}}\n  paper: {{}}\n"

TABLE = "title: a table\nnote: as the paper has it\n"
FILES = {
    "mddl_lib/__init__.py": '"""Passes on."""\n\nfrom mddl_lib.catalogue import load\nfrom mddl_lib.training.loop import fit\n',
    "mddl_lib/catalogue.py": "import importlib\n\n\ndef load(name): ...\n",
    "mddl_lib/chapters.py": "",
    "mddl_lib/core/masks.py": "",
    "mddl_lib/core/wavelets.py": "",
    "mddl_lib/training/loop.py": "",
    "mddl_lib/results/scoreboard.py": "from mddl_lib.chapters import CHAPTERS\n",
    "mddl_lib/results/tables.py": "",
    "mddl_lib/pages/figure.css": "",
    "mddl_lib/pages/figures.py": 'STYLE = "figure.css"\n',
    "mddl_lib/mri/admm_net.py": "def build():\n    from mddl_lib.core import wavelets\n",
    "mddl_lib/mri/networks.py": "from mddl_lib.mri.admm_net import build\n",
    "mddl_lib/mri/plans.py": "",
    "mddl_lib/mri/tuning.py": 'STORE = "tuned"\n',
    "mddl_lib/mri/tuned/TV.json": "{}",
    "mddl_lib/mri/weights/admm_net15_brain_20.safetensors": "",
    "mddl_lib/mri/weights/admm_net15_brain_30.safetensors": "",
    "mddl_lib/mri/weights/admm_net15_chest_20.safetensors": "",
    "mddl_lib/shapes/networks.py": "",
    "mddl_lib/shapes/weights/st_net_faust.safetensors": "",
    "book/_toc.yml": """
root: index
chapters:
  - file: how_to_read
  - file: models/fast_mri
  - file: recent/shapes
  - file: scoreboard
  - file: status
""",
    "book/tables/admm_net_brain.yaml": TABLE,
    "book/tables/st_net.yaml": TABLE,
    "book/results/paper/st_net.json": "{}",
    "book/results/paper/provenance.json": '{"st_net": 1, "admm_net_brain": 1}',
    "data_fetch/registry/files/brain_mr_test.json": "{}",
    "data_fetch/registry/cards/brain_mr_test.yaml": "stand_in: phantom\ngroups: [{decoder: picture}]\n",
    "data_fetch/registry/cards/phantom.yaml": "maker: heads\n",
    "data_fetch/registry/cards/faust.yaml": "decoder: mesh\n",
    "data_fetch/decoders/picture.py": "from ..errors import CannotDecode\n",
    "data_fetch/decoders/mesh.py": "",
    "data_fetch/embedded/heads.py": "",
    "data_fetch/errors.py": "class CannotDecode(Exception): ...\n",
    "data_fetch/registry/files/faust.json": "{}",
}
NOTEBOOKS = {
    "models/fast_mri": """
        import mddl_lib
        from mddl_lib.core import masks
        from mddl_lib.results.tables import ResultTable
        nets = [mddl_lib.load(f"admm_net15_brain_{percent}") for percent in (20, 30)]
        data = load_or_embedded("brain_mr_test")
        table = ResultTable.load("admm_net_brain")
    """,
    "recent/shapes": """
        import mddl_lib
        from mddl_lib.pages.figures import STYLE
        net = mddl_lib.load("st_net_faust")
        data = load("faust/test")
        table = ResultTable.load("st_net")
    """,
    "how_to_read": "from mddl_lib.mri import tuning\nimport mddl_lib",
    "index": "from mddl_lib.results.scoreboard import load_all",
    "scoreboard": "from mddl_lib.results.scoreboard import load_all",
    "status": "",
}


def notebook(*code: str, prose: str = "# Title") -> dict:
    """A notebook of format 4 with a title, its parameters cell, and these cells of code."""
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": prose}]
    for number, source in enumerate(['profile = "read"\nturns = 3', *code]):
        metadata = {"tags": ["parameters"]} if number == 0 else {}
        lines = "\n".join(line.strip() for line in source.strip().splitlines())
        cell = {"cell_type": "code", "id": f"cell{number}", "metadata": metadata, "source": lines}
        cells.append({**cell, "execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
