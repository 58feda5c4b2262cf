"""ADMM-CSNet for general operators: it is ADMM where A Aᴴ = I, its turns by hand, the authors' networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import data_fetch
from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet
from mddl_lib.compressive_imaging.general_authors import authors_diffraction, read_general
from mddl_lib.compressive_imaging.operators.diffraction import CodedDiffraction
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows, StructurallyRandom
from mddl_lib.core.metrics import psnr
from mddl_lib.core.unrolled import estimates
from mddl_lib.mri.authors import NotTheAuthorsFileError
from tests.laws.pieces import draw

PHYSICS = {
    "Hadamard": lambda: ScrambledHadamard((16, 16), 90),
    "dense": lambda: DenseRows((16, 16), 90),
    "structured": lambda: StructurallyRandom((16, 16), 90),
}


def scattered(network: GeneralADMMCSNet) -> GeneralADMMCSNet:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.double().parameters():
            parameter += 0.1 * torch.randn(parameter.shape, dtype=torch.float64, generator=generator)
    return network


@pytest.mark.parametrize("name", PHYSICS)
def test_where_the_rows_are_orthonormal_it_is_admm_csnet(name: str) -> None:
    """Set to an algorithm, both networks are ADMM with one inner gradient step; so they give each other's estimates."""
    physics = PHYSICS[name]()
    constants = (0.3, 1.2, 0.8, 0.04)
    general = GeneralADMMCSNet(3, 8, 3).double().from_algorithm(*constants)
    split = ADMMCSNet(3, 8, 3).double().from_algorithm(*constants)
    y = physics.A(draw(1, 1, 16, 16))
    for mine, theirs in zip(estimates(general, y, physics), estimates(split, y, physics), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-6)  # 1/(1 + ρ) passes through single precision


def test_elsewhere_it_is_not() -> None:
    """Real images behind a phase mask: Re AᴴA is no projection, and one gradient step is not the inverse."""
    physics = CodedDiffraction.random((16, 16), 90)
    constants = (0.3, 1.2, 0.8, 0.04)
    general = GeneralADMMCSNet(3, 8, 3).double().from_algorithm(*constants)
    split = ADMMCSNet(3, 8, 3).double().from_algorithm(*constants)
    y = physics.A(draw(1, 1, 16, 16))
    assert (general(y, physics) - split(y, physics)).norm() > 1e-2 * split(y, physics).norm()


def test_its_turns_by_hand() -> None:
    physics, network = PHYSICS["dense"](), scattered(GeneralADMMCSNet(3, 4, 3))
    y = physics.A(draw(1, 1, 16, 16))
    back = physics.A_adjoint(y)
    x = network.start.reconstruction.step * back
    beta, by_hand = 0.0, [x]
    for stage in network.stages:
        z = stage.denoiser(x + beta)
        kept = stage.keep * beta if hasattr(stage, "keep") else 0.0
        beta = kept + stage.forth * x - stage.back * z
        v = stage.reconstruction.step
        x = v * back + (z - beta) - v * physics.A_adjoint(physics.A(z - beta))
        by_hand.append(x)
    for mine, expected in zip(estimates(network, y, physics), by_hand, strict=True):
        torch.testing.assert_close(mine, expected, rtol=0, atol=1e-12)


@pytest.mark.skipif(
    not all(data_fetch.available(name) for name in ("admm_csnet_author", "coded_diffraction", "set12")),
    reason="no data here",
)
def test_the_authors_diffraction_network() -> None:
    """31.05 dB on Set12's seven images of 256 × 256, where one of them stands for all: 34.996 on the second."""
    network = read_general(data_fetch.load("admm_csnet_author").path("Net-Diffraction-0.1-S10.mat"))
    assert sum(parameter.numel() for parameter in network.parameters()) == 194_610
    physics = authors_diffraction()
    assert physics.ratio == pytest.approx(6554 / 65536)
    truth = torch.from_numpy(np.ascontiguousarray(data_fetch.load("set12")[1].array))[None, None]
    with torch.no_grad():
        assert float(psnr(network(physics.A(truth), physics), truth)) == pytest.approx(34.996, abs=0.01)


@pytest.mark.skipif(not data_fetch.available("admm_csnet_author"), reason="no data here")
def test_a_cut_file_is_named(tmp_path: Path) -> None:
    content = Path(data_fetch.load("admm_csnet_author").path("Net-Hadamard-0.3-S10.mat")).read_bytes()
    (tmp_path / "cut.mat").write_bytes(content[: len(content) // 2])
    with pytest.raises(NotTheAuthorsFileError, match=r"cut\.mat is no general network"):
        read_general(tmp_path / "cut.mat")


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.mat").write_text("no MATLAB file")
    with pytest.raises(NotTheAuthorsFileError, match="expected a MATLAB file"):
        read_general(tmp_path / "text.mat")
