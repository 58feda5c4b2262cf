"""The talk's taxonomy as a picture: what a network is made from, with the talk's references; boxes link to chapters."""

from __future__ import annotations

import html
from typing import NamedTuple

from mddl_lib.chapters import page_address
from mddl_lib.pages.maps.talk_picture import STYLE


class Leaf(NamedTuple):
    """A box of the picture."""

    words: str
    reference: str
    page: str
    """the page that teaches it, without suffix"""


BRANCHES: dict[str, dict[str, list[Leaf]]] = {
    "Optimisation-driven": {
        "sparse coding": [
            Leaf("LISTA", "Gregor, LeCun 2010", "unrolling/lista"),
            Leaf("learned pursuit", "Sprechmann et al. 2015", "unrolling/lista"),
        ],
        "gradient descent": [
            Leaf("learned descent on an MRF", "Sun, Tappen 2011", "unrolling/learned_gradient_descent"),
            Leaf("a learned optimizer", "Wang, Sun, Xu 2019", "recent/learning_to_optimise"),
        ],
        "ADMM": [
            Leaf("Deep ADMM-Net", "Yang, Sun et al. 2016", "unrolling/deep_admm_net"),
            Leaf("ADMM-CSNet", "Yang, Sun et al. 2018", "unrolling/admm_csnet"),
        ],
        "proximal operators": [
            Leaf("denoisers plugged in", "Meinhardt et al. 2017", "recent/learned_proximal_operators"),
            Leaf("Proximal Dehaze-Net", "Yang, Sun 2018", "recent/dehazing"),
        ],
    },
    "Statistical-model-driven": {
        "MRF and CRF": [
            Leaf("separable MRF", "Sun, Tappen 2013", "unrolling/learned_gradient_descent"),
            Leaf("CRF-RNN", "Zheng et al. 2015", "statistical/crf_as_rnn"),
        ],
        "variational inference": [
            Leaf("variational autoencoder", "Kingma, Welling 2014", "models/statistical_models"),
            Leaf("iterative inference", "Marino et al. 2018", "statistical/iterative_inference"),
        ],
        "EM": [Leaf("neural EM", "Greff et al. 2017", "statistical/neural_em")],
    },
}
"""branch → model → boxes, as the talk's slides have them; the learned optimizer and the talk's own later networks beside them"""

WIDTH, ROW, BOX = 680, 54, 44


def taxonomy_picture(from_here: str = "../") -> str:
    """HTML of the picture. Boxes whose page stands in the book are filled and link to it; the others are dashed.

    :param from_here: the way from the page that shows it to the book's root.
    """
    parts, top = [], 10.0
    for branch, models in BRANCHES.items():
        first = top
        for model, leaves in models.items():
            middle = top + ROW * len(leaves) / 2
            for leaf in leaves:
                parts.append(
                    f'<path class="line" d="M292,{middle:g} C318,{middle:g} 318,{top + ROW / 2:g} 344,{top + ROW / 2:g}"/>'
                )
                parts.append(_leaf(leaf, top + (ROW - BOX) / 2, from_here))
                top += ROW
            parts.append(_plain(model, 160, middle, 132))
        middle = (first + top) / 2
        for model_middle in _middles(models, first):
            parts.append(
                f'<path class="line" d="M126,{middle:g} C143,{middle:g} 143,{model_middle:g} 160,{model_middle:g}"/>'
            )
        parts.append(_plain(branch, 4, middle, 122))
        top += 22
    return (
        f"<style>{STYLE}</style>"
        '<div class="talk-map" role="region" tabindex="0" aria-label="What a network is made from">'
        f'<svg viewBox="0 0 {WIDTH} {top:g}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg></div>'
    )


def _middles(models: dict[str, list[Leaf]], top: float) -> list[float]:
    found = []
    for leaves in models.values():
        found.append(top + ROW * len(leaves) / 2)
        top += ROW * len(leaves)
    return found


def _plain(words: str, left: float, middle: float, width: float) -> str:
    lines = [words]
    if len(words) > 16:  # two lines, broken at the space or hyphen nearest to the middle
        places = [n + 1 for n, letter in enumerate(words) if letter in " -"]
        at = min(places, key=lambda n: abs(n - len(words) / 2))
        lines = [words[:at].strip(), words[at:]]
    text = "".join(
        f'<text class="topic" x="{left + width / 2:g}" y="{middle + 4 + 15 * (n - (len(lines) - 1) / 2):g}" '
        f'text-anchor="middle">{html.escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return f'<g class="stands"><rect x="{left:g}" y="{middle - 21:g}" width="{width:g}" height="42" rx="6"/>{text}</g>'


def _leaf(leaf: Leaf, top: float, from_here: str) -> str:
    address = page_address(leaf.page)
    inner = (
        f'<rect x="344" y="{top:g}" width="330" height="{BOX}" rx="6"/>'
        f'<text x="356" y="{top + 18:g}">{html.escape(leaf.words)}</text>'
        f'<text class="small" x="356" y="{top + 34:g}">{html.escape(leaf.reference)}</text>'
    )
    if address is None:
        return f'<g class="to-come"><title>to come</title>{inner}</g>'
    return f'<a class="stands" href="{html.escape(from_here + address)}">{inner}</a>'
