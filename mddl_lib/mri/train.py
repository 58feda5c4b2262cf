"""Train one of the networks of the CS-MRI chapters and write its weights. Resumable: run the same command again."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

import torch

import mddl_lib
from data_fetch import load
from mddl_lib.core import weights
from mddl_lib.core.masks import paper_radial, pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.training import Run, fit, relative_error
from mddl_lib.mri.crops import crops
from mddl_lib.mri.images import training_images
from mddl_lib.mri.plans import PLANS, Plan

SOURCE = Path(mddl_lib.__file__).parent
WEIGHTS = SOURCE / "weights"
# Where checkpoints lie: in the checkout, wherever in it the training is started from; else in the working folder.
RUNS = (SOURCE.parent if (SOURCE.parent / "pyproject.toml").exists() else Path()) / "runs"


def train(name: str, *, runs: Path = RUNS, output: Path = WEIGHTS, device: str = "auto") -> Run:
    """Carry out ``PLANS[name]``, writing ``runs/NAME.safetensors`` as it goes and ``output/NAME.safetensors`` at the end.

    The network that a plan starts from is trained first, into ``runs/weights``, when its file is not there.

    :raises KeyError: for a name without a plan.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    if name not in PLANS:
        raise KeyError(f"there is no plan {name!r}: expected one of {', '.join(PLANS)}")
    plan = PLANS[name]
    network, start = plan.network(), None
    if plan.grown_from:
        tensors, smaller = weights.read(_start(plan.grown_from, runs, output, device))
        grow(network, tensors)
        start = {key: smaller.get(key) for key in ("name", "mask", "images", "recipe", "seed", "seconds", "start")}
    images, physics, mask_name = _problem(plan)
    parts, seconds = (*plan.before, plan.recipe), 0.0
    loss = getattr(
        network, "loss", relative_error
    )  # a network whose paper asks for more than a small error has its own
    for number, recipe in enumerate(parts, start=1):
        print(f"{name}: {len(images)} images of {' and '.join(plan.data)}, {recipe}", flush=True)
        file = runs / (f"{name}.safetensors" if number == len(parts) else f"{name}.part{number}.safetensors")
        run = fit(network, images, physics, recipe, loss=loss, checkpoint=file, device=device)
        seconds += math.nan if run.resumed_at else run.seconds  # of an interrupted training they are not known
    if run.resumed_at == run.iterations and (output / f"{name}.safetensors").exists():
        return run  # it was trained before: its file, and what the header says of the code that made it, stay
    header = {
        "kind": "weights",
        "name": name,
        "network": network.family,
        "config": network.config,
        "mask": mask_name,
        "data": {data: load(data).sha256 for data in plan.data},
        "images": len(images),
        "recipe": asdict(plan.recipe),
        "before": [asdict(recipe) for recipe in plan.before],
        "grown_from": plan.grown_from,
        "start": start,
        "seed": plan.recipe.seed,
        "profile": "paper",
        "device": run.device,
        "seconds": None if math.isnan(seconds) else round(seconds),
        "torch": torch.__version__,
        "mean_loss_of_last_epoch": sum(run.losses[-len(images) :]) / len(run.losses[-len(images) :]),
        "source_sha256": weights.source_sha256(SOURCE / "core", SOURCE / "mri"),
    }
    weights.save(output / f"{name}.safetensors", network.state_dict(), header)
    return run


def _start(name: str, runs: Path, output: Path, device: str) -> Path:
    """The weights file of a network that another one grows from."""
    for folder in (output, runs / "weights"):
        if (folder / f"{name}.safetensors").exists():
            return folder / f"{name}.safetensors"
    train(name, runs=runs, output=runs / "weights", device=device)
    return runs / "weights" / f"{name}.safetensors"


def _problem(plan: Plan) -> tuple[torch.Tensor, MaskedFourier, str]:
    """The truths, how they are measured, and the mask's name in the header."""
    if plan.complex_mask:
        centred = load("complex_brain_mr")[plan.complex_mask].array.copy()
        physics = MaskedFourier(torch.fft.ifftshift(torch.from_numpy(centred)), real=False)
        name = f"{plan.complex_mask} of complex_brain_mr, {plan.percent} %"
        return training_images(plan.data, modulus=False), physics, name
    images = training_images(plan.data)
    if plan.size == 256:
        return images, MaskedFourier(paper_radial(plan.percent)), f"the paper's pseudo-radial mask, {plan.percent} %"
    mask = pseudo_radial((plan.size, plan.size), plan.percent / 100)
    return crops(images, plan.size), MaskedFourier(mask), f"pseudo-radial, {plan.size} x {plan.size}, {plan.percent} %"


def grow(network: torch.nn.Module, smaller: dict[str, torch.Tensor]) -> None:
    """Fill a network from one with fewer stages: the missing last stages become copies of its last one.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    last = max(int(key.split(".")[1]) for key in smaller if key.startswith("stages."))
    tensors = {}
    for key in network.state_dict():
        kind, index, *rest = key.split(".")
        source = ".".join([kind, str(min(int(index), last)), *rest]) if kind == "stages" else key
        tensors[key] = smaller[source].clone()
    network.load_state_dict(tensors)
