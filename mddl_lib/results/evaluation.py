"""Score any ``model(y, physics)`` on a data set: how a reader puts a method of their own into our tables."""

from __future__ import annotations

import functools
import hashlib
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.core.metrics import nmse, psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import in_precision_of, place_of
from mddl_lib.environment import quiet
from mddl_lib.results.metric import IMAGE, Metric, Unit
from mddl_lib.results.scores import Scores

METRICS: dict[str, Callable[[Tensor, Tensor], Any]] = {"nmse": nmse, "psnr": psnr}
"""what is scored unless the caller says otherwise: the metrics of compressive-sensing MRI"""
DESCRIBED = {"nmse": Metric("nmse", "lower", 4, title="NMSE"), "psnr": Metric("psnr", "higher", 2, "dB", "PSNR")}


def evaluate(
    model: Callable[[Tensor, Any], Tensor],
    data: Any,
    mask: Any,
    *,
    images: int | None = None,
    truth: Callable[[Any], Tensor] | None = None,
    metrics: Mapping[str, Callable[[Tensor, Tensor], Any]] | None = None,
    unit: Unit = IMAGE,
    progress: bool = True,
) -> Scores:
    """Measure every sample, reconstruct it with ``model(y, physics)`` and compare.

    :param model: any function or module from measurement and physics to an estimate of the truth's shape. A module is handed
        the measurement in its own precision and on its own device, where the physics is moved too.
    :param data: a data set's name, such as "brain_mr_test", a loaded ``DataSet``, or pictures: arrays (H, W) in a list.
    :param mask: a k-space mask (H, W), or a physics of the caller's own. Of a mask, the images' kind decides whether the
        physics is real or complex.
    :param images: score only the first so many samples; where there are fewer, a warning says so.
    :param truth: from a sample to the tensor that is measured and compared with, (1, channel, …); None: its ``array``, a
        picture (H, W).
    :param metrics: {name: function of estimate and truth, to one number}; None: :data:`METRICS`.
    :param unit: what a sample is called.
    :raises ValueError: for a count that is none. Naming the sample, when the model returns no tensor, another shape than
        the truth's, complex numbers for a real truth, whole numbers, or values that are not finite, and when the physics, the
        model or a metric refuses it. Other errors get a note that names the sample.
    :raises TypeError: for a model or a metric that is nothing to call, or data of another kind.
    """
    metrics = METRICS if metrics is None else metrics
    arguments.callables(model=model, **metrics)
    data = _as_data(data)
    physics_of, place = _physics_of(mask), place_of(model, mask)
    if images is not None:
        arguments.counts(1, images=images)
        if images > len(data):
            warnings.warn(f"images is {images}: {data.name} has {len(data)}, and all of them are scored", stacklevel=2)
    count = len(data) if images is None else min(images, len(data))
    if not count:
        raise ValueError(f"{data.name} is empty: expected one image or more")
    described = DESCRIBED if metrics is METRICS else {}
    scores = Scores(data.name, data.sha256, data.embedded, [], {name: [] for name in metrics}, [], unit, described)
    for index in tqdm(range(count), disable=quiet() or not progress, desc="images", mininterval=1.0):
        sample = data[index]
        try:
            compared = (truth or _picture)(sample)
            if not isinstance(compared, Tensor):
                raise ValueError(f"truth gave a {type(compared).__name__}: expected a tensor")
            physics = physics_of(compared)
            physics = physics.to(place) if isinstance(physics, nn.Module) else physics
            values, seconds = _one(model, physics, compared.to(place), metrics)
        except ValueError as error:
            raise ValueError(f"{sample.name}: {error}") from error
        except Exception as error:
            error.add_note(f"while {sample.name} of {data.name} was scored")
            raise
        scores.names.append(sample.name)
        scores.seconds.append(seconds)
        for name, value in values.items():
            scores.values[name].append(value)
    return scores


