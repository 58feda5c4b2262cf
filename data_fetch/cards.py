"""A data card per set, as Markdown, from the registry alone: the same text on every machine and in every run."""

from __future__ import annotations

from .dataset import embedded
from .phantom import FIRST_SEED
from .registry import Entry, entries, find

UNIT = {"image": "image", "complex": "complex slice", "mask": "mask", "network": "trained network", "file": "file"}


def content(entry: Entry) -> str:
    """What is in it, counted: ``100 images in chest_mr/train, 50 images in chest_mr/test``.

    Taught in :doc:`/data`.
    """
    parts = [entry.part(subset) for subset in entry.subsets] or [entry]
    return ", ".join(counted(part) + (f" in `{part.name}`" if part.subset else "") for part in parts)


def counted(entry: Entry) -> str:
    """``50 images``.

    Taught in :doc:`/data`.
    """
    kinds = {entry.group(file).kind for file in entry.files}
    unit = UNIT[kinds.pop()] if len(kinds) == 1 else "file"
    return f"{len(entry.files)} {unit}{'' if len(entry.files) == 1 else 's'}"


def megabytes(count: int) -> str:
    """A size for people, ``1.6 MB``, with a space that no line breaks at.

    Taught in :doc:`/data`.
    """
    return f"{count / 1e6:.1f}\u00a0MB" if count >= 50_000 else f"{count / 1e3:.0f}\u00a0kB"


def card(name: str) -> str:
    """The data card of one set as Markdown: a heading, then a list of what a reader must know. Raises `UnknownName`.

    Taught in :doc:`/data`.
    """
    if name in FIRST_SEED:
        return embedded_card(name)
    entry = find(name)
    lines = [f"- **What it is**: {sentence(entry.title)}"]
    if entry.note:
        lines.append(f"- **Mind**: {sentence(entry.note)}")
    lines += [
        f"- **Content**: {content(entry)}; {megabytes(entry.bytes)}.",
        f"- **What the paper used**: {sentence(entry.paper_used)}",
        f"- **Licence**: {sentence(entry.licence)}" + own_licence(entry),
        f"- **Cite**: {sentence(entry.citation)}",
        f"- **From**: <{entry.source}>, each file pinned to a commit and a sha256; all hashes as one:"
        f" `{entry.sha256[:16]}…`",
        f"- **Stands in when it cannot be had**: {stand_ins(entry)}",
        f'- **Load it**: `data_fetch.load("{entry.name}")`',
    ]
    return f"### {entry.name}\n\n" + "\n".join(lines) + "\n"


def embedded_card(name: str) -> str:
    """The card of a set made by code.

    Taught in :doc:`/data`.
    """
    data = embedded(name)
    lines = [
        f"- **What it is**: {sentence(data.title)}",
        f"- **Content**: {len(data)} images; no file: `data_fetch.phantom` draws them.",
        f"- **What the paper used**: {sentence(data.paper_used)}",
        f"- **Licence**: {sentence(data.licence)}",
        f"- **Cite**: {sentence(data.citation)}",
        f'- **Load it**: `data_fetch.load("{name}")`',
    ]
    return f"### {name}\n\n" + "\n".join(lines) + "\n"


def own_licence(entry: Entry) -> str:
    """What the book's own licence does not cover, for a set that holds pictures.

    Taught in :doc:`/data`.
    """
    if entry.people:
        where = "wherever its pages show one" if entry.redistributable else "and no page shows one"
        return f" Pictures of people's bodies: this book's CC-BY licence does not cover them, {where}."
    if not entry.redistributable:
        return " This book's CC-BY licence does not cover it, and no page shows a picture of it."
    if any(group.kind in ("image", "complex") for group in entry.groups):
        return " This book's CC-BY licence does not cover these pictures."
    return ""


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop.

    Taught in :doc:`/data`.
    """
    text = text.strip()
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def stand_ins(entry: Entry) -> str:
    """The embedded sets that `load_or_embedded` would give.

    Taught in :doc:`/data`.
    """
    parts = [entry.part(subset) for subset in entry.subsets] or [entry]
    names = dict.fromkeys(part.embedded for part in parts if part.embedded)
    return ", ".join(f"`{name}`" for name in names) + ", made by code." if names else "nothing."


def overview() -> str:
    """All sets in one Markdown table: name, content, size, licence in the words of its source.

    Taught in :doc:`/data`.
    """
    rows = ["| name | content | size |", "|---|---|---|"]
    rows += [f"| `{e.name}` | {content(e)} | {megabytes(e.bytes)} |" for e in entries().values()]
    return "\n".join(rows) + "\n"
