"""`live_pursuit`: pursuit networks as one block of plain HTML that computes in the page."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from IPython.display import HTML
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.pages.live_network.assets import assets, page_script
from mddl_lib.pages.live_network.numbers import as_text, halves
from mddl_lib.pages.sliders.frames import LONGEST_ALT, SHORTEST_ALT
from mddl_lib.pages.sliders.parameters import figure_name

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
    arguments.counts(1, width=width)
    arguments.positive(share=share)
    if not SHORTEST_ALT <= len(alt) <= LONGEST_ALT:
        raise ValueError(f"alt text {alt!r} has {len(alt)} characters; expected {SHORTEST_ALT} to {LONGEST_ALT}")
    identity, (rows, columns) = figure_name(name, name), dictionary.shape
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
    held = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    if len(held) > 1000 * kilobytes:
        raise ValueError(
            f"figure {identity!r} weighs {len(held) / 1000:.0f} kB, the limit is {kilobytes:.0f} kB; give fewer methods"
        )
    options = "".join(f"<option>{html.escape(label)}</option>" for label in methods)
    text = f'<figcaption class="tex2jax_process">{html.escape(caption)}</figcaption>' if caption else ""
    style = assets("live_network", ("panel.css",)) + assets("live_pursuit", ("panel.css",))
    script = page_script("live_pursuit", ("pursuit.js",), assets("live_network", ("numbers.js",)))
    return HTML(f"""<style>{style}</style>
<figure class="mddl-live mddl-pursuit" id="{identity}" aria-label="{html.escape(alt)}" style="--mddl-width:{width}px">
<canvas data-part="code" role="img" tabindex="0" aria-label="{html.escape(alt)}" aria-describedby="{identity}--keys"></canvas>
<canvas data-part="curves" role="img" aria-label="Error by layer"></canvas>
<noscript><p>The networks are computed by a script, and scripts are off: {html.escape(alt)}.</p></noscript>
<p class="mddl-live-text" data-part="text" role="status"></p>
<div class="mddl-live-controls">
<label for="{identity}--method">method</label><select data-part="method" id="{identity}--method" autocomplete="off">{options}</select>
{_slider(identity, "layer", "layer", turns.pop(), 1)}
{_slider(identity, "noise", "noise", 20, 100)}
<div class="mddl-live-buttons"><button type="button" data-part="random">Another code</button>
<button type="button" data-part="clear">No entries</button></div>
</div>
<p class="mddl-live-keys" id="{identity}--keys">{KEYS}</p>
{text}
<script type="application/json">{held}</script>
</figure>
<script>{script}</script>""")


def _slider(identity: str, part: str, label: str, most: int, scale: int) -> str:
    return (
        f'<label for="{identity}--{part}">{label}</label><input type="range" data-part="{part}" id="{identity}--{part}" '
        f'min="0" max="{most}" step="1" value="{most if scale == 1 else 0}" data-scale="{scale}" autocomplete="off">'
        f'<output for="{identity}--{part}" aria-hidden="true"></output>'
    )
