"""evaluate: any model(y, physics), scored image by image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import mddl_lib
from data_fetch import load
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.metrics import nmse, psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.competition.zero_filling import zero_filling
from mddl_lib.results.metric import Unit
from tests.stand_in import StandIn

MASK = pseudo_radial((256, 256), 0.2)


def score(model: Any, mask: Any = MASK, **options: Any) -> Any:
    return mddl_lib.evaluate(model, "phantom_brain", mask, images=2, progress=False, **options)


def test_scores_are_the_metrics_of_each_image() -> None:
    scores, physics = score(zero_filling), MaskedFourier(MASK)
    for index in range(2):
        sample = load("phantom_brain")[index]
        truth = torch.from_numpy(np.array(sample.array))[None, None]
        estimate = zero_filling(physics.A(truth), physics)
        assert scores.names[index] == sample.name
        assert scores.nmse[index] == float(nmse(estimate, truth))
        assert scores.psnr[index] == float(psnr(estimate, truth))
        assert scores.seconds[index] > 0
    assert scores.mean("psnr") == pytest.approx(np.mean(scores.psnr))
    assert scores.embedded
    assert scores.data == "phantom_brain"
    assert scores.data_sha256 == load("phantom_brain").sha256
    assert "2 images of phantom_brain" in str(scores)


class Module(nn.Module):
    def forward(self, y: Tensor, physics: Any) -> Tensor:
        assert not torch.is_grad_enabled()
        return physics.A_adjoint(y)


@pytest.mark.parametrize("mask", [MASK, MASK.numpy(), MASK.bool(), MaskedFourier(MASK), StandIn(MASK)])
def test_any_model_and_any_way_to_say_the_mask(mask: Any) -> None:
    expected = score(zero_filling).psnr
    assert score(Module(), mask).psnr == pytest.approx(expected, abs=1e-9)
    assert score(lambda y, physics: physics.A_adjoint(y), mask).psnr == pytest.approx(expected, abs=1e-9)


def test_a_loaded_data_set_will_do_and_all_its_images_are_taken() -> None:
    data = load("phantom_brain")
    assert len(mddl_lib.evaluate(zero_filling, data, MASK, progress=False).names) == len(data)
    assert len(mddl_lib.evaluate(zero_filling, data, MASK, images=len(data), progress=False).names) == len(data)


@pytest.mark.parametrize("count", [0, -3])
def test_no_images_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match=f"images is {count}: expected a whole number, 1 or more"):
        mddl_lib.evaluate(zero_filling, "phantom_brain", MASK, images=count)


def test_an_output_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"the model returned \(256, 256\), expected \(1, 1, 256, 256\)"):
        score(lambda y, physics: physics.A_adjoint(y)[0, 0])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_output_that_is_not_finite_is_named(value: float) -> None:
    name = load("phantom_brain")[0].name

    def model(y: Tensor, physics: Any) -> Tensor:
        return physics.A_adjoint(y) * value

    with pytest.raises(ValueError, match=f"{name}.*NaN or infinity"):
        score(model)


def test_an_output_that_is_no_tensor_is_named() -> None:
    with pytest.raises(ValueError, match="the model returned a ndarray: expected a tensor"):
        score(lambda y, physics: physics.A_adjoint(y).numpy())


def test_a_mask_of_another_size_is_named() -> None:
    with pytest.raises(ValueError, match="the image has 256 × 256 pixels, the mask 64 × 64"):
        score(zero_filling, MASK[:64, :64])
    with pytest.raises(ValueError, match="all zero"):
        score(zero_filling, torch.zeros(256, 256))


class Volumes:
    """Two volumes of three channels, as a data set whose samples have named parts and no ``array``."""

    name, sha256, embedded = "volumes", "ab", False

    class Sample:
        def __init__(self, index: int) -> None:
            self.name = f"subject {index}"
            self.parts = {"volume": np.random.default_rng(index).random((3, 4, 5, 6)).astype(np.float32)}

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Volumes.Sample:
        return self.Sample(index)


class Twice:
    """A physics of the caller's own."""

    def A(self, x: Tensor) -> Tensor:
        return 2 * x

    def A_adjoint(self, y: Tensor) -> Tensor:
        return 2 * y


def volume(sample: Any) -> Tensor:
    return torch.from_numpy(sample.parts["volume"])[None]


def worst(estimate: Tensor, truth: Tensor) -> Tensor:
    return (estimate - truth).abs().max()


def test_samples_and_metrics_of_other_kinds() -> None:
    def model(y: Tensor, physics: Twice) -> Tensor:
        return physics.A_adjoint(y) / 8

    metrics = {"worst": worst, "mean": lambda x, t: float((x - t).mean())}
    subject = Unit("subject", "subjects")
    scores = mddl_lib.evaluate(model, Volumes(), Twice(), truth=volume, metrics=metrics, unit=subject)
    truths = [volume(Volumes()[index]) for index in range(2)]
    assert scores.names == ["subject 0", "subject 1"]
    assert scores.worst == pytest.approx([float(truth.max()) / 2 for truth in truths])
    assert scores.values["mean"] == pytest.approx([-float(truth.mean()) / 2 for truth in truths])
    assert str(scores).startswith("2 subjects of volumes: worst 0.")
    assert scores.mean("worst") == pytest.approx(np.mean(scores.worst))
    with pytest.raises(KeyError, match=r"no 'psnr': expected one of \['worst', 'mean', 'seconds'\]"):
        scores.mean("psnr")
    with pytest.raises(AttributeError, match="no 'psnr'"):
        _ = scores.psnr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"truth": lambda sample: sample.parts["volume"]}, "subject 0: truth gave a ndarray: expected a tensor"),
        ({"metrics": {"error": lambda x, t: (x - t).abs()}}, r"subject 0: metric error gave \(1, 3, 4, 5, 6\)"),
        ({"metrics": {"error": lambda x, t: None}}, "subject 0: metric error gave NoneType: expected one number"),
    ],
)
def test_what_is_not_one_number_of_a_tensor_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mddl_lib.evaluate(lambda y, physics: y / 2, Volumes(), Twice(), **{"truth": volume, "metrics": {}, **options})


def test_an_array_that_is_no_picture_is_named() -> None:
    class Colour(Volumes.Sample):
        array = np.zeros((4, 4, 3), np.float32)

    data = Volumes()
    data.Sample = Colour  # type: ignore[misc]
    with pytest.raises(ValueError, match=r"subject 0: an array of shape \(4, 4, 3\) is no picture.*truth="):
        mddl_lib.evaluate(lambda y, physics: y, data, Twice())


def test_what_the_physics_or_the_model_refuses_names_the_image() -> None:
    name = load("phantom_brain")[0].name
    with pytest.raises(ValueError, match=f"^{name}: "):
        score(zero_filling, MASK[:64, :64])

    def refuses(y: Tensor, physics: Any) -> Tensor:
        raise ValueError("not this one")

    with pytest.raises(ValueError, match=f"^{name}: not this one"):
        score(refuses)
    with pytest.raises(RuntimeError) as caught:
        score(lambda y, physics: physics.A_adjoint(y) @ torch.zeros(3, 3))
    assert caught.value.__notes__ == [f"while {name} of phantom_brain was scored"]


def test_scores_can_be_copied_and_pickled() -> None:
    import copy
    import pickle

    scores = score(zero_filling)
    assert copy.deepcopy(scores) == pickle.loads(pickle.dumps(scores)) == scores
