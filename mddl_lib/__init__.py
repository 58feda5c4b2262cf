"""The library behind *Model-Driven Deep Learning, from energies to networks*.

Four calls are what most readers need: :func:`load` a trained network, :func:`evaluate` any ``model(y, physics)`` on a
data set, :func:`fit` a network to images of your own, :func:`save` it.
"""

from mddl_lib.catalogue import load, names, train
from mddl_lib.results.evaluation import evaluate
from mddl_lib.training.keeping import save
from mddl_lib.training.reconstruction import fit

__all__ = ["evaluate", "fit", "load", "names", "save", "train"]
