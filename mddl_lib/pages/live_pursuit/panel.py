"""`live_pursuit`: pursuit networks as one block of plain HTML that computes in the page."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
from IPython.display import HTML
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.pages.live_network.assets import assets, page_script
from mddl_lib.pages.live_network.controls import select, slider
from mddl_lib.pages.live_network.frame import frame, held, identity_of
from mddl_lib.pages.live_network.numbers import as_text, halves

KEYS = (
    "Set an entry of the code with the pointer; or choose it with the left and right arrows, change it with up and down, clear it with "
    "Delete."
)


def live_pursuit(
    dictionary: Tensor,
    methods: Mapping[str, Mapping[str, Any]],
    *,
    code: Any,
    alt: str,
    caption: str | None = None,
    name: str = "live-pursuit",
    share: float = 0.1,
    width: int = 640,
    kilobytes: float = 150,
) -> HTML:
    """Show pursuit networks that compute in the reader's browser: the code is set by hand, its signal goes through all of them.

    :param dictionary: D, (m, n), of few atoms: it stands in the page, in half precision, as the methods' matrices do.
    :param methods: what a curve is called → what :func:`mddl_lib.sparse_coding.for_the_page.described` gives of a network, all of as
        many layers.
    :param code: (n,), what is there at first.
    :param alt: what is to be seen, 20 to 250 characters.
    :param caption: text under the figure.
    :param name: the figure's id, unique in its page.
    :param share: of entries that are not zero where a code is drawn at random.
    :param width: in CSS pixels; it shrinks to a narrow page.
    :param kilobytes: the most that the panel may weigh in the page.
    :raises ValueError: for sizes that do not fit, layers that differ, no methods, an alt text that is too short or too long, and a
        panel that does not fit ``kilobytes``.
    """
    arguments.tensors(dictionary=dictionary)
    if dictionary.ndim != 2:
        raise ValueError(f"dictionary has the shape {tuple(dictionary.shape)}: expected (m, n)")
    arguments.positive(share=share)
    identity, (rows, columns) = identity_of(name, alt, width), dictionary.shape
    turns = {len(method["thresholds"]) for method in methods.values()}
    if len(turns) != 1:
        raise ValueError(f"methods have {sorted(turns)} layers: expected one method or more, all of as many layers")
    start = np.asarray(code, np.float64)
    if start.shape != (columns,) or not np.isfinite(start).all():
        raise ValueError(f"code has the shape {start.shape}: expected ({columns},), without NaN")
    data = {
        "rows": rows,
        "columns": columns,
        "share": share,
        "code": np.round(start, 1).tolist(),
        "dictionary": halves(dictionary),
        "methods": [{"name": label, **as_text(method)} for label, method in methods.items()],
    }
    canvases = (
        f'<canvas data-part="code" role="img" tabindex="0" aria-label="{html.escape(alt)}" aria-describedby="{identity}--keys">'
        '</canvas>\n<canvas data-part="curves" role="img" aria-label="Error by layer"></canvas>'
    )
    controls = "\n".join(
        [
            select(identity, "method", "method", list(methods)),
            slider(identity, "layer", "layer", (0, most := turns.pop(), most), "#"),
            slider(identity, "noise", "noise", (0, 20, 0), "#", 100),
            '<div class="mddl-live-buttons"><button type="button" data-part="random">Another code</button>\n'
            '<button type="button" data-part="clear">No entries</button></div>',
        ]
    )
    return frame(
        identity, "mddl-pursuit", alt, canvases, controls, KEYS, held(data, identity, kilobytes, "methods"),
        page_script("live_pursuit", ("pursuit.js",), assets("live_network", ("numbers.js",))), caption=caption,
        style=assets("live_pursuit", ("panel.css",)), variables=f"--mddl-width:{width}px",
    )  # fmt: skip
