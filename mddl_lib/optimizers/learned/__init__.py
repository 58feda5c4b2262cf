"""Optimizers that are networks: the constants of the algorithm are learned from runs of it."""

from mddl_lib.optimizers.learned.dmoptimizer import DMoptimizer
from mddl_lib.optimizers.learned.hyperadam import HyperAdam
from mddl_lib.optimizers.learned.rnnprop import RNNprop

__all__ = ["DMoptimizer", "HyperAdam", "RNNprop"]
