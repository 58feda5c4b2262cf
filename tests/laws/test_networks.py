"""Every network: it is its algorithm, each estimate hangs on each parameter of its stage, and nothing else disturbs it."""

from __future__ import annotations

import ast
import copy

import pytest
import torch
from torch import Tensor, nn

from mddl_lib import catalogue, check
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import Unrolled
from tests.laws import discovery
from tests.laws.kinds import NetworkCase
from tests.problems import problem

CASES: dict[str, NetworkCase] = discovery.cases("NETWORKS")

OPTIMIZERS = "tests/optimizers/test_learned.py::"
SHAPES = "tests/shapes/test_networks.py::"
STATISTICS = "tests/statistics/"
PURSUIT = "tests/sparse_coding/test_networks.py::"
ELSEWHERE = {
    "hyperadam": OPTIMIZERS + "test_hyperadam_with_constant_rates_and_a_one_hot_weight_field_is_adam",
    # the two others have no setting that is an algorithm: their tanh and their logarithm allow none
    "rnnprop": OPTIMIZERS + "test_every_parameter_matters",
    "dmoptimizer": OPTIMIZERS + "test_every_parameter_matters",
    "learned_descent": "tests/restoration/range_field/test_descent.py::test_the_network_is_naive_gradient_descent_at_every_turn",
    "fusion_net": "tests/segmentation/test_fusion_net.py::test_with_raw_patches_it_is_patch_based_fusion",
    "pixel_net": "tests/segmentation/test_rivals.py::test_a_network_without_atlases_sees_the_target_alone",
    **dict.fromkeys(
        ("generator_at_half_size", "generators_at_half_size"),
        "tests/synthesis/test_game.py::test_at_half_size_a_generator_is_halve_generate_double",
    ),
    "proximal_dehaze_net": "tests/dehazing/test_splitting.py::test_with_supplied_operators_a_stage_is_half_quadratic_splitting",
    "region_net": "tests/segmentation/test_rivals.py::test_logits_have_the_pictures_size_and_every_parameter_matters",
    "shape_net": "tests/segmentation/test_rivals.py::test_a_reconstruction_is_the_transposed_layer",
    "context_net": "tests/segmentation/test_rivals.py::test_logits_have_the_pictures_size_and_every_parameter_matters",
    "st_net": SHAPES + "test_without_learned_layers_st_net_is_the_second_order_descriptor_and_its_distance",
    "surf_ml_net": SHAPES + "test_without_a_metric_it_is_the_mean_descriptor",
    "shape_chebnet": SHAPES + "test_spectral_and_spatial_filters_are_one",
    **dict.fromkeys(("lista", "coupled_lista"), PURSUIT + "test_set_to_its_algorithm_it_is_its_algorithm"),
    "group_pursuit": PURSUIT + "test_group_pursuit_is_proximal_descent",
    "robust_pursuit": PURSUIT + "test_robust_pursuit_is_proximal_descent_and_finds_the_minimum",
    **dict.fromkeys(
        ("iterative_autoencoder", "iterative_encoder"),
        STATISTICS
        + "iterative/test_encoders.py::test_an_inference_network_that_returns_belief_and_gradient_is_gradient_ascent",
    ),
    "one_step_autoencoder": STATISTICS + "iterative/test_bounds.py::test_the_bound_is_torchs_terms",
    "neural_em": STATISTICS + "neural_em/test_network.py::test_with_the_closed_form_for_the_recurrent_network_it_is_em",
    "segmenter": STATISTICS
    + "random_fields/test_segmenter.py::test_what_follows_the_unary_begins_as_the_tuned_crf_or_as_nothing",
    "adder": "tests/deep/test_adding_and_ring.py::test_an_lstm_step_is_its_formula",
    "ring_game": "tests/deep/test_adding_and_ring.py::test_each_player_moves_its_own_numbers_down_its_own_loss",
    "unet": "tests/deep/test_maps.py::test_maps_have_the_images_size_and_every_parameter_matters",
    "monotone_frame": "tests/restoration/plug_and_play/test_monotone_frame.py::test_set_to_soft_shrinkage_it_is_cycle_spinning",
    "dncnn": "tests/restoration/test_denoiser.py::test_it_is_the_image_minus_the_convolutions",
}
"""names in the catalogue that are no ``network(y, physics)``, and the test that holds their law instead"""

each = pytest.mark.parametrize("name", CASES)
LEARNED = [name for name, case in CASES.items() if list(case.make().parameters())]


def scattered(network: nn.Module) -> nn.Module:
    """In doubles, every parameter moved a little at random: no two stages are alike, nothing is symmetric."""
    generator = torch.Generator().manual_seed(0)
    network = network.double()
    with torch.no_grad():
        for parameter in network.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64).clamp(-2, 2)
            parameter.mul_(1 + 0.1 * noise).add_(0.02 * noise)
    return network


def measured(batch: int = 1, double: bool = True) -> tuple[MaskedFourier, Tensor]:
    physics, _, y = problem(40, batch=batch)
    return physics, y if double else y.to(torch.complex64)


def test_every_network_has_a_case() -> None:
    fault = discovery.compare(discovery.networks(), CASES, discovery.no_case("network"))
    assert not fault, fault


def test_every_name_in_the_catalogue_has_a_case() -> None:
    families = {getattr(case.make(), "family", None) for case in CASES.values()}
    fault = discovery.compare(catalogue.networks(), families - {None}, ELSEWHERE)
    assert not fault, f"{fault} (a class's `family` is its name there)"


