"""``evaluate``: a network on image files, one JSON line each; a file that cannot be scored does not keep the others from it."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import mddl_lib
from data_fetch.console import in_one_line, line_by_line
from data_fetch.decoders.signatures import seems
from data_fetch.own_files import ImageFiles, beginning, read_mask
from mddl_lib.commands.operators import Operators, operator_by_name
from mddl_lib.compressive_imaging.authors import read_network
from mddl_lib.compressive_imaging.general_authors import read_general
from mddl_lib.core.metrics import psnr
from mddl_lib.mri.authors import NotTheAuthorsFileError
from mddl_lib.mri.masks import paper_radial
from mddl_lib.results.evaluation import METRICS, evaluate

METRIC_OF_COMPLEX = {"psnr_modulus": lambda estimate, truth: psnr(estimate.abs(), truth.abs())}
"""what the authors report for complex images; phase errors count in "psnr" alone"""
PICKLES = ("a Python pickle", "a zip archive (.npz, or a new torch file)")
"""`mddl_lib.load` has its own words for these"""
WORDS = {"psnr": "the estimate is the image", "psnr_modulus": "the estimate's modulus is the image's"}


def run(net: str, mask: str, images: list[str], *, centred: bool = False, white: float | None = None) -> int:
    """Print the scores of every image that can be scored, and say of each other one why not.

    :param net: a weights file of ours, an authors' .mat file, or a known name.
    :param mask: a mask file, the percentage of one of the paper's, or an operator by name
        (:mod:`mddl_lib.commands.operators`).
    :param images: files, as :class:`data_fetch.own_files.images.ImageFiles` takes them.
    :param centred: whether the mask file has the zero frequency in its middle.
    :param white: the value of white, for files that do not say it.
    :returns: 0, or 2 when an image was not scored.
    :raises ValueError: as `LookupError`, `OSError` and `DataError`, when the network or the mask cannot be had.
    """
    network, sampled = network_of(net), mask_of(mask, centred)
    files = ImageFiles(images, white)
    names = [Path(image).name for image in images]
    twice = {name for name, count in Counter(names).items() if count > 1}
    names = [str(image) if name in twice else name for name, image in zip(names, images, strict=True)]

    def one(index: int) -> dict[str, Any]:
        return strict({"name": names[index], **scores_of(network, files.only(index), sampled)})

    return line_by_line(names, one, "images", "scored")[1]


def network_of(net: str) -> nn.Module:
    """The network that is meant: the authors' files are told by what they hold, whatever their ending's case.

    :raises ValueError: for a file that holds no network, or is no regular file.
    :raises KeyError: for a name that is neither a file nor known.
    :raises OSError: for a file that is not there, or may not be read.
    """
    path = Path(net)
    if path.suffix.lower() == ".mat" or path.exists():
        start = beginning(path)
        what = seems(start)
        if path.suffix.lower() == ".mat" or start.startswith(b"MATLAB"):
            return _authors_network(path, what)
        if start[8:9] != b"{" and what not in PICKLES:
            raise ValueError(
                f"{net} seems to be {what}: expected weights that this book's training wrote (.safetensors), a network of the "
                "authors (.mat), or a known name such as admm_net15_brain_20"
            )
    return mddl_lib.load(net)


def _authors_network(path: Path, what: str) -> nn.Module:
    try:
        try:
            return read_network(path)
        except NotTheAuthorsFileError as error:  # their networks for general operators are files of another kind
            try:
                return read_general(path)
            except NotTheAuthorsFileError:
                raise error from None
    except (AttributeError, IndexError, TypeError) as error:  # layers that are there, and hold other things than arrays
        raise ValueError(
            f"{path} seems to be {what}, and no network of the authors' release: {in_one_line(error)}"
        ) from None


def mask_of(mask: str, centred: bool) -> Tensor | Operators:
    """The mask that is meant, with the zero frequency at [0, 0], or the operators that a name stands for.

    :raises ValueError: for a file that holds none, a percentage that the paper has none for, or one of the paper's and
        ``centred``: those are not.
    """
    named = None if Path(mask).exists() else operator_by_name(mask)
    if named is not None:
        if centred:
            raise ValueError(f"--centred is for a mask file; {mask} has none")
        return named
    if not mask.isdecimal() or Path(mask).exists():
        return torch.from_numpy(read_mask(Path(mask), centred))
    if centred:
        raise ValueError(f"--centred is for a mask file; the paper's mask of {mask} % has its zero frequency at [0, 0]")
    return paper_radial(int(mask))


def scores_of(network: nn.Module, image: ImageFiles, mask: Tensor | Operators) -> dict[str, Any]:
    """What is printed of one image, without its name; the image's kind decides the physics, as everywhere."""
    array = image[0].array
    is_complex = array.dtype.kind == "c"
    sampled = mask if isinstance(mask, Tensor) else mask(array.shape[-2:])
    metrics = {**METRICS, **(METRIC_OF_COMPLEX if is_complex else {})}
    scores = evaluate(network, image, sampled, metrics=metrics, progress=False)
    values = {name: values[0] for name, values in scores.values.items()}
    ratio = float(sampled.mean()) if isinstance(sampled, Tensor) else sampled.ratio
    return {"sampling_ratio": round(ratio, 6), **values, "seconds": scores.seconds[0]}


def strict(line: dict[str, Any]) -> dict[str, Any]:
    """The line as JSON can hold it: what is no finite number becomes null, and "reason" says why."""
    wrong = {name: value for name, value in line.items() if isinstance(value, float) and not math.isfinite(value)}
    if not wrong:
        return line
    reasons = [
        f"{name} is {'not a number' if math.isnan(value) else 'infinite'}"
        + (f": {WORDS[name]}" if name in WORDS else "")
        for name, value in wrong.items()
    ]
    return {**line, **dict.fromkeys(wrong), "reason": "; ".join(reasons)}
