"""The numbers of the book's ADMM-Nets as text, in the order in which torch holds them: one in the page, the others in files."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments

PERCENTS = (20, 30, 40, 50)
"""sampling ratios that the book ships an ADMM-Net15 for, trained on brain slices"""
FOLDER = "_static/live"
"""of the built book"""


def shipped(load: Callable[[str], nn.Module]) -> dict[int, nn.Module]:
    """Percent → the network that was trained for it.

    :param load: :func:`mddl_lib.load`, which a page does not import.
    """
    arguments.callables(load=load)
    return {percent: load(f"admm_net15_brain_{percent}") for percent in PERCENTS}


def packed(network: nn.Module) -> str:
    """All parameters, one after the other, as half-precision numbers in base64.

    :raises TypeError: for something that is no network, or has no parameters.
    :raises ValueError: for numbers beyond the range of half precision, or NaN.
    """
    if not isinstance(network, nn.Module) or not (tensors := list(network.state_dict().values())):
        raise TypeError(f"network is a {type(network).__name__}: expected a torch module with parameters")
    return halves(torch.cat([tensor.flatten() for tensor in tensors]))


def files(networks: Mapping[int, nn.Module]) -> dict[str, str]:
    """Path in the built book → the script that hands a network's numbers to the page.

    :param networks: percent → network.
    """
    texts = {f"{FOLDER}/admm_net_{percent}.js": packed(network) for percent, network in networks.items()}
    return {path: f'mddlLive.numbers("{path}","{text}");\n' for path, text in texts.items()}


def halves(numbers: Tensor) -> str:
    """A tensor, row by row, as half-precision numbers in base64.

    :raises ValueError: for numbers beyond the range of half precision, or NaN.
    """
    arguments.tensors(numbers=numbers)
    kept = numbers.detach().flatten().cpu().half()
    if not bool(kept.isfinite().all()):
        raise ValueError("the numbers hold NaN, or some beyond 65 504: half precision cannot keep them")
    return base64.b64encode(kept.numpy().astype("<f2").tobytes()).decode("ascii")


def rounded(network: nn.Module) -> nn.Module:
    """The network with its parameters rounded to half precision, computing in double. Changes the network.

    :raises TypeError: for something that is no network.
    """
    if not isinstance(network, nn.Module):
        raise TypeError(f"network is a {type(network).__name__}: expected a torch module")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half())
    return network.double()


def as_text(described: Mapping[str, Any]) -> dict[str, Any]:
    """What a field says of a network, its tensors as half-precision numbers in base64: fit for JSON."""

    def text(value: Any) -> Any:
        if isinstance(value, Tensor):
            return halves(value)
        if isinstance(value, list | tuple):
            return [text(one) for one in value]
        return {key: text(one) for key, one in value.items()} if isinstance(value, Mapping) else value

    return {key: text(value) for key, value in described.items()}