def exists(test: str) -> bool:
    """Whether a test that is named path::name stands where it is said to."""
    path, name = test.split("::")
    body = ast.parse((discovery.ROOT / path).read_text()).body
    return name in {node.name for node in body if hasattr(node, "name")}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_held_elsewhere_is(name: str) -> None:
    assert exists(ELSEWHERE[name]), f"{ELSEWHERE[name]} does not exist"


@each
def test_it_is_its_algorithm(name: str) -> None:
    identity = CASES[name].identity
    if isinstance(identity, str):
        assert exists(identity), f"{identity} does not exist"
        return
    ours, algorithm, tolerance = identity()
    physics, y = measured()
    assert check.is_algorithm(_Recorded(ours), algorithm, y, physics, tolerance) < tolerance


class _Recorded:
    """Estimates that were computed before, as a network gives them."""

    def __init__(self, estimates: list[Tensor]) -> None:
        self.states = [type("State", (), {"estimate": estimate}) for estimate in estimates]

    def __call__(self, y: Tensor, physics: object) -> Tensor:
        return self.states[-1].estimate

    def iterates(self, y: Tensor, physics: object) -> list:
        return self.states


@pytest.mark.parametrize("name", LEARNED)
def test_an_estimate_depends_on_each_parameter_of_its_stage_and_on_no_later_one(name: str) -> None:
    network = scattered(CASES[name].make())
    physics, _ = measured()
    noise = torch.randn(1, 1, 40, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    assert isinstance(network, Unrolled)
    names, parameters = zip(*network.named_parameters(), strict=True)
    for turn, state in enumerate(network.iterates(CASES[name].noise * physics.A(noise), physics)):
        if turn == 0 and not list(network.start.parameters()):
            continue
        gradients = torch.autograd.grad(state.estimate.square().sum(), parameters, retain_graph=True, allow_unused=True)
        for key, gradient in zip(names, gradients, strict=True):
            stage = 0 if key.startswith("start") else int(key.split(".")[1]) + 1
            assert (gradient is not None) == (stage <= turn), f"turn {turn} and {key}"
            if stage <= turn:
                assert gradient.norm() > 0, f"the estimate of turn {turn} does not use {key}"


@each
def test_twice_the_same_and_nothing_is_changed(name: str) -> None:
    network, (physics, y) = CASES[name].make().eval(), measured(double=False)
    before, kept = {key: value.clone() for key, value in network.state_dict().items()}, y.clone()
    with torch.no_grad():
        assert torch.equal(network(y, physics), network(y, physics))
    assert torch.equal(y, kept)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


@each
def test_a_batch_is_one_by_one(name: str) -> None:
    network, (physics, y) = CASES[name].make().double().eval(), measured(batch=2)
    with torch.no_grad():
        if CASES[name].one_image:
            with pytest.raises(ValueError, match=r"expected \(1, 1, height, width\)"):
                network(y, physics)
            return
        together = network(y, physics)
        for b in range(2):
            torch.testing.assert_close(together[b : b + 1], network(y[b : b + 1], physics), rtol=0, atol=1e-12)


@each
def test_single_and_double_precision(name: str) -> None:
    """A network computes in its own precision, whatever it is given; an algorithm in the measurement's. The two agree."""
    network, (physics, y) = CASES[name].make().eval(), measured()
    learned = bool(list(network.parameters()))
    with torch.no_grad():
        single, mixed = network(y.to(torch.complex64), physics), network(y, physics)
        double = copy.deepcopy(network).double()(y, physics)
    assert single.dtype == torch.float32
    assert mixed.dtype == (torch.float32 if learned else torch.float64)
    assert double.dtype == torch.float64
    torch.testing.assert_close(single.double(), double, rtol=0, atol=CASES[name].agreement)


@each
def test_nothing_is_left_behind_when_it_moves(name: str) -> None:
    """Each tensor that it holds is a parameter or a buffer: `.to` finds it."""
    network = CASES[name].make().to("meta")
    assert all(tensor.device.type == "meta" for tensor in [*network.parameters(), *network.buffers()])
    for place, module in network.named_modules():
        stray = [key for key, value in vars(module).items() if isinstance(value, Tensor)]
        assert not stray, f"{place}: {stray} would stay where it was"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@each
def test_on_a_gpu_it_is_the_same(name: str) -> None:
    network, (physics, y) = CASES[name].make().double().eval(), measured()
    with torch.no_grad():
        expected = network(y, physics)
        network, there = network.to("cuda"), physics.to("cuda")
        torch.testing.assert_close(network(y.cuda(), there).cpu(), expected, rtol=0, atol=1e-8)
        with pytest.raises(ValueError, match="expected one device"):
            network(y, there)


@each
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda y: y.real, "complex"),
        (lambda y: (255 * y.real).to(torch.uint8), "expected"),
        (lambda y: torch.cat([y.real, y.imag], 1), r"complex|one image"),
        (lambda y: y.expand(1, 4, -1, -1), r"expected \(batch, 1, height, width\)|expected \(1, 1, height, width\)"),
        (lambda y: y[..., :-1], "expected"),
        (lambda y: y[0], "expected"),
        (lambda y: y * float("nan"), "NaN or infinity"),
        (lambda y: y.tolist(), "is a list: expected a tensor"),
    ],
    ids=["real part", "8 bits", "pair", "coils", "size", "no batch", "NaN", "list"],
)
def test_what_is_no_measurement_is_refused(name: str, bad: object, message: str) -> None:
    network, (physics, y) = CASES[name].make(), measured(double=False)
    with pytest.raises((ValueError, TypeError), match=message):
        network(bad(y), physics)


@each
def test_what_is_no_physics_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=r"expected an object with A\(x\) and A_adjoint\(y\)"):
        CASES[name].make()(measured(double=False)[1], object())
