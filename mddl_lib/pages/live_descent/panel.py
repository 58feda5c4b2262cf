"""`live_descent`: learned descent on noisy photographs as one block of plain HTML that computes in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IPython.display import HTML

from mddl_lib.core import arguments
from mddl_lib.pages.live_network.assets import assets, page_script
from mddl_lib.pages.live_network.controls import colours, eight_bits, own_picture, select, slider
from mddl_lib.pages.live_network.frame import frame, held, identity_of
from mddl_lib.pages.live_network.numbers import as_text

TITLES = {"noisy": "with noise", "estimate": "the network", "error": "its error"}
KEYS = "Drop a picture of your own anywhere on this figure: it is read here, and nothing is sent."


def live_descent(
    images: Mapping[str, Any],
    networks: Mapping[int, Mapping[str, Any]],
    *,
    alt: str,
    caption: str | None = None,
    name: str = "live-descent",
    error_scale: float = 0.2,
    width: int = 640,
    kilobytes: float = 320,
) -> HTML:
    """Show learned descent that computes in the reader's browser: image (also one's own), noise, turn.

    :param images: what the menu says → (256, 256), in [0, 1]; kept in 8 bits.
    :param networks: noise level in grey levels of 255 → what :func:`mddl_lib.restoration.range_field.for_the_page.described` gives of a
        network; all of as many turns.
    :param alt: what is to be seen, 20 to 250 characters.
    :param caption: text under the figure.
    :param name: the figure's id, unique in its page.
    :param error_scale: the error that gets the brightest colour.
    :param width: in CSS pixels; it shrinks to a narrow page.
    :param kilobytes: the most that the panel may weigh in the page.
    :raises ValueError: for images of another size, no images or networks, an alt text that is too short or too
        long, and a panel that does not fit ``kilobytes``.
    """
    identity = identity_of(name, alt, width)
    arguments.positive(error_scale=error_scale)
    if not images or not networks:
        raise ValueError("images or networks is empty: expected one or more of both")
    data = {
        "images": [eight_bits(label, image) for label, image in images.items()],
        "networks": {str(level): as_text(network) for level, network in networks.items()},
        "colours": colours(),
        "error": error_scale,
    }
    turns = max(len(network["turns"]) for network in networks.values())
    pictures = "\n".join(
        f'<div><p>{title}</p><canvas data-part="{part}" role="img" aria-label="{title}"></canvas></div>'
        for part, title in TITLES.items()
    )
    controls = "\n".join(
        [
            select(identity, "image", "image", [*images, "one of your own …"]),
            slider(identity, "noise", "noise (of 255)", (0, 75, 25), "#"),
            slider(identity, "turn", "after turn", (0, turns, turns), "#"),
            f'<div class="mddl-live-buttons">{own_picture(identity)}</div>',
        ]
    )
    shared = assets("live_network", ("numbers.js", "own_picture.js", "pictures.js"))
    worker = assets("live_network", ("numbers.js",)) + "\n" + assets("live_descent", ("descent.js", "worker.js"))
    return frame(
        identity, "mddl-descent", alt, f'<div class="mddl-live-pictures">\n{pictures}\n</div>', controls, KEYS,
        held(data, identity, kilobytes, "images"), page_script("live_descent", (), shared), caption=caption, worker=worker,
        variables=f"--mddl-width:{width}px;--mddl-columns:3",
    )  # fmt: skip
