"""One sample of a set: its name and its parts, arrays with names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from .errors import UnknownName, nearest


class Sample:
    """``sample["image"]``, ``sample["mask"]``; ``sample.array`` where there is one part only.

    A sample of one part can be taken apart: ``name, array = sample``.

    :param name: its name in its set.
    :param parts: part → array, in the order of the set's card.
    """

    __slots__ = ("name", "parts")

    def __init__(self, name: str, parts: Mapping[str, np.ndarray]) -> None:
        self.name, self.parts = name, dict(parts)

    def __repr__(self) -> str:
        inside = ", ".join(f"{part}: {array.dtype} {array.shape}" for part, array in self.parts.items())
        return f"Sample({self.name!r}, {inside})"

    def __getitem__(self, part: str) -> np.ndarray:
        """The part of this name.

        :raises UnknownName: when the sample has none; not every sample of a set has every part.
        """
        if part not in self.parts:
            raise UnknownName(
                f"no part {part!r} in {self.name}{nearest(str(part), self.parts)} (its parts: {', '.join(self.parts)})"
            )
        return self.parts[part]

    def __contains__(self, part: object) -> bool:
        return part in self.parts

    def __iter__(self) -> Iterator[str | np.ndarray]:
        return iter((self.name, self.array))

    @property
    def array(self) -> np.ndarray:
        """The array of a sample of one part.

        :raises UnknownName: for a sample of several.
        """
        if len(self.parts) != 1:
            names = list(self.parts)
            raise UnknownName(f"{self.name} has the parts {', '.join(names)}: name one, such as sample[{names[0]!r}]")
        return next(iter(self.parts.values()))
