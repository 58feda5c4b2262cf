"""Cases of the laws for statistical models and their networks: see tests/laws/kinds.py."""

from __future__ import annotations

import torch

from mddl_lib.statistics.autoencoder import VariationalAutoencoder
from mddl_lib.statistics.gaussian_mixture import start
from mddl_lib.statistics.iterative.encoders import IterativeStep
from mddl_lib.statistics.iterative.latent_model import Belief, Bound, LatentModel
from mddl_lib.statistics.neural_em.m_steps import RecurrentStep
from mddl_lib.statistics.neural_em.pixel_mixture import PixelLikelihood
from mddl_lib.statistics.random_fields.dense_crf import PairTerms
from mddl_lib.statistics.random_fields.filters import kernels
from mddl_lib.statistics.random_fields.tasks import Labelled
from mddl_lib.training.recipe import Recipe
from tests.laws.pieces import draw

POINTS = draw(30, 2)
MIXTURE = start(POINTS, 3)
GAMMA = draw(30, 3).softmax(1)
PATCHES = start(draw(80, 4), 2)
PIXELS, NATURAL = (draw(2, 9) > 0).double(), draw(2, 3, 9)
SHARES = draw(2, 3, 9).softmax(1)
BERNOULLI = PixelLikelihood()
OWNERS = torch.tensor([[0, 1, 1, 2, 2, -1, 0, 1, 2]])
MODEL = LatentModel(9, 2, 5)
DIGITS = (draw(2, 9) > 0).float()
BOUND = Bound(MODEL, torch.zeros(4, 2, 2))
BELIEF = Belief.prior(2, 2)
IMAGE = draw(1, 1, 6, 7).sigmoid()
Q, UNARY = draw(1, 2, 6, 7).softmax(1), draw(1, 2, 6, 7)
FIELD = {"filters": kernels(IMAGE), "terms": PairTerms.potts((1.0, 2.0), 2)}
KERNEL = sum(each.kernel[0] for each in FIELD["filters"])
SMALL = {"filters": kernels(IMAGE[..., :2, :3]), "terms": FIELD["terms"]}
LABELS = torch.zeros(1, 6, 7, dtype=torch.long)
RECIPE = Recipe(1)

