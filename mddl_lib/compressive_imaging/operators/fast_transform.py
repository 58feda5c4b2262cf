"""The Walsh-Hadamard transform in N log N additions, without its matrix."""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments


def walsh_hadamard(x: Tensor) -> Tensor:
    r"""The orthonormal Walsh-Hadamard transform of the last axis, in Hadamard's order.

    .. math:: H_1 = 1, \qquad H_{2n} = \tfrac{1}{\sqrt2} \begin{pmatrix} H_n & H_n \\ H_n & -H_n \end{pmatrix}

    H is symmetric and its own inverse. One butterfly after the other, each a sum and a difference of halves:
    :math:`N \log_2 N` additions.

    :param x: (…, N), N a power of two, real or complex.
    :raises ValueError: for another length.
    """
    arguments.tensors(x=x)
    length = x.shape[-1] if x.ndim else 0
    if length < 1 or length & (length - 1):
        raise ValueError(f"x has the shape {tuple(x.shape)}: expected a last axis of 2, 4, 8, 16 … numbers")
    shape, half = x.shape, 1
    while half < length:
        # two butterflies at once read the tensor half as often: H₄ = H₂ ⊗ H₂
        if 4 * half <= length:
            a, b, c, d = x.reshape(*shape[:-1], -1, 4, half).unbind(-2)
            plus, minus, left, right = a + b, a - b, c + d, c - d
            x = torch.stack([plus + left, minus + right, plus - left, minus - right], -2)
            half *= 4
        else:
            a, b = x.reshape(*shape[:-1], -1, 2, half).unbind(-2)
            x = torch.stack([a + b, a - b], -2)
            half *= 2
    return x.reshape(shape) / length**0.5
