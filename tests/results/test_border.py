"""The border of evaluate: what a reader hands over is cast, moved, or refused in words; never a number without a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import mddl_lib
from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import place_of
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.competition.zero_filling import zero_filling
from mddl_lib.results import evaluation
from mddl_lib.results.cells import fill
from mddl_lib.results.metric import IMAGE
from mddl_lib.results.scores import paired, spread
from mddl_lib.results.tables import ResultTable
from mddl_lib.training.recipe import Recipe

MASK = pseudo_radial((32, 32), 0.4)
PICTURES = [np.random.default_rng(index).random((32, 32)) for index in range(3)]


def score(model: Any = zero_filling, data: Any = PICTURES, mask: Any = MASK, **options: Any) -> Any:
    return mddl_lib.evaluate(model, data, mask, progress=False, **options)


class Learned(nn.Module):
    """A network of a reader's own: a convolution of Aᴴy, in single precision."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, y: Tensor, physics: Any) -> Tensor:
        return self.layer(physics.A_adjoint(y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("network", [Learned(), ADMMNet(-1)])
def test_a_network_is_handed_its_own_precision(network: nn.Module, dtype: type) -> None:
    scores = score(network, [PICTURES[0].astype(dtype)])
    assert scores.psnr == pytest.approx(score(network, [PICTURES[0].astype(np.float32)]).psnr, abs=1e-3)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_pictures_of_either_precision(dtype: type) -> None:
    picture = (PICTURES[0] + 1j * PICTURES[1]).astype(dtype)
    scores = score(ADMMCSNet(1, 2, 3), [picture])
    assert scores.nmse == pytest.approx(score(ADMMCSNet(1, 2, 3), [picture.astype(np.complex64)]).nmse, rel=1e-4)
    with pytest.raises(ValueError, match="picture 0: ADMMNet takes real images, and this physics makes complex ones"):
        score(ADMMNet(-1), [picture])


def test_pictures_in_hand_are_data() -> None:
    listed, stacked, tensors = (
        score(),
        score(data=np.stack(PICTURES)),
        score(data=[torch.from_numpy(x) for x in PICTURES]),
    )
    assert listed.names == ["picture 0", "picture 1", "picture 2"]
    assert listed.values == stacked.values == tensors.values
    assert listed.data_sha256 == tensors.data_sha256
    assert listed.data_sha256 != score(data=PICTURES[:2]).data_sha256
    assert not listed.embedded


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([], ValueError, "data holds no picture"),
        ([1, 2], TypeError, "data is a list: expected a data set's name"),
        (7, TypeError, "data is a int: expected a data set's name, a loaded one"),
        (
            [np.zeros((2, 32, 32))],
            ValueError,
            r"picture 0: an array of shape \(2, 32, 32\).*array\[0\] \+ 1j \* array\[1\]",
        ),
        ([np.zeros((4, 32, 32))], ValueError, r"picture 0: an array of shape \(4, 32, 32\) is no picture"),
        ([np.zeros((32, 32), np.uint8)], ValueError, "picture 0: the picture holds uint8: expected real or complex"),
        ([np.zeros((32, 32), bool)], ValueError, "picture 0: the picture holds bool: expected real or complex"),
    ],
)
def test_data_of_another_kind_is_named(data: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        score(data=data)


@pytest.mark.parametrize("images", [0, -1, True, 2.5, "2", float("nan")])
def test_a_number_of_images_that_is_none(images: Any) -> None:
    with pytest.raises(ValueError, match=f"images is {images!r}: expected"):
        score(images=images)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.long(), "the model returned torch.int64: expected real or complex numbers, not whole ones"),
        (lambda x: x > 0, "the model returned torch.bool: expected"),
        (lambda x: x + 0j, "the model returned torch.complex128 for a real image: expected real numbers"),
    ],
)
def test_a_model_that_returns_numbers_of_another_kind(change: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"picture 0: {message}"):
        score(lambda y, physics: change(physics.A_adjoint(y)))


def test_what_is_nothing_to_call() -> None:
    with pytest.raises(TypeError, match="model is 'net': expected something to call"):
        score("net")
    with pytest.raises(TypeError, match="psnr is None: expected something to call"):
        score(metrics={"psnr": None})


def test_a_network_and_its_physics_meet_on_one_device() -> None:
    """What fit leaves on a GPU is scored there; a function computes where its physics lies."""
    away = nn.Conv2d(1, 1, 3, device="meta")
    here = MaskedFourier(MASK)
    assert place_of(away, here) == torch.device("meta")
    assert place_of(zero_filling, MaskedFourier(MASK).to("meta")) == torch.device("meta")
    assert place_of(zero_filling, MASK) == torch.device("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_after_fit_on_a_gpu_the_network_is_scored() -> None:
    physics, network = MaskedFourier(MASK), Learned()
    x = torch.from_numpy(np.stack(PICTURES))[:, None].float()
    mddl_lib.fit(network, x, physics, Recipe(iterations=2), progress=False)
    assert next(network.parameters()).is_cuda
    on_gpu = score(network, mask=physics).psnr
    assert on_gpu == pytest.approx(score(network, mask=MASK).psnr, abs=1e-3)
    assert on_gpu == pytest.approx(score(network.cpu(), mask=physics).psnr, abs=1e-3)


def test_four_coils_are_refused_in_words() -> None:
    physics = MaskedFourier(MASK, real=False)
    y = torch.zeros(1, 4, 32, 32, dtype=torch.complex64)
    for name in ("admm_net15_brain_20", "admm_csnet10_brain_20", "admm_csnet10_complex_random_20"):
        if name in mddl_lib.names():
            with pytest.raises(ValueError, match=r"expected"):
                mddl_lib.load(name)(y, physics)


def test_more_images_than_there_are_is_said() -> None:
    with pytest.warns(UserWarning, match="images is 99: pictures in hand has 3, and all of them are scored"):
        assert len(score(images=99).names) == 3


@pytest.mark.parametrize("name", ["images", "check", "threads"])
@pytest.mark.parametrize("count", [0, -1, True, 2.5])
def test_counts_of_fill(name: str, count: Any) -> None:
    with pytest.raises(ValueError, match=f"{name} is {count!r}: expected a whole number, 1 or more"):
        fill(ResultTable.load("admm_net_brain", "smoke"), [], "phantom_brain", **{name: count})


def test_methods_are_compared_on_as_many_units() -> None:
    with pytest.raises(ValueError, match="1 values and 3: expected one of each method for the same images"):
        paired([1.0], [1.0, 2.0, 3.0], evaluation.DESCRIBED["psnr"], IMAGE)
    with pytest.raises(ValueError, match="no values: expected one or more"):
        spread([])
