"""Any optimizer of this package as a ``torch.optim.Optimizer``, for any module.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.optimizers.checks import is_optimizer


class TorchOptimizer(torch.optim.Optimizer):
    """Steps like ``torch.optim``: the module's parameters are one flat vector to the optimizer.

    The state lies with the first parameter, so that ``state_dict`` and ``load_state_dict`` work as usual. A parameter
    without a gradient counts as one whose gradient is zero.

    :param optimizer: classical or learned; a learned one is moved to the parameters' device and type.
    :raises ValueError: for no parameters, or parameters of several devices or types.
    """

    def __init__(self, optimizer: Any, parameters: Iterable[Tensor]) -> None:
        is_optimizer(optimizer)
        if not isinstance(parameters, Iterable):
            raise TypeError(f"parameters is {parameters!r}: expected module.parameters(), or a list of tensors")
        parameters = list(parameters)
        if not parameters:
            raise ValueError("parameters is an empty parameter list: expected at least one tensor to step")
        super().__init__(parameters, {})
        if len(self.param_groups) != 1:
            raise ValueError(
                f"{len(self.param_groups)} parameter groups: expected one, the optimizer has no rates to vary"
            )
        kinds = {(parameter.device, parameter.dtype) for parameter in self._parameters()}
        if len(kinds) != 1:
            raise ValueError(f"parameters are on {sorted(map(str, kinds))}: expected one device and one type")
        self.optimizer = optimizer.to(*kinds.pop()) if isinstance(optimizer, nn.Module) else optimizer

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """One update.

        :raises ValueError: when a gradient holds NaN or infinity; the parameters then stay as they are.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        parameters = self._parameters()
        gradients = torch.cat([
            (torch.zeros_like(value) if value.grad is None else value.grad).flatten() for value in parameters
        ])  # fmt: skip
        if not bool(gradients.isfinite().all()):
            self._refuse(parameters)
        flat = torch.cat([value.flatten() for value in parameters])
        stored = self.state[parameters[0]]
        state = self.optimizer.State(**stored) if stored else self.optimizer.init(flat)
        updates, state = self.optimizer.update(gradients, state, flat)
        stored.update(state._asdict())
        for value, update in zip(parameters, updates.split([value.numel() for value in parameters]), strict=True):
            value.add_(update.view_as(value))
        return loss

    def _parameters(self) -> list[Tensor]:
        return [value for value in self.param_groups[0]["params"] if value.requires_grad]

    def _refuse(self, parameters: list[Tensor]) -> None:
        for position, value in enumerate(parameters):
            if value.grad is not None and not bool(value.grad.isfinite().all()):
                bad = int((~value.grad.isfinite()).sum())
                raise ValueError(
                    f"{bad} of {value.numel()} gradients of parameter {position}, shape {tuple(value.shape)}, are NaN or "
                    "infinite: the loss has diverged. Start again with a smaller step, or from the last good parameters"
                )


def as_torch(optimizer: Any, parameters: Iterable[Tensor]) -> TorchOptimizer:
    """``as_torch(HyperAdam(), module.parameters())`` steps like any optimizer of ``torch.optim``.

    :raises ValueError: as :class:`TorchOptimizer` does.
    """
    return TorchOptimizer(optimizer, parameters)
