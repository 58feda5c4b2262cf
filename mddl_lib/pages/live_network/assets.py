"""The scripts and styles of the live panels, put together for a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files


def assets(room: str, names: Iterable[str]) -> str:
    """Files of a folder of ``mddl_lib.pages``, one after the other."""
    return "\n".join(_asset(room, name) for name in names)


def page_script(room: str, helpers: Iterable[str], shared: str = "") -> str:
    """A panel's own script, ``panel.js``, with what it calls inside its ``define()``: one global name is all that it makes.

    :param helpers: files of the same folder.
    :param shared: script text from another folder.
    :raises ValueError: when the script has no ``define()`` of its own.
    """
    outer, head = _asset(room, "panel.js"), "  function define() {\n"
    if outer.count(head) != 1:
        raise ValueError(f"{room}/panel.js has no define() to put its helpers into")
    return outer.replace(head, "\n".join([head.rstrip(), *filter(None, [shared, assets(room, helpers)]), ""]))


@cache
def _asset(room: str, file: str) -> str:
    return files(f"mddl_lib.pages.{room}").joinpath(file).read_text(encoding="utf-8").strip()
