"""Cases of the laws for optimizers, by hand and learned: see tests/laws/kinds.py."""

from __future__ import annotations

import torch

from mddl_lib.optimizers.by_hand import SGD
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.scoring import Trainings

DIGITS = Digits.random(32, 16)
PERCEPTRON = Perceptron(DIGITS, width=3, batch=4)
VECTOR = torch.zeros(5)
RUN = {"optimizer": SGD(), "optimizee": PERCEPTRON, "steps": 2, "runs": 2}

CALLS = {
    **{f"optimizers.by_hand.{name}": {} for name in ("SGD", "Momentum", "AdaGrad", "RMSProp", "Adam")},
    "optimizers.checks.constants": {"learning_rate": 0.1},
    "optimizers.checks.is_optimizer": {"optimizer": SGD()},
    "optimizers.checks.is_optimizee": {"optimizee": PERCEPTRON},
    "optimizers.checks.same_shape": {"gradients": VECTOR, "parameters": VECTOR},
    "optimizers.evaluation.minibatch_mean": {
        "optimizee": PERCEPTRON, "parameters": torch.zeros(2, PERCEPTRON.size), "steps": 2
    },
    "optimizers.evaluation.train": RUN,
    "optimizers.evaluation.train_losses": RUN,
    "optimizers.evaluation.tuned_adam": {},
    "optimizers.learned.dmoptimizer.DMoptimizer": {},
    "optimizers.learned.hyperadam.AdamCell": {"candidates": 2},
    "optimizers.learned.hyperadam.HyperAdam": {},
    "optimizers.learned.hyperadam.StateCell": {"candidates": 2},
    "optimizers.learned.hyperadam.WeightCell": {"candidates": 2},
    "optimizers.learned.rnnprop.RNNprop": {},
    "optimizers.learned.recurrent.as_batch": {"gradients": VECTOR, "parameters": VECTOR},
    "optimizers.meta_objective.MetaObjective": {"optimizee": PERCEPTRON},
    "optimizers.optimizees.convolutional.Convolutional": {"digits": DIGITS},
    "optimizers.optimizees.digits.check_digits": {"digits": DIGITS},
    "optimizers.optimizees.disguise.Disguise": {"optimizee": PERCEPTRON, "runs": 2, "generator": torch.Generator()},
    "optimizers.optimizees.perceptron.Perceptron": {"digits": DIGITS},
    "optimizers.optimizees.sequences.Sequences": {},
    "optimizers.rivals.CosineAdam": {},
    "optimizers.rivals.Prodigy": {},
    "optimizers.scoring.score": {
        "optimizer": SGD(), "trainings": Trainings("x", "0"), "optimizee": PERCEPTRON, "images": 2, "steps": 2
    },
    "optimizers.evaluation.generator_of": {"optimizee": PERCEPTRON, "seed": 0, "run": 0},
    "optimizers.studies.ablation.column": {"layers": 1},
    "optimizers.studies.horizon.column": {"steps": 1},
    "optimizers.studies.long_training.fingerprint": {"optimizer": SGD()},
    "optimizers.studies.long_training.name_of": {"optimizer": SGD()},
    "optimizers.studies.long_training.smoothed_end": {"losses": VECTOR, "window": 2},
    "optimizers.torch_adapter.TorchOptimizer": {"optimizer": SGD(), "parameters": [torch.zeros(3, requires_grad=True)]},
    "optimizers.torch_adapter.as_torch": {"optimizer": SGD(), "parameters": [torch.zeros(3, requires_grad=True)]},
}  # fmt: skip

NO_CASE = {
    "optimizers.learned.hyperadam.column_norms": "a step of a network that checked its gradients",
    "optimizers.learned.recurrent.zeros": "a step of a network; what it is given is checked by same_shape",
    "optimizers.learned.recurrent.Dense": "torch's layer with another start; its owner checks its sizes",
    "optimizers.learned.recurrent.Memory": "torch's layer with another start; its owner checks its sizes",
    "optimizers.optimizees.digits.Digits": "a record; its makers from_arrays and load check (tests/optimizers)",
    "optimizers.rows.activation_cells": "cells of a table; their parts check (tests/optimizers/test_scoring.py)",
    "optimizers.rows.sequence_cells": "cells of a table; their parts check (tests/optimizers/test_scoring.py)",
    "optimizers.rows.sequence_problems": "takes nothing",
    "optimizers.rows.itself": "hands back what it is given",
    "optimizers.studies.ablation.Variant": "a record of the plans; HyperAdam checks its numbers",
    "optimizers.studies.ablation.ablation_cells": "cells of a table; their parts check (tests/optimizers/test_studies.py)",
    "optimizers.studies.depth.depth_cells": "cells of a table; their parts check (tests/optimizers/test_studies.py)",
    "optimizers.studies.digits_networks.convolutional_cells": "cells of a table; their parts check (tests/optimizers/test_studies.py)",
    "optimizers.studies.horizon.horizon_cells": "cells of a table; their parts check (tests/optimizers/test_studies.py)",
    "optimizers.studies.long_training.kept_file": "a file's name",
    "optimizers.studies.long_training.train_long": "takes a file; what it refuses is in tests/optimizers/test_studies.py",
    "optimizers.studies.ablation.weights_name": "a name of a fixed list; another is refused (tests/optimizers/test_studies.py)",
    "optimizers.studies.digits_networks.OnTestDigits": "what the filler calls; train_long checks",
    "optimizers.studies.horizon.AfterSteps": "what the filler calls; train_long checks",
    "optimizers.scoring.Trainings": "a record of the tables: a name, a hash, a number",
    "optimizers.problems.Runs": "a record of the plans; what it loads checks its names",
}
