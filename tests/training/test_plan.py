"""The training command, end to end on a tiny plan: weights with a full header, resumed, and grown."""

from __future__ import annotations

import functools
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import mddl_lib
from data_fetch import load
from mddl_lib import catalogue
from mddl_lib.catalogue import networks, plans, weights_files
from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri import problems
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.images import centre_crop, crops, training_images
from mddl_lib.mri.problems import Slices
from mddl_lib.training import loop, weights
from mddl_lib.training import plan as module
from mddl_lib.training.loop import Run
from mddl_lib.training.plan import Plan, carry_out, grow
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.reconstruction import fit
from tests.problems import image

SIZE = 16
PLANS = plans()
PHANTOMS = Slices(20, ("phantom_brain",))
TINY = {
    "tiny": Plan(lambda: ADMMNet(-1), PHANTOMS, Recipe(iterations=6, seed=1)),
    "grown": Plan(lambda: ADMMNet(1), PHANTOMS, Recipe(iterations=2, learning_rate=1e-9), "tiny"),
    "cropped": Plan(lambda: ADMMCSNet(1, 2, 3), Slices(20, ("phantom_brain",), size=8), Recipe(iterations=1)),
    "half": Plan(lambda: ADMMCSNet(1, 2, 3), Slices(20, ("phantom_brain",), size=8), Recipe(iterations=1), half=True),
    "in parts": Plan(
        lambda: ADMMNet(0),
        PHANTOMS,
        Recipe(2, "lbfgs", images=3),
        before=(Recipe(3, turns=1, seed=5), Recipe(4, seed=6)),
    ),
}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "training_images", lambda names: image(SIZE, batch=4).float())
    monkeypatch.setattr(problems, "paper_radial", lambda percent: pseudo_radial((SIZE, SIZE), percent / 100))


def run(name: str, folder: Path, **options) -> Run:
    for plan in TINY.values():
        plan.problem.__dict__.pop("measured", None)  # what an earlier test measured
    return carry_out(name, TINY, folder / "weights", runs=folder / "runs", device="cpu", **options)


def test_a_plan_becomes_weights_that_load(tmp_path: Path) -> None:
    run("tiny", tmp_path)
    network = mddl_lib.load(tmp_path / "weights" / "tiny.safetensors")
    header = network.header
    assert header["data"] == {"phantom_brain": load("phantom_brain").sha256}
    assert header["seed"] == 1
    assert header["recipe"]["iterations"] == 6
    assert header["profile"] == "paper"
    assert header["config"] == {"stages": -1, "size": 3}
    assert len(header["source_sha256"]) == 16
    assert 0 < header["mean_loss_of_last_epoch"] < 1
    assert not network.training
    physics = MaskedFourier(pseudo_radial((SIZE, SIZE), 0.2))
    assert network(physics.A(image(SIZE).float()), physics).shape == (1, 1, SIZE, SIZE)


def test_matrices_are_kept_in_half_precision_where_the_plan_says_so(tmp_path: Path) -> None:
    run("half", tmp_path)
    run("cropped", tmp_path)
    kept, header = weights.read(tmp_path / "weights" / "half.safetensors")
    whole, _ = weights.read(tmp_path / "weights" / "cropped.safetensors")
    assert header["half"] is True
    assert {value.ndim > 1 for value in kept.values() if value.dtype == torch.float16} == {True}
    assert {value.ndim > 1 for value in kept.values() if value.dtype == torch.float32} == {False}
    loaded = mddl_lib.load(tmp_path / "weights" / "half.safetensors").state_dict()
    for key, value in loaded.items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, whole[key], rtol=1e-3, atol=1e-6)


def test_the_same_command_twice_gives_the_same_weights_and_trains_once(tmp_path: Path) -> None:
    run("tiny", tmp_path)
    first, _ = weights.read(tmp_path / "weights" / "tiny.safetensors")
    again = run("tiny", tmp_path)
    assert again.resumed_at == 6
    run("tiny", tmp_path / "elsewhere")
    for folder in (tmp_path, tmp_path / "elsewhere"):
        found, _ = weights.read(folder / "weights" / "tiny.safetensors")
        assert weights.tensors_sha256(found) == weights.tensors_sha256(first)


