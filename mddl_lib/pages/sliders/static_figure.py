"""The figure in the page: one block of plain HTML with all its frames, its style and its script."""

import html
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from mddl_lib.pages.sliders.frames import Frame
from mddl_lib.pages.sliders.parameters import Parameter, start_index
from mddl_lib.pages.sliders.sprite import Sprite, pack


def static_figure(
    frames: Sequence[Frame],
    parameters: Sequence[Parameter],
    *,
    name: str,
    caption: str | None = None,
    width: int | None = None,
    kilobytes: float = 480,
    above: str = "",
    below: str = "",
    playable: bool = False,
) -> str:
    """HTML of one figure; `frames` in the order of `combinations(parameters)`.

    `above` and `below` are HTML that stands next to the picture (column titles, a colour scale); `playable` adds a
    button that walks through the last parameter. The same input gives the same text: ids follow from `name`.
    """
    sprite = pack([frame.pixels for frame in frames], kilobytes, name)
    start = start_index(parameters)
    sliders = "\n".join(_slider(name, parameter) for parameter in parameters)
    shown = f'<figcaption class="tex2jax_process">{html.escape(caption)}</figcaption>' if caption else ""
    button = '<button type="button" class="mddl-play">Play</button>' if playable else ""
    text = f'<p class="mddl-text" role="status">{html.escape(frames[start].text)}</p>' if _has_text(frames) else ""
    alt = html.escape(frames[start].alt)
    return f"""<style>{_asset("figure.css")}</style>
<figure class="mddl-explore" id="{name}" style="--mddl-width:{width or _default_width(sprite)}px">
{above}<div class="mddl-frame" style="aspect-ratio:{sprite.frame[1]}/{sprite.frame[0]}">
<img class="dark-light" alt="{alt}" style="{_position(sprite, start)}" src="{sprite.data_uri}">
</div>
{below}{text}
<div class="mddl-controls">
{sliders}
{button}
</div>
{shown}
<script type="application/json">{_data(sprite, frames, parameters)}</script>
</figure>
<script>{_asset("figure.js")}</script>"""


def _slider(name: str, parameter: Parameter) -> str:
    slider_id = f"{name}--{parameter.name}"
    spoken = html.escape(parameter.spoken[parameter.start])
    return (
        f'<label for="{slider_id}" class="tex2jax_process">{html.escape(parameter.label)}</label>'
        f'<input type="range" id="{slider_id}" min="0" max="{len(parameter.values) - 1}" step="1" '
        f'value="{parameter.start}" aria-valuetext="{spoken}" autocomplete="off">'
        f'<output for="{slider_id}" aria-hidden="true">{spoken}</output>'
    )


def _data(sprite: Sprite, frames: Sequence[Frame], parameters: Sequence[Parameter]) -> str:
    """What the script needs, as JSON that cannot end its own <script> element."""
    sides = [100 * sprite.pitch[0] / sprite.frame[0], 100 * sprite.pitch[1] / sprite.frame[1]]
    data = {
        "parameters": [{"name": p.name, "texts": p.texts, "spoken": p.spoken} for p in parameters],
        "columns": sprite.columns,
        "pitch": sides,  # height and width from tile to tile, in per cent of a frame
        "tiles": sprite.tiles,
        "alts": [frame.alt for frame in frames],
        "texts": [frame.text for frame in frames],
    }
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _position(sprite: Sprite, index: int) -> str:
    """Size of the sheet and its place behind the frame, in per cent of the frame: it scales with the page."""
    row, column = divmod(sprite.tiles[index], sprite.columns)
    return (
        f"width:{100 * sprite.sheet[1] / sprite.frame[1]:.6g}%;height:{100 * sprite.sheet[0] / sprite.frame[0]:.6g}%;"
        f"top:{-100 * row * sprite.pitch[0] / sprite.frame[0]:.6g}%;"
        f"left:{-100 * column * sprite.pitch[1] / sprite.frame[1]:.6g}%"
    )


def _default_width(sprite: Sprite) -> int:
    return int(np.clip(sprite.frame[1], 384, 720))


def _has_text(frames: Sequence[Frame]) -> bool:
    return any(frame.text for frame in frames)


@cache
def _asset(file: str) -> str:
    return files("mddl_lib.pages.sliders").joinpath(file).read_text(encoding="utf-8").strip()