CALLS = {
    "statistics.autoencoder.VariationalAutoencoder": {},
    "statistics.autoencoder.train": {
        "network": VariationalAutoencoder(9, 4, 2), "pictures": DIGITS, "turns": 1, "batch": 2,
    },
    "statistics.gaussian_mixture.log_densities": {"points": POINTS, "mixture": MIXTURE},
    "statistics.gaussian_mixture.e_step": {"points": POINTS, "mixture": MIXTURE},
    "statistics.gaussian_mixture.m_step": {"points": POINTS, "responsibilities": GAMMA},
    "statistics.gaussian_mixture.start": {"points": POINTS, "count": 3},
    "statistics.patch_prior.patch_vectors": {"image": draw(12, 13), "size": 3},
    "statistics.patch_prior.learn": {"patches": draw(60, 4), "count": 2, "turns": 1},
    "statistics.patch_prior.denoise": {"noisy": draw(8, 9), "sigma": 0.1, "mixture": PATCHES},
    "statistics.iterative.autoencoders.IterativeAutoencoder": {},
    "statistics.iterative.autoencoders.IterativeEncoder": {},
    "statistics.iterative.autoencoders.OneStepAutoencoder": {},
    "statistics.iterative.encoders.OneStepEncoder": {},
    "statistics.iterative.encoders.GradientAscent": {},
    "statistics.iterative.encoders.IterativeStep": {},
    "statistics.iterative.encoders.encode_gradient": {"gradient": draw(2, 4)},
    "statistics.iterative.encoders.iterative": {"step": IterativeStep(2, 4)},
    "statistics.iterative.latent_model.LatentModel": {},
    "statistics.iterative.latent_model.Bound": {"model": MODEL, "noise": torch.zeros(4, 2, 2)},
    "statistics.iterative.latent_model.importance_weighted": {"model": MODEL, "x": DIGITS, "belief": BELIEF, "draws": 3},
    "statistics.iterative.measuring.measure": {"model": MODEL, "x": DIGITS, "belief": BELIEF, "weighted": False},
    "statistics.iterative.measuring.drawn": {"model": MODEL, "count": 2, "draws": 3},
    "statistics.iterative.objective.binary": {"grey": draw(2, 9).sigmoid()},
    "statistics.iterative.objective.BoundObjective": {
        "grey": draw(2, 9).sigmoid(), "name": "digits", "draws": 2, "recipe": RECIPE,
    },
    "statistics.neural_em.convolutional.ConvolutionalStep": {},
    "statistics.neural_em.m_steps.ClosedForm": {"basis": draw(9, 2)},
    "statistics.neural_em.m_steps.GradientStep": {},
    "statistics.neural_em.m_steps.RecurrentStep": {},
    "statistics.neural_em.network.NeuralEM": {"m_step": RecurrentStep(9, 4), "turns": 2},
    "statistics.neural_em.network.groups": {"responsibilities": SHARES},
    "statistics.neural_em.objective.grouping_loss": {"x": PIXELS, "natural": NATURAL, "responsibilities": SHARES},
    "statistics.neural_em.objective.ShapesProblem": {},
    "statistics.neural_em.pictures.hatch": {"component": 1, "height": 5, "width": 6},
    "statistics.neural_em.pictures.assignment": {"responsibilities": SHARES[0], "pixels": PIXELS[0]},
    "statistics.neural_em.pixel_mixture.PixelLikelihood": {},
    "statistics.neural_em.pixel_mixture.e_step": {"x": PIXELS, "natural": NATURAL, "likelihood": BERNOULLI},
    "statistics.neural_em.pixel_mixture.log_likelihood": {"x": PIXELS, "natural": NATURAL, "likelihood": BERNOULLI},
    "statistics.neural_em.pixel_mixture.expected_log_likelihood": {
        "x": PIXELS, "natural": NATURAL, "responsibilities": SHARES, "likelihood": BERNOULLI,
    },
    "statistics.neural_em.pixel_mixture.first_responsibilities": {"images": 1, "components": 2, "pixels": 4},
    "statistics.neural_em.scoring.adjusted_mutual_information": {"owners": OWNERS, "found": OWNERS.clamp_min(0)},
    "statistics.neural_em.scoring.places": {"pixels": PIXELS[0], "side": 3},
    "statistics.neural_em.shapes.static": {"count": 1},
    "statistics.neural_em.shapes.flying": {"count": 1, "frames": 2},
    "statistics.neural_em.shapes.flipped": {"pixels": PIXELS, "share": 0.1},
    "statistics.random_fields.crf_rnn.MeanFieldStage": {"labels": 2},
    "statistics.random_fields.crf_rnn.CRFRNN": {"labels": 2},
    "statistics.random_fields.dense_crf.messages": {"q": Q, **FIELD},
    "statistics.random_fields.dense_crf.energy": {"labels": LABELS, "unary": UNARY, **FIELD},
    "statistics.random_fields.dense_crf.free_energy": {"q": Q, "unary": UNARY, **FIELD},
    "statistics.random_fields.dense_crf.parallel": {"q": Q, "unary": UNARY, **FIELD},
    "statistics.random_fields.dense_crf.exact": {
        "unary": UNARY[..., :2, :3], "kernel": torch.zeros(6, 6, dtype=torch.float64), "terms": FIELD["terms"],
    },
    "statistics.random_fields.filters.DenseFilter": {"features": IMAGE},
    "statistics.random_fields.filters.WindowFilter": {"features": IMAGE, "radius": 2},
    "statistics.random_fields.filters.spatial_features": {"grid": (3, 4), "theta": 1.0},
    "statistics.random_fields.filters.kernels": {"image": IMAGE},
    "statistics.random_fields.objective.LabelsObjective": {"data": Labelled(IMAGE, LABELS), "recipe": RECIPE},
    "statistics.random_fields.objective.FieldProblem": {},
    "statistics.random_fields.proximal.proximal_step": {"q": Q, "unary": UNARY, **FIELD, "step": 1.0},
    "statistics.random_fields.proximal.largest_slope": {"kernel": KERNEL, "terms": FIELD["terms"]},
    "statistics.random_fields.scoring.overlaps": {"found": LABELS, "truth": LABELS, "labels": 2},
    "statistics.random_fields.scoring.boundary_score": {"found": LABELS, "truth": LABELS},
    "statistics.random_fields.segmenter.Segmenter": {"labels": 2},
    "statistics.random_fields.tasks.striped_patches": {"count": 1, "side": 12},
}  # fmt: skip