def test_a_grown_network_starts_from_the_smaller_one(tmp_path: Path) -> None:
    run("tiny", tmp_path)
    run("grown", tmp_path)
    small = mddl_lib.load(tmp_path / "weights" / "tiny.safetensors")
    grown = mddl_lib.load(tmp_path / "weights" / "grown.safetensors")
    assert grown.header["grown_from"] == "tiny"
    assert grown.header["start"]["recipe"]["iterations"] == 6
    assert grown.header["start"]["seconds"] == small.header["seconds"]
    assert small.header["start"] is None
    for stage in grown.stages:  # the learning rate of this plan moves nothing that counts
        for (name, a), b in zip(stage.named_parameters(), small.stages[0].parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-6, msg=name)


def test_the_network_that_a_plan_grows_from_is_trained_first_when_it_is_missing(tmp_path: Path) -> None:
    run("grown", tmp_path / "alone")
    assert [path.name for path in (tmp_path / "alone" / "weights").iterdir()] == ["grown.safetensors"]
    run("tiny", tmp_path)
    run("grown", tmp_path)
    found, expected = (
        weights.read(folder / "weights" / "grown.safetensors")[0] for folder in (tmp_path / "alone", tmp_path)
    )
    assert weights.tensors_sha256(found) == weights.tensors_sha256(expected)


def test_a_plan_in_parts_carries_out_one_recipe_after_the_other(tmp_path: Path) -> None:
    plan = TINY["in parts"]
    run("in parts", tmp_path)
    found, header = weights.read(tmp_path / "weights" / "in parts.safetensors")
    network, physics = ADMMNet(0), MaskedFourier(pseudo_radial((SIZE, SIZE), 0.2))
    for recipe in (*plan.before, plan.recipe):
        losses = fit(network, image(SIZE, batch=4).float(), physics, recipe, progress=False, device="cpu").losses
        assert len(losses) == recipe.iterations
    assert weights.tensors_sha256(found) == weights.tensors_sha256(network.state_dict())
    assert [part["iterations"] for part in header["before"]] == [3, 4]
    assert header["recipe"]["optimizer"] == "lbfgs"


