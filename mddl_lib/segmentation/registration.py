"""Bring an atlas onto a target: affine, then B-spline, by SimpleITK. What was computed once is kept and verified."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import Atlas, check_picture, stretched
from mddl_lib.training import weights

VERSION = 1
"""counts the changes of this file that change a result: what an older one kept is computed again"""


@dataclass(frozen=True)
class Settings:
    """How two pictures are registered."""

    bins: int = 16
    """of the joint histogram, for the mutual information (Mattes) that both steps maximise"""
    affine_steps: int = 60
    """of gradient descent with a step that is halved at each turn back, on each of two levels (every fourth, then second pixel)"""
    mesh: int = 5
    """cells of the B-spline's control grid along each side; 0: affine alone"""
    spline_steps: int = 15
    """of L-BFGS-B, on every second pixel"""
    reach: float = 0.85
    """the radius of the disc that is compared, in half sides of the picture: the middle counts, the corners do not"""

    def __post_init__(self) -> None:
        arguments.counts(2, bins=self.bins)
        arguments.counts(1, affine_steps=self.affine_steps, spline_steps=self.spline_steps)
        arguments.counts(0, mesh=self.mesh)
        arguments.positive(reach=self.reach)


def simple_itk() -> Any:
    """The package SimpleITK.

    :raises ModuleNotFoundError: when it is not installed, saying how to.
    """
    try:
        import SimpleITK
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "registration needs SimpleITK, which is not installed: expected the extra `segmentation`, "
            'as `pip install -e ".[segmentation]"` installs it'
        ) from None
    return SimpleITK


def register(target: np.ndarray, atlas: Atlas, settings: Settings | None = None) -> Atlas:
    """The atlas on the target's grid: picture and label resampled linearly, so that the label is soft at its border.

    Two steps, each the maximiser of the mutual information of the target and the moved picture: an affine map (six numbers),
    then a B-spline on top of it.

    :param target: (H, W), in any range.
    :returns: an atlas of the target's size.
    :raises ValueError: for pictures that are none, or have no contrast.
    :raises ModuleNotFoundError: without SimpleITK.
    """
    settings = settings or Settings()
    check_picture("the target", target)
    if not isinstance(atlas, Atlas):
        raise TypeError(f"atlas is a {type(atlas).__name__}: expected an Atlas(name, image, labels)")
    itk = simple_itk()
    itk.ProcessObject.GlobalWarningDisplayOff()  # pictures without overlap: dealt with below
    before = itk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    itk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)  # sums in one order: the same result every time
    try:
        fixed = itk.GetImageFromArray(stretched(target))
        moving = itk.GetImageFromArray(stretched(atlas.image))
        transform = _affine(itk, fixed, moving, settings)
        if settings.mesh:
            transform = itk.CompositeTransform([transform, _spline(itk, fixed, moving, transform, settings)])

        def moved(values: np.ndarray) -> np.ndarray:
            image = itk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float32))
            return itk.GetArrayFromImage(itk.Resample(image, fixed, transform, itk.sitkLinear, 0.0, itk.sitkFloat32))

        return Atlas(atlas.name, moved(atlas.image), {part: moved(label) for part, label in atlas.labels.items()})
    finally:
        itk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def registered(
    target: np.ndarray, atlases: list[Atlas], folder: Path | str, settings: Settings | None = None
) -> list[Atlas]:
    """:func:`register` for several atlases, kept in ``folder``: a second call reads what the first one computed.

    A file's name is a hash of all that its content depends on; its content is verified by a hash of its own at each
    reading, and computed again when it was cut or altered. Values are kept in steps of 1/255.

    :raises ValueError: for no atlas, and as :func:`register` does.
    """
    settings = settings or Settings()
    check_picture("the target", target)
    if not isinstance(atlases, list | tuple) or not atlases:
        raise ValueError(f"atlases is {atlases!r}: expected one Atlas or more")
    path = Path(folder) / f"{fingerprint(target, atlases, settings)}.safetensors"
    parts = list(atlases[0].labels)
    try:
        tensors, header = weights.read(path)
    except (FileNotFoundError, weights.WeightsError):
        found = [register(target, atlas, settings) for atlas in atlases]
        tensors = {"image": _packed([atlas.image for atlas in found])}
        tensors |= {part: _packed([atlas.labels[part] for atlas in found]) for part in parts}
        header = {"kind": "registration", "atlases": [atlas.name for atlas in atlases], "settings": asdict(settings)}
        weights.save(path, tensors, header)
    return [
        Atlas(name, _unpacked(tensors["image"][index]), {part: _unpacked(tensors[part][index]) for part in parts})
        for index, name in enumerate(header["atlases"])
    ]


def fingerprint(target: np.ndarray, atlases: list[Atlas], settings: Settings) -> str:
    """What a registration's result depends on, as 32 hexadecimal digits."""
    digest = hashlib.sha256(json.dumps([VERSION, asdict(settings)], sort_keys=True).encode())
    for name, values in [("", target), *((a.name, part) for a in atlases for part in (a.image, *a.labels.values()))]:
        values = np.ascontiguousarray(values, dtype=np.float32)
        digest.update(f"{name} {values.shape}".encode() + values.tobytes())
    return digest.hexdigest()[:32]


def _affine(itk: Any, fixed: Any, moving: Any, settings: Settings) -> Any:
    start = itk.CenteredTransformInitializer(
        fixed, moving, itk.AffineTransform(2), itk.CenteredTransformInitializerFilter.GEOMETRY
    )
    method = _method(itk, fixed, settings)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, settings.affine_steps, 0.5)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2])
    method.SetSmoothingSigmasPerLevel([2.0, 1.0])
    method.SetInitialTransform(start, inPlace=False)
    return _maximised(method, fixed, moving, start)


def _spline(itk: Any, fixed: Any, moving: Any, affine: Any, settings: Settings) -> Any:
    spline = itk.BSplineTransformInitializer(fixed, [settings.mesh, settings.mesh], 3)
    method = _method(itk, fixed, settings)
    method.SetOptimizerAsLBFGSB(1e-5, settings.spline_steps, 5, 4 * settings.spline_steps)
    method.SetMovingInitialTransform(affine)
    method.SetShrinkFactorsPerLevel([2])
    method.SetSmoothingSigmasPerLevel([1.0])
    method.SetInitialTransform(spline, inPlace=False)
    return _maximised(method, fixed, moving, spline)


def _maximised(method: Any, fixed: Any, moving: Any, start: Any) -> Any:
    """Where the method ends; its start when it loses the picture (two pictures without overlap have no metric)."""
    try:
        found = method.Execute(fixed, moving)
    except RuntimeError:
        return start
    return found if np.isfinite(found.GetParameters()).all() else start


def _method(itk: Any, fixed: Any, settings: Settings) -> Any:
    method = itk.ImageRegistrationMethod()
    width, height = fixed.GetSize()
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot((2 * rows + 1) / height - 1, (2 * columns + 1) / width - 1)
    method.SetMetricFixedMask(itk.GetImageFromArray((distance <= settings.reach).astype(np.uint8)))
    method.SetMetricAsMattesMutualInformation(settings.bins)
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(itk.sitkLinear)
    return method


def _packed(pictures: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.rint(255 * np.clip(np.stack(pictures), 0, 1)).astype(np.uint8))


def _unpacked(values: torch.Tensor) -> np.ndarray:
    return values.numpy().astype(np.float32) / 255
