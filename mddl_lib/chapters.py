"""The talk as data: what each of its chapters starts from, which algorithm solves it, which network that becomes."""

from __future__ import annotations

from dataclasses import dataclass, field

from mddl_lib.environment import book_folder, static


@dataclass(frozen=True)
class Chapter:
    """One row of the talk: classical model → algorithm → network.

    ``model_page`` and ``network_page`` name the book's pages (without suffix) that teach its two ends; None: to come.
    ``tables`` names the result tables that the chapter regenerates.
    """

    topic: str
    model: str
    algorithm: str
    network: str
    source: str
    model_page: str | None = None
    network_page: str | None = None
    tables: tuple[str, ...] = field(default=())

    @property
    def state(self) -> str:
        """ "stands" when a page teaches the network, "begun" when one teaches the model alone, else "to come"."""
        if page_address(self.network_page):
            return "stands"
        return "begun" if page_address(self.model_page) else "to come"


CHAPTERS = (
    Chapter("Sparse coding", "ℓ1-regularised least squares", "ISTA", "LISTA", "Gregor, LeCun 2010"),
    Chapter(
        "Image restoration",
        "non-local range Markov random field",
        "gradient descent",
        "learned gradient descent",
        "Sun, Tappen 2011",
    ),
    Chapter(
        "Fast MRI",
        "compressive-sensing energy",
        "ADMM",
        "Deep ADMM-Net",
        "Yang, Sun, Li, Xu 2016",
        "models/fast_mri",
        "unrolling/deep_admm_net",
        ("admm_net_brain", "admm_net_chest"),
    ),
    Chapter(
        "Compressive imaging",
        "energy with a learned image prior",
        "ADMM, inner gradient step",
        "ADMM-CSNet",
        "Yang, Sun, Li, Xu 2018",
        "unrolling/admm_csnet",
        "unrolling/admm_csnet",
        ("admm_csnet_brain", "admm_csnet_natural"),
    ),
    Chapter(
        "Multi-atlas segmentation",
        "non-local patch similarity",
        "label fusion by weighted votes",
        "Deep Fusion Net",
        "Yang, Sun, Li, Wang, Xu 2016",
        tables=("fusion_net_sata", "fusion_net_lv2009"),
    ),
    Chapter(
        "Dehazing",
        "haze model with a dark-channel prior",
        "half-quadratic splitting",
        "Proximal Dehaze-Net",
        "Yang, Sun 2018",
    ),
    Chapter(
        "MR to CT",
        "structure shared by two images",
        "none: an adversarial game",
        "structure-constrained CycleGAN",
        "Yang, Sun et al. 2018",
        tables=("synthesis",),
    ),
    Chapter(
        "3D shapes",
        "covariance descriptor",
        "distance between descriptors",
        "spectral network (ST-Net)",
        "Yu, Sun et al. 2018",
        tables=("st_net",),
    ),
    Chapter(
        "Learning to optimise",
        "stochastic gradient descent",
        "Adam",
        "HyperAdam",
        "Wang, Sun, Xu 2019",
        tables=("hyperadam_activations", "hyperadam_sequence", "hyperadam_cnn"),
    ),
    Chapter("Statistical models", "conditional random field", "mean field", "CRF-RNN", "Zheng et al. 2015"),
)
"""The talk's chapters in its order. A chapter that is written gets its pages here, and every list in the book follows."""


def page_address(page: str | None) -> str | None:
    """The address of a page of the book, seen from its root; None when no such page stands here.

    In the rendered book a page is HTML, under a kernel it is the notebook beside this one.
    """
    if page is None:
        return None
    for suffix in (".ipynb", ".md"):
        if (book_folder() / f"{page}{suffix}").is_file():
            return f"{page}.html" if static() else f"{page}{suffix}"
    return None


def chapter_of(table: str) -> Chapter:
    """The chapter that regenerates a result table.

    :raises KeyError: for a table that no chapter claims.
    """
    for chapter in CHAPTERS:
        if table in chapter.tables:
            return chapter
    raise KeyError(f"no chapter of the talk claims the table {table!r}: add it to mddl_lib.chapters.CHAPTERS")