def test_a_plan_in_parts_goes_on_in_the_part_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("in parts", tmp_path / "whole")
    real, calls = module.train, []

    def stopped(*arguments, **options):
        calls.append(options["checkpoint"].name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr(module, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        run("in parts", tmp_path)
    monkeypatch.setattr(module, "train", real)
    run("in parts", tmp_path)
    whole, resumed = (
        weights.read(folder / "weights" / "in parts.safetensors") for folder in (tmp_path / "whole", tmp_path)
    )
    assert weights.tensors_sha256(whole[0]) == weights.tensors_sha256(resumed[0])
    assert whole[1]["seconds"] is not None
    assert resumed[1]["seconds"] is None  # it does not know how long the first call took


def test_complex_plans_take_complex_images_and_the_mask_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    centred = np.zeros((SIZE, SIZE), dtype=np.float32)
    centred[SIZE // 2, SIZE // 2] = 1
    monkeypatch.setattr(problems, "load", lambda name: {"a mask": SimpleNamespace(array=centred)})
    monkeypatch.setattr(
        problems, "training_images", lambda names, modulus: image(SIZE, batch=4).float() + 1j * (not modulus)
    )
    images, physics, name = Slices(30, ("phantom_brain",), complex_mask="a mask").measured
    assert images.is_complex()
    assert not physics.real
    assert physics.mask[0, 0] == 1  # the zero frequency stands in the middle of the file, and at [0, 0] here
    assert physics.mask.sum() == 1
    assert name == "a mask of complex_brain_mr, 30 %"


def test_a_plan_of_another_network_on_crops_says_so(tmp_path: Path) -> None:
    run("cropped", tmp_path)
    network = mddl_lib.load(tmp_path / "weights" / "cropped.safetensors")
    assert isinstance(network, ADMMCSNet)
    assert network.header["network"] == "admm_csnet"
    assert network.header["config"] == {"stages": 1, "channels": 2, "size": 3}
    assert network.header["mask"] == "pseudo-radial, 8 x 8, 20 %"
    assert network.header["images"] == len(crops(image(SIZE, batch=4).float(), 8)) > 4


def test_crops_overlap_by_half_and_black_ones_are_left_out() -> None:
    x = torch.ones(1, 1, 8, 8)
    x[..., :4, :4] = 0
    found = crops(x, 4)
    assert found.shape == (8, 1, 4, 4)  # of 3 x 3, less the black one
    assert torch.equal(found[0], x[0, :, :4, 2:6])
    assert torch.equal(found[-1], x[0, :, 4:, 4:])
    with pytest.raises(ValueError, match=r"\(1, 1, 8, 8\): expected at least 9 x 9"):
        crops(x, 9)


def test_minutes_leave_unfinished_weights_elsewhere_and_the_next_call_goes_on(tmp_path: Path) -> None:
    run("tiny", tmp_path / "whole")
    shipped = tmp_path / "weights" / "tiny.safetensors"
    weights.save(shipped, ADMMNet(-1).state_dict(), {"kind": "weights"})
    kept = shipped.read_bytes()
    assert not run("tiny", tmp_path, minutes=0.0).finished
    assert shipped.read_bytes() == kept
    _, header = weights.read(tmp_path / "runs" / "unfinished" / "tiny.safetensors")
    assert (header["iterations"], header["finished"]) == (0, False)
    assert run("tiny", tmp_path, minutes=5.0).finished
    found, header = weights.read(shipped)
    assert (header["iterations"], header["finished"]) == (6, True)
    whole, _ = weights.read(tmp_path / "whole" / "weights" / "tiny.safetensors")
    assert weights.tensors_sha256(found) == weights.tensors_sha256(whole)


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("it trained"))
    with pytest.raises(
        PermissionError, match=r"file/weights cannot hold weights: Not a directory; \$MDDL_WEIGHTS names another folder"
    ):
        run("tiny", tmp_path / "file")


def test_checkpoints_that_cannot_be_written_name_their_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").touch()
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("it trained"))
    with pytest.raises(PermissionError, match=r"runs cannot hold checkpoints: .*\$MDDL_RUNS names another folder"):
        run("tiny", tmp_path)


def test_weights_go_where_a_variable_says_and_load_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a read-only install: the trained file lies in a folder of the reader's, and goes before the one that ships."""
    monkeypatch.setattr(catalogue, "plans", lambda: {"admm_net15_brain_20": TINY["tiny"]})
    monkeypatch.setattr(catalogue, "_plans_of", lambda field: {"admm_net15_brain_20": None} if field == "mri" else {})
    monkeypatch.setenv("MDDL_WEIGHTS", str(tmp_path / "mine"))
    assert mddl_lib.load("admm_net15_brain_20").config["stages"] == 15
    TINY["tiny"].problem.__dict__.pop("measured", None)
    mddl_lib.train("admm_net15_brain_20", runs=tmp_path / "runs", device="cpu")
    assert (tmp_path / "mine" / "admm_net15_brain_20.safetensors").is_file()
    assert mddl_lib.load("admm_net15_brain_20").header["data"] == {"phantom_brain": load("phantom_brain").sha256}


def test_a_plan_whose_data_changed_on_the_way_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three of six steps other images lie there: the header would name them alone, so the training stops."""
    real = loop._step

    def stops(objective, given, *rest):
        if given[1] == 3:
            raise KeyboardInterrupt
        return real(objective, given, *rest)

    monkeypatch.setattr(module, "train", functools.partial(module.train, checkpoint_every=1))
    monkeypatch.setattr(loop, "_step", stops)
    with pytest.raises(KeyboardInterrupt):
        run("tiny", tmp_path)
    monkeypatch.setattr(loop, "_step", real)
    monkeypatch.setattr(problems, "training_images", lambda names: image(SIZE, batch=5).float())
    with pytest.raises(
        ValueError, match=r"tiny\.safetensors is a checkpoint of another training: images is '\w+' there and"
    ):
        run("tiny", tmp_path)
    assert not (tmp_path / "weights" / "tiny.safetensors").exists()


def test_grow_copies_the_last_stage() -> None:
    small, large = ADMMNet(0), ADMMNet(2)
    with torch.no_grad():
        for number, stage in enumerate(small.stages):
            stage.rate.fill_(number)
        small.start.reconstruction.penalty.fill_(7)
    grow(large, small.state_dict())
    assert [float(stage.rate[0].detach()) for stage in large.stages] == [0, 1, 1, 1]
    assert float(large.start.reconstruction.penalty[0].detach()) == 7
    with torch.no_grad():
        large.stages[2].rate.fill_(9)
    assert float(large.stages[3].rate[0].detach()) == 1  # copies, not one tensor


def test_a_network_without_stages_starts_where_the_other_ended() -> None:
    first, second = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    grow(second, first.state_dict())
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(first.bias, second.bias)


def test_an_unknown_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="there is no plan 'tyni': expected one of tiny, grown, cropped, half, in parts"):
        run("tyni", tmp_path)


def test_every_plan_is_of_a_network_and_a_mask_that_exist() -> None:
    for name, plan in PLANS.items():
        network = plan.keep(plan.network()) if plan.keep else plan.network()
        assert type(networks()[network.family](network.config)) is type(network), name
        if isinstance(plan.problem, Slices):
            assert plan.problem.percent in (10, 20, 30, 40, 50), name
            assert plan.problem.size in (128, 256), name
        if plan.grown_from is not None:
            assert plan.grown_from in PLANS, name
            before = PLANS[plan.grown_from]
            smaller = before.keep(before.network()) if before.keep else before.network()
            assert plan.grow is not grow or smaller.family == network.family, name
            plan.grow(plan.network(), smaller.state_dict())  # a plan's own way takes what the other file holds


def test_training_images_are_moduli_cut_to_the_middle() -> None:
    x = training_images(["phantom_brain"], 128)
    assert x.shape == (len(load("phantom_brain")), 1, 128, 128)
    assert x.dtype == torch.float32
    assert x.flatten(1).max(1).values.tolist() == [1.0] * len(x)
    as_they_are = training_images(["phantom_brain"], 128, modulus=False)
    assert as_they_are.dtype == torch.complex64
    torch.testing.assert_close(as_they_are.abs(), x)
    middle = np.arange(30).reshape(5, 6)
    np.testing.assert_array_equal(centre_crop(middle, 3), middle[1:4, 1:4])
    with pytest.raises(ValueError, match=r"\(5, 6\): expected at least 8 x 8"):
        centre_crop(middle, 8)


@pytest.mark.parametrize("name", sorted(weights_files()))
def test_every_shipped_network_was_trained_by_its_plan(name: str) -> None:
    """The header says what was done when the weights were made, the plan what the command would do today."""
    header, plan = mddl_lib.load(name).header, PLANS[name]
    assert Recipe(**header["recipe"]) == plan.recipe  # what an older header leaves out had its default
    assert tuple(Recipe(**part) for part in header.get("before", [])) == plan.before
    assert header.get("half", False) == plan.half
    assert header["grown_from"] == plan.grown_from
    assert tuple(sorted(header["data"])) == tuple(sorted(plan.problem.data))
    assert header["config"] == (plan.keep or (lambda whole: whole))(plan.network()).config


def test_what_is_shipped_stays_small() -> None:
    """All weights together, packed as a wheel packs them: nine tenths of what a wheel of 25 MB holds."""
    assert sum(len(zlib.compress(path.read_bytes(), 6)) for path in weights_files().values()) <= 22.5e6
