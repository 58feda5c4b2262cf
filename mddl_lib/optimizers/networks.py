"""The learned optimizers of this field: a weights header's ``network`` and ``config`` become a module."""

from __future__ import annotations

from mddl_lib.optimizers.learned import DMoptimizer, HyperAdam, RNNprop

NETWORKS = {network.family: network for network in (HyperAdam, RNNprop, DMoptimizer)}
"""family → module, made as ``NETWORKS[family](**config)``"""
