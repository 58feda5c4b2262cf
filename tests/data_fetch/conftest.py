"""A small registry whose files lie on the local server, and an empty cache folder."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from data_fetch import network
from data_fetch.network import Patience
from data_fetch.registry import lookup
from data_fetch.registry.make import as_text

from .transfers.server import Server

HURRIED = Patience(attempts=3, first_pause=0.01, connect=1, silence=0.3, probe=1.0, workers=4, apart=0)
COUNT = 6


def png(seed: int) -> bytes:
    """A picture of noise as PNG: 32 × 32, about 1 kB."""
    stream = io.BytesIO()
    values = np.random.default_rng(seed).integers(0, 256, size=(32, 32), dtype=np.uint8)
    Image.fromarray(values).save(stream, "PNG")
    return stream.getvalue()


@dataclass
class World:
    """What a test needs: the server, the cache folder, the files of the set ``heads``, and the registry's folder."""

    server: Server
    cache: Path
    files: dict[str, bytes]
    registry: Path

    @property
    def folder(self) -> Path:
        """Where the files of ``heads`` go."""
        return self.cache / "heads"

    def everything(self) -> set[str]:
        """Every file in the cache, hidden and temporary ones too, relative to the set's folder."""
        return {str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.is_file()}

    def change_card(self, **values: object) -> None:
        """Change the card of ``heads``; None removes a word."""
        files, card = lookup.stored("heads")
        register(self.registry, "heads", files, {k: v for k, v in {**card, **values}.items() if v is not None})

    def fill(self) -> None:
        """Put all files into the cache by hand."""
        for name, content in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def stored(url: str, files: dict[str, bytes]) -> tuple[dict, dict]:
    """The two halves of the set ``heads``, whose files come from ``url``."""
    listed = [
        {"name": name, "url": f"{url}/{name}", "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    ]
    texts = {"title": "Heads", "licence": "none", "citation": "nobody", "note": ""}
    groups = [
        {"decoder": "picture", "kind": "image", "files": f"{part}/", "subset": part} for part in ("train", "test")
    ]
    card = {"paper_used": "others", "people": False, "source": url, "groups": groups, "stand_in": "phantom_brain"}
    return {**texts, "files": listed}, card


def register(folder: Path, name: str, files: dict, card: dict) -> None:
    """Put a set into a registry's folder, as ``data_fetch.registry.make`` and a person do."""
    for half in ("cards", "files"):
        (folder / half).mkdir(parents=True, exist_ok=True)
    (folder / "cards" / f"{name}.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    if files:
        (folder / "files" / f"{name}.json").write_text(as_text(files), encoding="utf-8")
    forget()


def forget() -> None:
    """Make the next look-up read the folder again."""
    lookup.names.cache_clear()
    lookup.whole.cache_clear()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def world(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    names = [f"train/{n}.png" for n in range(COUNT - 2)] + [f"test/{n}.png" for n in range(COUNT - 2, COUNT)]
    files = {name: png(seed) for seed, name in enumerate(names)}
    server.contents = {f"/{name}": content for name, content in files.items()}
    registry = tmp_path / "registry"
    phantom = lookup.stored("phantom_brain")
    monkeypatch.setattr(lookup, "FOLDER", registry)
    register(registry, "heads", *stored(server.url, files))
    register(registry, "phantom_brain", *phantom)
    monkeypatch.setattr(network, "PATIENCE", HURRIED)
    monkeypatch.setattr(network, "unreachable", {})
    monkeypatch.setenv("MDDL_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for quiet in ("MDDL_STATIC", "MDDL_QUIET"):
        monkeypatch.delenv(quiet, raising=False)
    yield World(server, tmp_path / "cache", files, registry)
    forget()
