"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib train NAME`` carries it out.

The first seed's files ship, but for ``iterative_digits``; the others' numbers stand in the tables.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

from torch import Tensor, nn

from mddl_lib.statistics.iterative.autoencoders import IterativeAutoencoder, OneStepAutoencoder
from mddl_lib.statistics.iterative.objective import DigitsProblem, inference_alone, onto_decoder
from mddl_lib.statistics.neural_em.network import NeuralEM
from mddl_lib.statistics.neural_em.objective import ShapesProblem
from mddl_lib.statistics.random_fields.dense_crf import PairTerms
from mddl_lib.statistics.random_fields.objective import FieldProblem
from mddl_lib.statistics.random_fields.segmenter import Segmenter
from mddl_lib.statistics.random_fields.tasks import LABELS
from mddl_lib.statistics.random_fields.tuning import tuned
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.seeded import seeded

SEEDS = (1, 2, 3, 4, 5)


def with_seed(name: str, seed: int) -> str:
    """The name of a plan's file: the first seed's is the plain name."""
    return name if seed == 1 else f"{name}_seed{seed}"


def field_network(kind: str, after: str) -> Segmenter:
    """A network for "hearts" or "stripes"; what follows the unary part begins as the tuned CRF, or as nothing."""
    if after != "crf_rnn":
        return Segmenter(LABELS[kind], after)
    bandwidths, weights = tuned(kind)
    network = Segmenter(LABELS[kind], after, **bandwidths._asdict())
    network.field.from_algorithm(PairTerms.potts(weights, LABELS[kind]))
    return network


def take_unary(network: nn.Module, trained: Mapping[str, Tensor]) -> None:
    """Begin with a trained unary network; what follows it stays as it was made."""
    network.unary.load_state_dict({key.removeprefix("unary."): value.float() for key, value in trained.items()})


def _fields(kind: str, seed: int) -> dict[str, Plan]:
    """A unary network, and two that go on from it."""
    problem, unary = FieldProblem(kind), with_seed(f"unary_{kind}", seed)
    make = functools.partial(field_network, kind)
    alone = Recipe(3000, learning_rate=5e-3, batch=8, clip=0.0, seed=seed)
    further = Recipe(200, learning_rate=2e-3, batch=4, clip=1.0, seed=seed)
    return {unary: Plan(seeded(functools.partial(make, "nothing"), seed), problem, alone)} | {
        with_seed(f"{after}_{kind}", seed): Plan(
            seeded(functools.partial(make, after), seed), problem, further, grown_from=unary, grow=take_unary
        )
        for after in ("crf_rnn", "convolutions")
    }


def _autoencoders(seed: int) -> dict[str, Plan]:
    """A decoder with its one-step encoder, an iterative encoder for that decoder, and a decoder with an iterative encoder."""
    one_step = with_seed("one_step_digits", seed)
    return {
        one_step: Plan(
            seeded(OneStepAutoencoder, seed),
            DigitsProblem(1),
            Recipe(30000, learning_rate=1e-3, batch=64, clip=0.0, seed=seed),
            half=True,
        ),
        with_seed("iterative_same_decoder", seed): Plan(
            seeded(IterativeAutoencoder, seed),
            DigitsProblem(5),
            Recipe(8000, learning_rate=1e-3, batch=64, clip=5.0, seed=seed),
            grown_from=one_step,
            grow=onto_decoder,
            half=True,
            keep=inference_alone,
        ),
        with_seed("iterative_digits", seed): Plan(
            seeded(IterativeAutoencoder, seed),
            DigitsProblem(5),
            Recipe(12000, learning_rate=1e-3, batch=64, clip=5.0, seed=seed),
            half=True,
        ),
    }


def _neural_em(cell: str, size: int, turns: int, problem: ShapesProblem, recipe: Recipe) -> Plan:
    make = seeded(functools.partial(NeuralEM.of, cell, 784, size, turns), recipe.seed)
    return Plan(make, problem, recipe, half=True)


STATIC, FLYING = ShapesProblem("static", 3, 4, 0.1), ShapesProblem("flying", 3, 3, 0.2)
LAST = dataclasses.replace(STATIC, last=True)
PLANS: dict[str, Plan] = {
    with_seed(name, seed): _neural_em(
        cell, 250, 15, problem, Recipe(4000, learning_rate=1e-3, batch=64, clip=0.0, seed=seed)
    )
    for name, cell, problem in (("n_em", "gradient", LAST), ("rnn_em", "recurrent", STATIC))
    for seed in SEEDS
}
PLANS["rnn_em_flying"] = _neural_em(
    "convolutional", 100, 20, FLYING, Recipe(4000, learning_rate=1e-3, batch=16, clip=0.0, seed=1)
)
for _seed in SEEDS[:3]:
    PLANS |= _autoencoders(_seed) | _fields("stripes", _seed) | _fields("hearts", _seed)
