"""A data card per set, as Markdown, from the registry alone: the same text on every machine and in every run."""

from __future__ import annotations

from ..registry import Entry, entries, find

UNITS = {
    "image": "image", "colour": "colour image", "complex": "complex slice", "mask": "mask", "network": "trained network",
    "mesh": "mesh", "operator": "operator", "volume": "volume",
}  # fmt: skip


def content(entry: Entry) -> str:
    """What is in it, counted: ``100 images in chest_mr/train, 50 images in chest_mr/test``."""
    parts = [entry.part(subset) for subset in entry.subsets] or [entry]
    return ", ".join(counted(part) + (f" in `{part.name}`" if part.subset else "") for part in parts)


def counted(entry: Entry) -> str:
    """``50 images``; ``200 samples of image and label`` where a sample has several parts."""
    number = entry.embedded.count if entry.embedded else len(entry.plan)
    plural = "" if number == 1 else "s"
    groups = [g for g in entry.groups if g.subset in (None, entry.subset) or not entry.subset]
    groups = [g for g in groups if g.kind != "file"]
    names = list(dict.fromkeys(group.part_name for group in groups))
    if len(names) > 1:
        return f"{number} sample{plural} of {', '.join(names[:-1])} and {names[-1]}"
    unit = UNITS.get(groups[0].kind, names[0])
    return f"{number} {unit}{plural and ('es' if unit.endswith('sh') else 's')}"


def megabytes(count: int) -> str:
    """A size for people, ``1.6 MB``, with a space that no line breaks at."""
    return f"{count / 1e6:.1f}\u00a0MB" if count >= 50_000 else f"{count / 1e3:.0f}\u00a0kB"


def card(name: str) -> str:
    """The data card of one set as Markdown: a heading, then a list of what a reader must know.

    :raises UnknownName: for a name that no set has.
    """
    entry = find(name)
    lines = [f"- **What it is**: {sentence(entry.title)}"]
    if entry.note:
        lines.append(f"- **Mind**: {sentence(entry.note)}")
    lines += [
        f"- **Content**: {content(entry)}; {whence(entry)}.",
        f"- **What the paper used**: {sentence(entry.paper_used)}",
        f"- **Licence**: {sentence(entry.licence)}{own_licence(entry)}",
        f"- **Cite**: {sentence(entry.citation)}",
    ]
    if not entry.embedded:
        lines += [
            f"- **From**: {sources(entry)}, each file pinned to a commit and a sha256; all hashes as one:"
            f" `{entry.sha256[:16]}…`",
            f"- **Stands in when it cannot be had**: {stand_ins(entry)}",
        ]
    lines.append(f'- **Load it**: `data_fetch.load("{entry.name}")`')
    return f"### {entry.name}\n\n" + "\n".join(lines) + "\n"


def sources(entry: Entry) -> str:
    """The repositories that the files come from, the one that the card names first."""
    parts = [file.url.split("/") for file in entry.files if file.url.startswith("https://raw.githubusercontent.com/")]
    found = dict.fromkeys([entry.source, *(f"https://github.com/{part[3]}/{part[4]}" for part in parts)])
    return " and ".join(f"<{address}>" for address in found)


def whence(entry: Entry) -> str:
    """How large it is; for a set without files, what draws it."""
    if entry.embedded:
        return f"no file: `data_fetch.embedded.{entry.embedded.maker}` gives them"
    return megabytes(entry.bytes)


def own_licence(entry: Entry) -> str:
    """What the book's own licence does not cover, for a set that holds pictures, and what is not shown."""
    if entry.embedded:
        return ""
    if entry.people:
        where = "wherever its pages show one" if entry.redistributable else "and this page shows none"
        return f" Pictures of people's bodies: this book's CC-BY licence does not cover them, {where}."
    if not entry.redistributable:
        return " This book's CC-BY licence does not cover them, and this page shows none of them."
    if any(group.kind in ("image", "colour", "complex") for group in entry.groups):
        return " This book's CC-BY licence does not cover these pictures."
    return ""


def sentence(text: str) -> str:
    """The text with a capital first letter and a full stop."""
    text = text.strip()
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def stand_ins(entry: Entry) -> str:
    """The embedded sets that `load_or_embedded` would give."""
    parts = [entry.part(subset) for subset in entry.subsets] or [entry]
    names = dict.fromkeys(part.stand_in for part in parts if part.stand_in)
    return ", ".join(f"`{name}`" for name in names) + "." if names else "nothing."


def overview() -> str:
    """All sets in one Markdown table: name, content, size; then those made by code."""
    rows = ["| name | content | size |", "|---|---|---|"]
    for entry in sorted(entries().values(), key=lambda entry: entry.kind == "embedded"):
        size = "by code" if entry.embedded else megabytes(entry.bytes)
        rows.append(f"| `{entry.name}` | {content(entry)} | {size} |")
    return "\n".join(rows) + "\n"
