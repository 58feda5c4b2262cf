"""The networks of this field by the name in a weights header."""

from __future__ import annotations

from torch import nn


def _neural_em(config: dict) -> nn.Module:
    from mddl_lib.statistics.neural_em.network import NeuralEM

    return NeuralEM.of(**config)


def _one_step_autoencoder(config: dict) -> nn.Module:
    from mddl_lib.statistics.iterative.autoencoders import OneStepAutoencoder

    return OneStepAutoencoder(**config)


def _iterative_autoencoder(config: dict) -> nn.Module:
    from mddl_lib.statistics.iterative.autoencoders import IterativeAutoencoder

    return IterativeAutoencoder(**config)


def _iterative_encoder(config: dict) -> nn.Module:
    from mddl_lib.statistics.iterative.autoencoders import IterativeEncoder

    return IterativeEncoder(**config)


def _segmenter(config: dict) -> nn.Module:
    from mddl_lib.statistics.random_fields.segmenter import Segmenter

    return Segmenter(**config)


NETWORKS = {
    "iterative_autoencoder": _iterative_autoencoder,
    "iterative_encoder": _iterative_encoder,
    "neural_em": _neural_em,
    "one_step_autoencoder": _one_step_autoencoder,
    "segmenter": _segmenter,
}
"""How a file's ``network`` and ``config`` become a module."""
