"""The pages' pictures, as light as they can be without loss, each in a file of its own.

- A slider's frames lie in its notebook as text, a third longer than the picture. In the pages they are files beside them.
- A curve as PNG weighs twice what it weighs as WebP without loss.
"""

import base64
import hashlib
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

FRAMES = re.compile(r'(<img\b[^>]*\bsrc=")data:image/webp;base64,([A-Za-z0-9+/=]+)(?=")')
SHOWN = re.compile(r"\b_images/([\w.-]+)")


def of_page(text: str, place: Path, folder: Path) -> str:
    """A page's HTML with lighter pictures.

    :param place: the page's folder, where its addresses begin.
    :param folder: of the pictures; the new ones are written there.
    """
    return _as_webp(_frames_as_files(text, place, folder), folder)


def _frames_as_files(text: str, place: Path, folder: Path) -> str:
    """Each slider's picture becomes a file that is named by its content."""

    def file_of(found: re.Match[str]) -> str:
        content = base64.b64decode(found[2])
        file = folder / f"frames-{hashlib.sha256(content).hexdigest()[:16]}.webp"
        if not file.is_file():
            folder.mkdir(exist_ok=True)
            file.write_bytes(content)
        return found[1] + Path(os.path.relpath(file, place)).as_posix()

    return FRAMES.sub(file_of, text)


def _as_webp(text: str, folder: Path) -> str:
    """A PNG's place is taken by the same pixels as WebP, where that is lighter."""
    for name in sorted(set(SHOWN.findall(text))):
        if name.endswith(".png") and (folder / name).is_file():
            lighter = (folder / name).with_suffix(".webp")
            if not lighter.is_file():
                lighter.write_bytes(_without_loss(folder / name))
            if lighter.stat().st_size < (folder / name).stat().st_size:
                text = text.replace(f"_images/{name}", f"_images/{lighter.name}")
    return text


def _without_loss(file: Path) -> bytes:
    content = io.BytesIO()
    with Image.open(file) as picture:
        picture.save(content, "WEBP", lossless=True, quality=60, method=2)
    return content.getvalue()


def drop_unshown(folder: Path, pages: Iterable[Path]) -> None:
    """Remove the pictures that no page asks for: a build that goes on where the last one ended leaves older ones."""
    shown = {name for page in pages for name in SHOWN.findall(page.read_text(encoding="utf-8"))}
    for picture in folder.glob("*"):
        if picture.name not in shown:
            picture.unlink()
