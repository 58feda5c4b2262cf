"""The promise that operators of other libraries drop in, held to DeepInverse itself, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

NEIGHBOUR = os.environ.get("MDDL_NEIGHBOUR_PYTHON")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(
    not NEIGHBOUR, reason="MDDL_NEIGHBOUR_PYTHON names no Python that has deepinv, torch and safetensors"
)
def test_operators_of_deepinverse_drop_in() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [NEIGHBOUR, str(ROOT / "tests/core/neighbour.py")], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
