"""Score any ``model(y, physics)`` on a data set: how a reader puts a method of their own into our tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from mddl_lib.core.metrics import nmse, psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.environment import quiet
from mddl_lib.results.description import IMAGE, Metric, Unit
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

    :param model: any function or module from measurement and physics to an estimate of the truth's shape.
    :param data: a data set's name, such as "brain_mr_test", or a loaded ``DataSet``.
    :param mask: a k-space mask (H, W), or a physics of the caller's own.
    :param images: score only the first so many samples.
    :param truth: from a sample to the tensor that is measured and compared with, (1, channel, …); None: its ``array``, a
        picture (H, W).
    :param metrics: {name: function of estimate and truth, to one number}; None: :data:`METRICS`.
    :param unit: what a sample is called.
    :raises ValueError: naming the sample, when the model returns no tensor, another shape than the truth's, or values that are
        not finite, and when the physics, the model or a metric refuses it. Other errors get a note that names the sample.
    """
    if isinstance(data, str):
        from data_fetch import load

        data = load(data)
    physics = mask if hasattr(mask, "A_adjoint") else MaskedFourier(torch.as_tensor(np.asarray(mask)))
    count = len(data) if images is None else min(images, len(data))
    if count < 1:
        raise ValueError(f"images is {images}: expected 1 or more of the {len(data)} in {data.name}")
    metrics = METRICS if metrics is None else metrics
    described = DESCRIBED if metrics is METRICS else {}
    scores = Scores(data.name, data.sha256, data.embedded, [], {name: [] for name in metrics}, [], unit, described)
    for index in tqdm(range(count), disable=quiet() or not progress, desc="images", mininterval=1.0):
        sample = data[index]
        try:
            values, seconds = _one(model, physics, (truth or _picture)(sample), metrics)
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


def _one(
    model: Callable[[Tensor, Any], Tensor],
    physics: Any,
    truth: Any,
    metrics: Mapping[str, Callable[[Tensor, Tensor], Any]],
) -> tuple[dict[str, float], float]:
    """The metrics of one sample, and the model's seconds."""
    if not isinstance(truth, Tensor):
        raise ValueError(f"truth gave a {type(truth).__name__}: expected a tensor")
    with torch.no_grad():
        y = physics.A(truth)
        start = time.perf_counter()
        estimate = model(y, physics)
        seconds = time.perf_counter() - start
    if not isinstance(estimate, Tensor):
        raise ValueError(f"the model returned a {type(estimate).__name__}: expected a tensor")
    if estimate.shape != truth.shape:
        raise ValueError(f"the model returned {tuple(estimate.shape)}, expected {tuple(truth.shape)}")
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
        raise ValueError(
            f"an array of shape {array.shape} is no picture (height, width): say with truth= what is compared"
        )
    return torch.from_numpy(array)[None, None]
