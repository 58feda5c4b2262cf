"""What every live panel is made of: one figure with pictures, a line of text, controls, keys, data, scripts; and its bounds."""

from __future__ import annotations

import html
import json
from typing import Any

from IPython.display import HTML

from mddl_lib.core import arguments
from mddl_lib.pages.live_network.assets import assets
from mddl_lib.pages.sliders.frames import LONGEST_ALT, SHORTEST_ALT
from mddl_lib.pages.sliders.parameters import figure_name


def identity_of(name: str, alt: str, width: int) -> str:
    """The figure's id.

    :raises ValueError: for a name that is no id, an alt text that is too short or too long, or a width below 1.
    """
    arguments.counts(1, width=width)
    if not SHORTEST_ALT <= len(alt) <= LONGEST_ALT:
        raise ValueError(f"alt text {alt!r} has {len(alt)} characters; expected {SHORTEST_ALT} to {LONGEST_ALT}")
    return figure_name(name, name)


def held(data: dict[str, Any], identity: str, kilobytes: float, remedy: str) -> str:
    """What the script needs, as JSON that cannot end its own <script> element.

    :raises ValueError: when it weighs more than ``kilobytes``; ``remedy`` says what to give less of.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    if len(text) > 1000 * kilobytes:
        raise ValueError(
            f"figure {identity!r} weighs {len(text) / 1000:.0f} kB, the limit is {kilobytes:.0f} kB; give fewer {remedy}"
        )
    return text


def frame(
    identity: str, kind: str, alt: str, pictures: str, controls: str, keys: str, data: str, script: str,
    *, caption: str | None = None, style: str = "", variables: str = "", worker: str = "",
) -> HTML:  # fmt: skip
    """The figure of one panel.

    :param kind: the class by which the panel's script finds its figures, ``mddl-network`` for example.
    :param style: rules of this kind of panel, after those of all.
    :param variables: CSS variables of this figure.
    :param worker: script text that runs away from the page; the panel finds it as ``script.KIND-worker``.
    """
    text = f'<figcaption class="tex2jax_process">{html.escape(caption)}</figcaption>' if caption else ""
    away = f'<script type="text/plain" class="{kind}-worker">{worker}</script>\n' if worker else ""
    return HTML(f"""<style>{assets("live_network", ("panel.css",))}{style}</style>
<figure class="mddl-live {kind}" id="{identity}" aria-label="{html.escape(alt)}" style="{variables}">
{pictures}
<noscript><p>The network is computed by a script, and scripts are off: {html.escape(alt)}.</p></noscript>
<p class="mddl-live-text" data-part="text" role="status"></p>
<div class="mddl-live-controls">
{controls}
</div>
<p class="mddl-live-keys" id="{identity}--keys">{keys}</p>
{text}
<script type="application/json">{data}</script>
</figure>
{away}<script>{script}</script>""")
