"""Two images, a mask and a network in a folder, and the command on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mddl_lib.__main__ import main
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.training import weights
from tests import mat73
from tests.problems import image

SIZE = 32


@dataclass
class Bench:
    """A folder with files, and the command ``evaluate`` on them."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def evaluate(self, *images: str, net: str = "net.safetensors", mask: str = "mask.npy", more: tuple = ()) -> int:
        """The status of ``evaluate``; names are those of files in the folder."""
        options = ["--net", self.of(net), "--mask", self.of(mask), *more]
        return main(["evaluate", *options, *map(self.of, images)])

    def of(self, name: str) -> str:
        """The path of a file, or the name itself where there is none."""
        path = self.folder / name
        return str(path) if path.exists() or "." in name else name

    def scored(self, *images: str, **options: object) -> list[dict]:
        """The lines of a call in which all goes well."""
        status = self.evaluate(*images, **options)
        out, err = self.capsys.readouterr()
        assert (status, err) == (0, "")
        return [json.loads(line, parse_constant=pytest.fail) for line in out.splitlines()]

    def refused(self, *images: str, **options: object) -> str:
        """The one line of a call in which nothing is scored."""
        return self.one_line(lambda: self.evaluate(*images, **options))

    def one_line(self, call: Callable[[], int]) -> str:
        """The one line of a call that ends with status 2."""
        status = call()
        err = self.capsys.readouterr().err
        assert (status, err.count("\n")) == (2, 1)
        assert err.startswith("error: ")
        return err.strip()


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    network = ADMMNet(1)
    header = {"kind": "weights", "network": "admm_net", "config": network.config}
    weights.save(tmp_path / "net.safetensors", network.state_dict(), header)
    mat73.write(tmp_path / "net.mat", mat73.layers_of(network))
    np.save(tmp_path / "mask.npy", pseudo_radial((SIZE, SIZE), 0.4).numpy())
    for seed, name in enumerate(("a.npy", "b.npy")):
        array = image(SIZE, seed=seed)[0, 0].float().clamp(0, 1).numpy()
        np.save(tmp_path / name, array / array.max())
    return Bench(tmp_path, capsys)
