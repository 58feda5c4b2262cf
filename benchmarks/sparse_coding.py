"""Sparse codes of the standard setting: ISTA, FISTA and scikit-learn's Lasso to a relative accuracy of 1e-3 of the energy, and what
a pursuit network needs to come as near to the true codes as the lasso's minimiser does.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from sklearn.linear_model import Lasso

import mddl_lib
from benchmarks.timing import medians, show
from mddl_lib.catalogue import weights_files
from mddl_lib.core.unrolled import estimates
from mddl_lib.sparse_coding.pursuit import fista, ista, lasso
from mddl_lib.sparse_coding.setting import Setting, nmse_db

PENALTY, ACCURACY, MOST = 0.05, 1e-3, 4000


def turns_to(make: Callable, setting: Setting, signals: torch.Tensor, lowest: torch.Tensor) -> int:
    """Turns until every vector's energy is within the accuracy."""
    for turn, state in enumerate(make(setting.physics, PENALTY, MOST).iterates(signals, setting.physics)):
        if bool((lasso(state.estimate, signals, setting.physics, PENALTY) <= (1 + ACCURACY) * lowest).all()):
            return turn
    raise RuntimeError(f"{make.__name__} needs more than {MOST} turns")


def main(vectors: int = 64, repeats: int = 3) -> dict[str, float]:
    """Print the table; return {method: milliseconds a vector}."""
    setting = Setting()
    drawn = setting.draw(vectors, 0, "test")
    signals, physics = drawn.signals, setting.physics
    best = fista(physics, PENALTY, 3000)(signals, physics)
    lowest, floor = lasso(best, signals, physics, PENALTY), nmse_db(best, drawn.codes)
    candidates, notes = {}, {}
    for make in (ista, fista):
        turns = turns_to(make, setting, signals, lowest)
        network = make(physics, PENALTY, turns)
        candidates[make.__name__.upper()] = lambda network=network: network(signals, physics)
        notes[make.__name__.upper()] = f"{turns} turns"
    matrix, columns = physics.matrix.double().numpy(), signals[0, 0].T.double().numpy()
    peer = Lasso(alpha=PENALTY / len(matrix), fit_intercept=False, tol=1e-4, max_iter=10_000, precompute=True)
    candidates["scikit-learn's Lasso"] = lambda: [peer.fit(matrix, column).coef_ for column in columns]
    notes["scikit-learn's Lasso"] = "coordinate descent, Gram matrix computed first"
    for name in ("lista_noiseless", "lista_cpss_noiseless", "alista_noiseless"):
        if name not in weights_files():
            continue
        network = mddl_lib.load(name)
        errors = [nmse_db(x, drawn.codes) for x in estimates(network, signals, physics)]
        layers = next((k for k, error in enumerate(errors) if error <= floor), None)
        if layers is None:
            continue
        states = network.iterates

        def run(states=states, layers=layers) -> None:
            with torch.no_grad():
                for turn, _ in enumerate(states(signals, physics)):
                    if turn == layers:
                        return

        candidates[name], notes[name] = run, f"{layers} layers to the lasso's {floor:.1f} dB"
    found = {name: value / vectors for name, value in medians(candidates, repeats).items()}
    lines = [[name, f"{value:.3f}", f"{found['FISTA'] / value:.1f}", notes[name]] for name, value in found.items()]
    show(f"Sparse codes, λ = {PENALTY}", ["method", "ms a vector", "times faster than FISTA", "to the accuracy"], lines)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    main(**vars(parser.parse_args()))
