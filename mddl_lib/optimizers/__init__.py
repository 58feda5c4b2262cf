"""Learning to optimise: classical optimizers by hand, learned ones, and how the learned ones are trained.

One interface: ``init(parameters)`` gives a state, ``update(gradients, state, parameters)`` the updates and the next state.
"""

from mddl_lib.optimizers.by_hand import SGD, AdaGrad, Adam, Momentum, RMSProp
from mddl_lib.optimizers.learned import DMoptimizer, HyperAdam, RNNprop
from mddl_lib.optimizers.torch_adapter import as_torch

__all__ = ["SGD", "AdaGrad", "Adam", "DMoptimizer", "HyperAdam", "Momentum", "RMSProp", "RNNprop", "as_torch"]
