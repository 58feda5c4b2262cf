"""The talk's slides, in its order and in our words, and where the book teaches each: read from the chapters' cards.

A card says under ``slides`` which slide its chapter teaches, by which equation and function, and which test holds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mddl_lib.chapters import cards

SLIDES: dict[str, tuple[str, ...]] = {
    "Background": (
        "imaging as a physical model: noise, blur, too few measurements",
        "segmentation, recognition, lesions to be found",
        "signal processing: wavelets, filters",
        "energies and how they are minimised; dictionaries",
        "statistical models: the evidence lower bound, EM, variational inference",
        "deep networks: the convolutional network",
        "deep networks: LSTM and GAN",
        "conventional models against deep networks",
    ),
    "Model-driven learning": (
        "formulations, parameters, strategies",
        "optimisation-driven: sparse coding",
        "optimisation-driven: gradient descent, ADMM, proximal operators",
        "statistics-driven: MRF and CRF",
        "statistics-driven: variational inference",
        "statistics-driven: EM",
    ),
    "Markov random fields": (
        "the non-local range field",
        "its parameters, learned: a problem in two levels",
        "K steps of gradient descent in place of the minimum",
        "the gradient by the parameters, by hand",
    ),
    "Fast MRI": (
        "fewer samples, a faster scan",
        "the compressive sensing model",
        "ADMM and its three steps",
        "Deep ADMM-Net: the loop as a graph of layers",
        "its training: the loss, back-propagation, L-BFGS",
        "the table of brains",
        "the table of chests",
        "ADMM-CSNet: a more flexible network",
        "the table of ADMM-CSNet",
        "general operators: the inversion in closed form",
        "photographs: Zebra, coded diffraction, natural images",
    ),
    "Segmentation": (
        "many atlases, one target",
        "non-local patch-based label fusion",
        "Deep Fusion Net: features and vote in one network",
        "the label fusion network, layer by layer",
        "choosing atlases by the distance of deep features",
        "the table of SATA",
        "the table of LV 2009",
    ),
    "Recent progress": (
        "MR to CT: why, and from atlases",
        "the structure-constrained CycleGAN",
        "the table of synthesis",
        "learned proximal operators",
        "Proximal Dehaze-Net",
        "networks on 3D shapes",
        "the table of shapes",
        "optimizers, by hand and learned",
        "HyperAdam: many Adams, mixed",
        "its cells",
        "tables: other activations, other sequences",
        "the table of convolutional networks",
        "the ablation study",
    ),
    "Summary": ("what became what",),
}
"""section → its slides; outlines and the title are left out, and slides that say one thing twice are one"""


@dataclass(frozen=True)
class Trace:
    """One home of a slide."""

    page: str
    slide: str
    function: str
    """by its dotted name"""
    test: str
    """path::name"""
    equation: str | None = None
    """its label on the page"""
    table: str | None = None
    """a result table, where the slide shows numbers"""


def traces(book: Path | None = None) -> dict[str, list[Trace]]:
    """Slide → its homes, in the order of the book.

    :param book: the folder of the cards; None: this book.
    :raises ValueError: for a slide that the talk has not, or an entry without function or test, naming the card.
    """
    known = {slide for slides in SLIDES.values() for slide in slides}
    found: dict[str, list[Trace]] = {slide: [] for slides in SLIDES.values() for slide in slides}
    for page, card in cards(book).items():
        for entry in card.get("slides", ()):
            if not isinstance(entry, dict) or not {"slide", "function", "test"} <= entry.keys():
                raise ValueError(f"{page}.yaml: slides: {entry!r}: expected slide, function and test")
            if entry["slide"] not in known:
                raise ValueError(
                    f"{page}.yaml: the talk has no slide {entry['slide']!r}: expected one of {sorted(known)}"
                )
            found[entry["slide"]].append(Trace(page=page, **entry))
    return found
