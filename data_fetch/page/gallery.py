"""One picture per data set for the page on data; none of a set that may not be passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..dataset import DataSet, load
from ..errors import HttpRefusal, NoNetwork, ReadOnlyCache
from ..fetching import fetch_files
from ..registry import Kind, entries, find
from ..sample import Sample
from .views import of_mesh, of_volume, outlined

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture(NamedTuple):
    """A title that says what is shown, and values in [0, 1] (None where nothing can be shown).

    ``values`` is (height, width) or (height, width, 3).
    """

    title: str
    values: np.ndarray | None


def pictures() -> list[Picture]:
    """The picture of every set whose card names one, in the order of their names."""
    return [picture(name) for name, entry in entries().items() if entry.shown]


def grid(columns: int = 4) -> Figure:
    """All pictures in one figure, each under its title; the place of one that is not here stays empty."""
    import matplotlib.pyplot as plt

    shown = pictures()
    rows = -(-len(shown) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.1 * columns, 2.35 * rows), squeeze=False, layout="constrained"
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (title, values) in zip(axes.flat, shown, strict=False):
        axis.set_title(title, fontsize="small")
        if values is not None:
            axis.imshow(values, vmin=0, vmax=1, cmap="gray")  # a picture in colour ignores these
    return figure


def picture(name: str) -> Picture:
    """The sample that the card names (only its files are fetched), or of what stands in, and then the title says so.

    :raises UnknownName: for a name that no set has.
    :raises HashMismatch: as `TruncatedFile`, when a file is not the registered one.
    """
    entry = find(name)
    if not entry.redistributable:
        return Picture(f"{name}\nmay not be shown", None)
    try:
        if not entry.embedded:
            fetch_files(entry, tuple(dict.fromkeys(source.file for source in entry.plan[entry.shown])))
    except (NoNetwork, HttpRefusal, ReadOnlyCache):
        stand_in = next((part.stand_in for part in (entry, *entry.parts.values()) if part.stand_in), None)
        if stand_in is None:
            return Picture(f"{name}\nnot here", None)
        data = load(stand_in)
        return Picture(f"{name} is not here:\n{stand_in}, {made_by(data)}", for_the_eye(data, data[0]))
    data = DataSet(entry)
    return Picture(f"{name}\n{entry.shown}", for_the_eye(data, data[entry.shown]))


def made_by(data: DataSet) -> str:
    """Whether code drew it, or a dependency ships it."""
    return "shipped with a library" if data.entry.embedded.maker == "photographs" else "made by code"


def for_the_eye(data: DataSet, sample: Sample) -> np.ndarray:
    """A sample of a set as one picture.

    Complex values by their modulus; a mask that samples its first value has its DC there: it is shifted to the middle.
    Masks and labels of an image are outlined on it, a volume shows its middle slice, a mesh a view of it.
    """
    kinds: dict[str, Kind] = {group.part_name: group.kind for group in data.entry.groups if group.kind != "file"}
    first, kind = next(iter(sample.parts.values())), kinds.get(next(iter(sample.parts)), "mesh")
    match kind:
        case "mesh":
            return of_mesh(sample["vertices"], sample["faces"])
        case "volume":
            return of_volume(first, sample.parts.get("label"))
        case "mask" if first[0, 0] == 1:
            return np.fft.fftshift(first)
    values = np.abs(first)
    if kind == "values":
        return values / values.max()
    marks = [array for part, array in sample.parts.items() if kinds[part] == "mask"]
    return outlined(values, marks if kind == "image" else [])
