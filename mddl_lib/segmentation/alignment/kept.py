"""Registered atlases as files: a second call reads what the first one computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.training import weights


def kept(path: Path, header: dict[str, Any], compute: Callable[[], list[Atlas]]) -> list[Atlas]:
    """What a file holds, verified by its hash; computed and written when there is none, or it was cut or altered.

    Values are kept in steps of 1/255.

    :param header: what else the file shall say.
    """
    try:
        tensors, header = weights.read(path)
    except (FileNotFoundError, weights.WeightsError):
        found = compute()
        tensors = {"image": _packed([atlas.image for atlas in found])}
        tensors |= {part: _packed([atlas.labels[part] for atlas in found]) for part in found[0].labels}
        header = {"kind": "registration", "atlases": [atlas.name for atlas in found], **header}
        weights.save(path, tensors, header)
    pictures = {part: _unpacked(values) for part, values in tensors.items()}
    images = pictures.pop("image")
    return [
        Atlas(name, images[index], {part: values[index] for part, values in pictures.items()})
        for index, name in enumerate(header["atlases"])
    ]


def fingerprint(words: Any, pictures: Sequence[np.ndarray], atlases: Iterable[Atlas]) -> str:
    """All that a result depends on, as 32 hexadecimal digits.

    :param words: settings and versions, as JSON takes them.
    """
    digest = hashlib.sha256(json.dumps(words, sort_keys=True).encode())
    named = [("", "image", picture) for picture in pictures]
    named += [(a.name, part, values) for a in atlases for part, values in {"image": a.image, **a.labels}.items()]
    for name, part, values in named:
        values = np.ascontiguousarray(values, dtype=np.float32)
        digest.update(f"{name} {part} {values.shape}".encode() + values.tobytes())
    return digest.hexdigest()[:32]


def _packed(pictures: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.rint(255 * np.clip(np.stack(pictures), 0, 1)).astype(np.uint8))


def _unpacked(values: torch.Tensor) -> np.ndarray:
    return values.numpy().astype(np.float32) / 255
