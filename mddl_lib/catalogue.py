"""Every trained network by its name: ``mddl_lib.load("admm_net15_brain_20")``."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from mddl_lib.core import weights
from mddl_lib.core.fill import Cell

FOLDER = Path(__file__).parent / "weights"


def _admm_net(config: dict) -> nn.Module:
    from mddl_lib.mri.admm_net import ADMMNet

    return ADMMNet(**config)


def _admm_csnet(config: dict) -> nn.Module:
    from mddl_lib.mri.admm_csnet import ADMMCSNet

    return ADMMCSNet(**config)


def _ista_net(config: dict) -> nn.Module:
    from mddl_lib.mri.ista_net import ISTANet

    return ISTANet(**config)


def _admm_csnet_authors(file: str) -> Callable[[], nn.Module]:
    def read() -> nn.Module:
        from data_fetch import load as load_data
        from mddl_lib.mri.authors import read_admm_csnet

        return read_admm_csnet(load_data("admm_csnet_author").path(file))

    return read


def _admm_net15_authors() -> nn.Module:
    from data_fetch import load as load_data
    from mddl_lib.mri.authors import read_admm_net

    return read_admm_net(load_data("admm_net_author").path("net-stage15.mat"))


NETWORKS: dict[str, Callable[[dict], nn.Module]] = {
    "admm_csnet": _admm_csnet,
    "admm_net": _admm_net,
    "ista_net": _ista_net,
}
"""How a file's ``network`` and ``config`` become a module."""

DOWNLOADED: dict[str, Callable[[], nn.Module]] = {
    "admm_net15_brain_20_authors": _admm_net15_authors,
    "admm_csnet10_brain_20_authors": _admm_csnet_authors("NET-Pseudo-radial-0.2-real-S10.mat"),
    "admm_csnet10_complex_cartesian_30_authors": _admm_csnet_authors("NET-1D-Cartesian-0.3-complex-S10.mat"),
    "admm_csnet10_complex_random_20_authors": _admm_csnet_authors("NET-2D-random-0.2-complex-S10.mat"),
}
"""Networks whose weights their authors publish: fetched and verified, not shipped."""


def names() -> list[str]:
    """Every name that :func:`load` takes.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    return sorted([path.stem for path in FOLDER.glob("*.safetensors")] + list(DOWNLOADED))


def load(name: str | Path) -> nn.Module:
    """A trained network, ready to call: ``network(y, physics)``.

    :param name: one of :func:`names`, or the path of a weights file that this book's training wrote. The weights' header
        (data, seed, recipe, source) is the network's attribute ``header``.
    :raises KeyError: for an unknown name, with the nearest known one.
    :raises mddl_lib.core.weights.WeightsError: for a file that is cut, altered, a pickle, or fits no network.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    if str(name) in DOWNLOADED:
        return DOWNLOADED[str(name)]().eval()
    path = FOLDER / f"{name}.safetensors"
    if not path.exists():
        path = Path(name)
        if not path.suffix or not path.exists():
            near = difflib.get_close_matches(str(name), names(), 1)
            raise KeyError(
                f"no network is called {str(name)!r}"
                + (f": did you mean {near[0]!r}?" if near else f"; known: {names()}")
            )
    tensors, header = weights.read(path)
    if header.get("kind") != "weights" or header.get("network") not in NETWORKS:
        raise weights.WeightsError(
            f"{path} holds {header.get('kind')!r} of {header.get('network')!r}: expected the weights of {sorted(NETWORKS)}"
        )
    try:
        network = NETWORKS[header["network"]](header["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise weights.WeightsError(
            f"{path}: its config {header.get('config')} makes no {header['network']}: {error}"
        ) from None
    weights.fill(network, tensors, str(path))
    network.header = header
    return network.eval()


def network_cell(row: str, column: str, name: str, mask: Any, slow: bool = False) -> Cell:
    """A trained network as a cell of a table; the cell's origin says which weights: name, seed, hash of the tensors.

    Weights that were only published have no seed and no hash of ours: their origin is the name.

    :param name: as :func:`mddl_lib.load` takes it.
    :param mask: k-space mask or physics.
    :param slow: whether a run that only checks takes a few images instead of all.
    :raises KeyError: for an unknown name, with the nearest known one.
    :raises mddl_lib.core.weights.WeightsError: for a file that is cut, altered, a pickle, or fits no network.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    record = getattr(load(name), "header", {"name": name})
    origin = {key: record[key] for key in ("name", "seed", "tensors_sha256") if key in record}
    return Cell(row, column, functools.partial(load, name), mask, origin, slow)
