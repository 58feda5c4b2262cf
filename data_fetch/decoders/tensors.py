"""Named tensors: safetensors, and torch's state dicts by its ``weights_only`` loader, which builds tensors and runs nothing."""

from __future__ import annotations

import io

import numpy as np

from ..errors import CannotDecode
from ..registry import Group


def read(content: bytes, group: Group) -> list[dict[str, np.ndarray]]:
    """Name → array, in the file's order. A torch file comes here only after its sha256 was verified.

    :raises CannotDecode: for a torch file that is no dictionary of tensors.
    """
    if content[8:9] == b"{":  # eight bytes of length, then the header as JSON
        from safetensors.numpy import load

        return [load(content)]
    import torch

    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CannotDecode("no dictionary of tensors")
    return [{name: value.numpy() for name, value in state.items()}]
