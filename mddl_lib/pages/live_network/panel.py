"""`live_network`: Deep ADMM-Net as one block of plain HTML that computes in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from IPython.display import HTML
from torch import nn

from mddl_lib.core import arguments
from mddl_lib.pages.live_network.assets import assets, page_script
from mddl_lib.pages.live_network.controls import colours, eight_bits, own_picture, select, slider
from mddl_lib.pages.live_network.frame import frame, held, identity_of
from mddl_lib.pages.live_network.numbers import FOLDER, packed

WORKER = ("numbers.js", "fourier.js", "masks.js", "layers.js", "admm_net.js", "worker.js")
PAGE = ("numbers.js", "masks.js", "mask_drawing.js", "own_picture.js", "pictures.js")
TITLES = {"mask": "mask: draw on it", "zero": "zero-filled", "estimate": "the network", "error": "its error"}
KEYS = (
    "Draw on the mask with the pointer, or with arrow keys and Space. Drop a picture of your own anywhere on this figure: it is "
    "read here, and nothing is sent."
)


def live_network(
    images: Mapping[str, Any],
    networks: Mapping[int, nn.Module],
    *,
    alt: str,
    caption: str | None = None,
    name: str = "live-network",
    small: bool = False,
    error_scale: float = 0.1,
    width: int = 640,
    kilobytes: float = 320,
) -> HTML:
    """Show a network that computes in the reader's browser: no kernel, no library, no server.

    Controls: image (also one's own), sampling ratio, kind of mask or one drawn by hand, turn, noise. A worker computes, so the page
    stays responsive. The first network stands in the page; the others are fetched from the built book when they are the nearest
    to the mask.

    :param images: what the menu says → (256, 256), in [0, 1]; kept in 8 bits.
    :param networks: percent → :class:`~mddl_lib.mri.admm_net.ADMMNet` of 3 × 3 filters, such as
        :func:`~mddl_lib.pages.live_network.numbers.shipped` gives.
    :param alt: what is to be seen, 20 to 250 characters.
    :param caption: text under the figure.
    :param name: the figure's id, unique in its page.
    :param small: only the sampling ratio, the mask, and two pictures.
    :param error_scale: the error that gets the brightest colour.
    :param width: in CSS pixels; it shrinks to a narrow page.
    :param kilobytes: the most that the panel may weigh in the page.
    :raises ValueError: for images of another size or with NaN, no images, an alt text that is too short or too long, and a panel
        that does not fit ``kilobytes``.
    """
    identity = identity_of(name, alt, width)
    arguments.positive(error_scale=error_scale)
    if not images or not networks:
        raise ValueError("images or networks is empty: expected one or more of both")
    shown = ("mask", "zero", "estimate") if small else tuple(TITLES)
    data = held(_data(images, networks, error_scale), identity, kilobytes, "images")
    pictures = "\n".join(
        f'<div><p>{TITLES[part]}</p><canvas data-part="{part}" role="img" aria-label="{TITLES[part]}"'
        + (f' tabindex="0" aria-describedby="{identity}--keys"' if part == "mask" else "")
        + "></canvas></div>"
        for part in shown
    )
    controls = "\n".join(_controls(identity, list(images), small))
    return frame(
        identity, "mddl-network", alt, f'<div class="mddl-live-pictures">\n{pictures}\n</div>', controls, KEYS, data,
        page_script("live_network", PAGE), caption=caption, worker=assets("live_network", WORKER),
        variables=f"--mddl-width:{width}px;--mddl-columns:{3 if small else 2}",
    )  # fmt: skip


def _data(images: Mapping[str, Any], networks: Mapping[int, nn.Module], error_scale: float) -> dict[str, Any]:
    first, *others = networks
    kept: dict[str, dict[str, str]] = {str(first): {"inline": packed(networks[first])}}
    kept |= {str(percent): {"file": f"{FOLDER}/admm_net_{percent}.js"} for percent in others}
    return {
        "images": [eight_bits(label, image) for label, image in images.items()],
        "networks": kept,
        "colours": colours(),
        "error": error_scale,
    }


def _controls(identity: str, images: list[str], small: bool) -> list[str]:
    """Label, control and, of sliders, the value in words; then the buttons."""
    found = [] if small else [select(identity, "image", "image", [*images, "one of your own …"])]
    found.append(slider(identity, "share", "sampling ratio", (5, 60, 20), "# %"))
    if small:
        return found
    found.append(select(identity, "kind", "mask", ["radial", "Cartesian", "random", "drawn"]))
    found.append(slider(identity, "turn", "after turn", (0, 17, 17), "#"))
    found.append(slider(identity, "noise", "noise", (0, 50, 0), "#", 1000))
    found.append(
        f'<div class="mddl-live-buttons"><label for="{identity}--erase">'
        f'<input type="checkbox" data-part="erase" id="{identity}--erase">'
        f'the brush erases</label><button type="button" data-part="clear">Clear the mask</button>'
        f"{own_picture(identity)}</div>"
    )
    return found