EM, ITERATIVE, FIELDS = (f"tests/statistics/{room}" for room in ("neural_em", "iterative", "random_fields"))
NO_CASE = {
    "statistics.gaussian_mixture.expectation_maximisation": "an iterator: what its steps refuse stands above",
    "statistics.latent": "what it refuses stands in tests/statistics/test_latent.py",
    "statistics.patch_file": "what it refuses stands in tests/statistics/test_latent.py",
    "statistics.variational_mixture": "an iterator; what it refuses stands in tests/statistics/test_mixtures.py",
    "statistics.iterative.encoders.FromThePrior": "a start; the bound refuses for it",
    "statistics.iterative.encoders.adam_ascent": f"an iterator; what it refuses stands in {ITERATIVE}/test_encoders.py",
    "statistics.iterative.latent_model.check_pictures": "it is what refuses",
    "statistics.iterative.latent_model.hidden_layers": "a part of the networks, which refuse for it",
    "statistics.iterative.objective.DigitsProblem": "a plan's problem: its objective's refusals stand beside it",
    "statistics.iterative.objective.onto_decoder": "a plan's start: it copies what a file holds",
    "statistics.iterative.objective.inference_alone": "a plan's end: it takes what was trained",
    "statistics.iterative.scoring": "they make cells of a table: tests/statistics/iterative/test_encoders.py",
    "statistics.iterative.tuning": "it tunes what ships",
    "statistics.neural_em.m_steps.expect_nothing": "it fills a module that a step has made",
    "statistics.neural_em.objective.ShapesObjective": f"what it refuses stands in {EM}/test_network.py",
    "statistics.neural_em.pixel_mixture.check": "it is what refuses",
    "statistics.neural_em.rows": "they make cells of a table",
    "statistics.neural_em.scoring.by_hand": "slow; its EM refuses for it",
    "statistics.neural_em.shapes.templates": "it takes nothing",
    "statistics.plans": "they make plans",
    "statistics.random_fields.crf_rnn.FromUnary": "a start; what it refuses stands in tests/statistics/random_fields/test_field.py",
    "statistics.random_fields.dense_crf.sequential": f"an iterator: {FIELDS}/test_field.py",
    "statistics.random_fields.filters.check_features": "it is what refuses",
    "statistics.random_fields.rows": "they make cells of a table",
    "statistics.random_fields.tuning": "it tunes what ships",
    "statistics.trainings": f"what it refuses stands in {ITERATIVE}/test_trainings.py",
    "statistics.iterative.encoders.iterative as a network": "its law: tests/statistics/iterative/test_encoders.py::"
    "test_an_inference_network_that_returns_belief_and_gradient_is_gradient_ascent",
    "statistics.random_fields.crf_rnn.CRFRNN as a network": "its law: tests/statistics/random_fields/test_field.py::"
    "test_set_to_the_crfs_constants_the_network_is_mean_field",
    "statistics.random_fields.proximal.proximal_step as a shrinkage": "of beliefs; tests/statistics/random_fields/test_proximal.py "
    "holds it to the minimum that it is",
}
