"""Bring an atlas onto a target: affine, then B-spline, by SimpleITK. What was computed once is kept and verified."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mddl_lib.core import arguments
from mddl_lib.segmentation.alignment.kept import fingerprint, kept
from mddl_lib.segmentation.alignment.search import Start
from mddl_lib.segmentation.atlases import Atlas, check_picture, stretched

VERSION = 2
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
            "registration needs SimpleITK, which is not installed: pip install 'mddl[segmentation]'"
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
    with one_thread():
        onto = Onto(target, settings)
        transform = onto.affine(atlas)
        return onto.moved(atlas, onto.bent(atlas, transform) if settings.mesh else transform)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """SimpleITK adds in one order inside: the same result every time."""
    process = simple_itk().ProcessObject
    process.GlobalWarningDisplayOff()  # pictures without overlap: dealt with where they occur
    before = process.GetGlobalDefaultNumberOfThreads()
    process.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        process.SetGlobalDefaultNumberOfThreads(before)


class Onto:
    """The steps of a registration onto one target; transforms are SimpleITK's.

    :param disc: the pixels that are compared, (H, W); None: the disc that the settings say.
    """

    def __init__(self, target: np.ndarray, settings: Settings, disc: np.ndarray | None = None) -> None:
        self.itk, self.settings = simple_itk(), settings
        self.fixed = self.itk.GetImageFromArray(stretched(target))
        height, width = target.shape
        if disc is None:
            rows, columns = np.mgrid[:height, :width]
            disc = np.hypot((2 * rows + 1) / height - 1, (2 * columns + 1) / width - 1) <= settings.reach
        self.mask = self.itk.GetImageFromArray(disc.astype(np.uint8))

    def affine(self, atlas: Atlas, start: Start | None = None) -> Any:
        """An affine map, from where the atlas lies already; without a start from middle on middle, on two levels."""
        itk, moving, method = self.itk, self._moving(atlas), self._method()
        if start is None:
            middle = itk.CenteredTransformInitializerFilter.GEOMETRY
            before = itk.CenteredTransformInitializer(self.fixed, moving, itk.AffineTransform(2), middle)
        else:
            before = itk.AffineTransform(2)
            before.SetMatrix(start.matrix[::-1, ::-1].ravel().tolist())  # SimpleITK counts columns first
            before.SetCenter(start.centre[::-1])
            before.SetTranslation([a - b for a, b in zip(start.source[::-1], start.centre[::-1], strict=True)])
        levels = [4, 2] if start is None else [2]
        method.SetOptimizerAsRegularStepGradientDescent(float(len(levels)), 0.01, self.settings.affine_steps, 0.5)
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetShrinkFactorsPerLevel(levels)
        method.SetSmoothingSigmasPerLevel([level / 2 for level in levels])
        method.SetInitialTransform(before, inPlace=False)
        return _maximised(method, self.fixed, moving, before)

    def bent(self, atlas: Atlas, affine: Any) -> Any:
        """A B-spline on top of an affine map: both together."""
        itk, mesh, steps = self.itk, self.settings.mesh, self.settings.spline_steps
        spline, method = itk.BSplineTransformInitializer(self.fixed, [mesh, mesh], 3), self._method()
        method.SetOptimizerAsLBFGSB(1e-5, steps, 5, 4 * steps)
        method.SetMovingInitialTransform(affine)
        method.SetShrinkFactorsPerLevel([2])
        method.SetSmoothingSigmasPerLevel([1.0])
        method.SetInitialTransform(spline, inPlace=False)
        return itk.CompositeTransform([affine, _maximised(method, self.fixed, self._moving(atlas), spline)])

    def moved(self, atlas: Atlas, transform: Any) -> Atlas:
        """Picture and labels on the target's grid."""
        itk = self.itk

        def resampled(values: np.ndarray) -> np.ndarray:
            image = itk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float32))
            there = itk.Resample(image, self.fixed, transform, itk.sitkLinear, 0.0, itk.sitkFloat32)
            return itk.GetArrayFromImage(there)

        labels = {part: resampled(label) for part, label in atlas.labels.items()}
        return Atlas(atlas.name, resampled(atlas.image), labels)

    def _moving(self, atlas: Atlas) -> Any:
        return self.itk.GetImageFromArray(stretched(atlas.image))

    def _method(self) -> Any:
        method = self.itk.ImageRegistrationMethod()
        method.SetMetricFixedMask(self.mask)
        method.SetMetricAsMattesMutualInformation(self.settings.bins)
        method.SetMetricSamplingStrategy(method.NONE)
        method.SetInterpolator(self.itk.sitkLinear)
        return method


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
    path = Path(folder) / f"{fingerprint([VERSION, asdict(settings)], [target], atlases)}.safetensors"
    return kept(path, {"settings": asdict(settings)}, lambda: [register(target, atlas, settings) for atlas in atlases])


def _maximised(method: Any, fixed: Any, moving: Any, start: Any) -> Any:
    """Where the method ends; its start when it loses the picture (two pictures without overlap have no metric)."""
    try:
        found = method.Execute(fixed, moving)
    except RuntimeError:
        return start
    return found if np.isfinite(found.GetParameters()).all() else start
