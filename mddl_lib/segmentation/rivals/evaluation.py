"""Score the rivals that see a whole picture, on the same slices as the methods with atlases: Dice and Jaccard of the epicardium."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn
from tqdm import tqdm

from data_fetch import Sample, load
from mddl_lib.core import arguments
from mddl_lib.environment import quiet
from mddl_lib.results.cells import Cell
from mddl_lib.results.claims import ONLY
from mddl_lib.results.scores import Scores
from mddl_lib.segmentation.evaluation import METRICS, SLICE
from mddl_lib.segmentation.hearts import PARTS
from mddl_lib.segmentation.rivals.methods import DLDM, DLLS, PictureMethod, in_region


@dataclass(frozen=True)
class WholeSlices:
    """The slices that have both contours, whole: those of :class:`mddl_lib.segmentation.evaluation.Targets`, in its order."""

    data: str = "sunnybrook/validation"

    @property
    def name(self) -> str:
        return self.data

    @property
    def sha256(self) -> str:
        return load(self.data).sha256

    @property
    def embedded(self) -> bool:
        return load(self.data).embedded

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Sample]:
        return (sample for sample in load(self.data) if all(part in sample for part in PARTS))


def score(
    method: PictureMethod,
    data: WholeSlices,
    part: str = "epicardium",
    *,
    images: int | None = None,
    progress: bool = True,
) -> Scores:
    """Segment whole pictures and compare with their labels: one value a slice, nothing cut and nothing left out.

    :param images: only the first so many.
    :raises ValueError: for a part without a contour.
    :raises TypeError: for a method that cannot be called.
    """
    arguments.callables(method=method)
    if part not in PARTS:
        raise ValueError(f"part is {part!r}: expected one of {PARTS}")
    scores = Scores(data.name, data.sha256, data.embedded, [], {name: [] for name in METRICS}, [], SLICE)
    for number, sample in enumerate(tqdm(data, desc="slices", disable=quiet() or not progress, mininterval=1.0)):
        if number == images:
            break
        start = time.perf_counter()
        estimate = method(sample["image"])
        scores.seconds.append(time.perf_counter() - start)
        scores.names.append(sample.name)
        for name, metric in METRICS.items():
            scores.values[name].append(metric(estimate, np.asarray(sample[part] > 0)))
    return scores


def cells(region: nn.Module, shape: nn.Module, context: nn.Module) -> list[Cell]:
    """The rows DLDM_init, DLDM and DLLS, for :func:`mddl_lib.results.cells.fill` with :func:`score`.

    :param region: the network that finds the region of the first two.
    :param shape: the network that draws their mask.
    :param context: the network of DLLS, in the fixed region.
    :raises TypeError: for networks that are none.
    """
    for what, network in {"region": region, "shape": shape, "context": context}.items():
        if not isinstance(network, nn.Module):
            raise TypeError(
                f"{what} is a {type(network).__name__}: expected a torch module, such as mddl_lib.load gives"
            )

    def cell(row: str, make: Callable[[], PictureMethod], *networks: nn.Module, **origin: Any) -> Cell:
        headers = [getattr(network, "header", {}) for network in networks]
        made_by = [{key: header.get(key) for key in ("name", "seed", "tensors_sha256")} for header in headers]
        return Cell(row, ONLY, make, "epicardium", {"networks": made_by, **origin})

    return [
        cell("DLDM_init", lambda: in_region(shape, region), region, shape),
        cell("DLDM", lambda: in_region(shape, region, DLDM), region, shape, level_set=vars(DLDM)),
        cell("DLLS", lambda: in_region(context, None, DLLS), context, level_set=vars(DLLS)),
    ]