def _physics_of(mask: Any) -> Callable[[Any], Any]:
    """From what is measured to its physics: the caller's own, or that of a mask, real or complex as the truth is."""
    if hasattr(mask, "A_adjoint"):
        return lambda truth: mask
    made = functools.cache(lambda real: MaskedFourier(torch.as_tensor(np.asarray(mask)), real=real))
    made(True)  # a mask that is none is said before any data are read

    def physics_of(truth: Any) -> MaskedFourier:
        physics = made(not (isinstance(truth, Tensor) and truth.is_complex()))
        if isinstance(truth, Tensor) and truth.ndim == 4 and tuple(truth.shape[-2:]) != physics.shape:
            (height, width), (rows, columns) = truth.shape[-2:], physics.shape
            raise ValueError(
                f"the image has {height} × {width} pixels, the mask {rows} × {columns}: expected one size. Score each size by "
                "itself with a mask of its own, or crop the images (in Python by truth=)"
            )
        return physics

    return physics_of


def _one(
    model: Callable[[Tensor, Any], Tensor],
    physics: Any,
    truth: Any,
    metrics: Mapping[str, Callable[[Tensor, Tensor], Any]],
) -> tuple[dict[str, float], float]:
    """The metrics of one sample, and the model's seconds."""
    with torch.no_grad():
        y = in_precision_of(model, physics.A(truth))
        start = time.perf_counter()
        estimate = model(y, physics)
        if isinstance(estimate, Tensor) and estimate.is_cuda:
            torch.cuda.synchronize()  # a GPU answers before it has computed
        seconds = time.perf_counter() - start
    if not isinstance(estimate, Tensor):
        raise ValueError(f"the model returned a {type(estimate).__name__}: expected a tensor")
    if estimate.shape != truth.shape:
        raise ValueError(f"the model returned {tuple(estimate.shape)}, expected {tuple(truth.shape)}")
    if not estimate.is_floating_point() and not estimate.is_complex():
        raise ValueError(f"the model returned {estimate.dtype}: expected real or complex numbers, not whole ones")
    if estimate.is_complex() and not truth.is_complex():
        raise ValueError(
            f"the model returned {estimate.dtype} for a real image: expected real numbers, such as the real part or the modulus"
        )
    if not bool(torch.isfinite(estimate).all()):
        raise ValueError("the model returned NaN or infinity")
    return {name: _number(name, metric(estimate, truth)) for name, metric in metrics.items()}, seconds


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        shape = tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
        raise ValueError(f"metric {name} gave {shape}: expected one number") from None


def _picture(sample: Any) -> Tensor:
    array = np.ascontiguousarray(sample.array)
    if array.ndim != 2:
        pair = "; real and imaginary parts are one picture: array[0] + 1j * array[1]" * (array.shape[0] == 2)
        raise ValueError(
            f"an array of shape {array.shape} is no picture (height, width): say with truth= what is compared{pair}"
        )
    if array.dtype.kind not in "fc":
        raise ValueError(f"the picture holds {array.dtype}: expected real or complex numbers; of 8 bits, array / 255")
    return torch.from_numpy(array)[None, None]


class _Pictures:
    """Pictures in hand as a data set: their names are their numbers, their hash is over shapes, kinds and values."""

    name, embedded = "pictures in hand", False

    def __init__(self, arrays: Sequence[Any]) -> None:
        self._arrays = [np.asarray(a.detach().cpu() if hasattr(a, "detach") else a) for a in arrays]
        digest = hashlib.sha256()
        for array in self._arrays:
            digest.update(f"{array.shape} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        self.sha256 = digest.hexdigest()

    def __len__(self) -> int:
        return len(self._arrays)

    def __getitem__(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(name=f"picture {index}", array=self._arrays[index])


def _as_data(data: Any) -> Any:
    """A data set of whatever can be scored: a name, a loaded set, pictures in a list."""
    if isinstance(data, str):
        from data_fetch import load

        return load(data)
    if all(hasattr(data, part) for part in ("__len__", "__getitem__", "name", "sha256", "embedded")):
        return data
    several = isinstance(data, list | tuple) or getattr(data, "ndim", 0) == 3
    if several and all(hasattr(one, "shape") for one in data):
        if not len(data):
            raise ValueError("data holds no picture: expected one or more")
        return _Pictures(data)
    raise TypeError(
        f"data is a {type(data).__name__}: expected a data set's name, a loaded one (anything with a length, name, sha256 and "
        "embedded), or a list of pictures, arrays (height, width)"
    )
