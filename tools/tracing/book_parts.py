"""What lies in a project, by name, each part with the hash of what it says: data sets, weights, tables, cards."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from tools.book.book_files import notebook_names, read_json, read_notebook
from tools.book.cards import LISTS, WORDS, card_paths, read_card


def hash_of(content: bytes) -> str:
    """Short, for people compare these lines too."""
    return hashlib.sha256(content).hexdigest()[:16]


class Parts:
    """The parts of one project, for one profile."""

    def __init__(self, root: Path, profile: str) -> None:
        self.root, self.profile, self.book = root, profile, root / "book"
        self.weights = {path.stem: path for path in sorted((root / "mddl_lib").rglob("weights/*.safetensors"))}
        self.tables = {path.stem: path for path in sorted((self.book / "tables").glob("*.yaml"))}
        self.sets = self._sets()

    def _sets(self) -> dict[str, dict[str, str]]:
        """Data set → what the registry holds of it: the files that have its name, as hashes."""
        found: dict[str, dict[str, str]] = {}
        for path in sorted((self.root / "data_fetch").rglob("*")):
            if self.in_registry(path):
                found.setdefault(path.stem, {})[self.short(path)] = hash_of(path.read_bytes())
        return found

    def words_of(self, data_set: str) -> set[str]:
        """Every word on a set's card."""
        texts = [
            (self.root / path).read_text(encoding="utf-8") for path in self.sets[data_set] if path.endswith(".yaml")
        ]
        return set(re.findall(r"\w+", " ".join(texts)))

    def with_stand_ins(self, names: set[str]) -> set[str]:
        """These sets, and those that their cards name: what stands in where one cannot be had."""
        return names | {word for name in names for word in self.words_of(name) if word in self.sets}

    def readers(self, data_set: str) -> set[str]:
        """The modules that a card names: a set's decoder, or the maker of its samples, which data_fetch imports by name."""
        folders = [path for path in (self.root / "data_fetch").glob("*/") if path.name not in ("registry", "page")]
        words = self.words_of(data_set)
        return {
            f"data_fetch.{folder.name}.{word}"
            for folder in folders
            for word in words
            if (folder / f"{word}.py").is_file()
        }

    def in_registry(self, path: Path) -> bool:
        """Whether a file tells about data sets: such a file counts set by set, and not as a whole."""
        return path.suffix in (".json", ".yaml") and self.root / "data_fetch" in path.parents

    def short(self, path: Path) -> str:
        """A path as the states name it."""
        return path.relative_to(self.root).as_posix()

    def table_state(self, name: str) -> dict[str, str]:
        """A table as the paper has it and as it is stored; the paper profile writes the latter, so there it is no cause."""
        found = {self.short(self.tables[name]): hash_of(self.tables[name].read_bytes())}
        stored = self.book / "results/paper"
        if self.profile != "paper":
            for path in sorted(stored.rglob(f"{name}.*")):
                found[self.short(path)] = hash_of(path.read_bytes())
            if (stored / "provenance.json").is_file():
                record = read_json(stored / "provenance.json", "the seconds and dates of stored results")
                found[f"provenance: {name}"] = hash_of(json.dumps(record.get(name), sort_keys=True).encode())
        return found

    def cards_state(self, with_parameters: bool) -> str:
        """The cards as the maps of talk and course read them, with the order of the book."""
        keys = (*WORDS, *LISTS, "row", "slides", *(["parameters"] if with_parameters else []))
        read = {self.short(path): read_card(path) for path in card_paths(self.book)}
        told = {path: {key: card[key] for key in keys if key in card} for path, card in read.items()}
        contents = (self.book / "_toc.yml").read_text(encoding="utf-8") if (self.book / "_toc.yml").is_file() else ""
        return hash_of(json.dumps([told, contents], sort_keys=True).encode())

    def prose_state(self) -> str:
        """The Markdown of every notebook, for a page that is made from what the others write."""
        cells = [
            cell for name in notebook_names(self.book) for cell in read_notebook(self.book / f"{name}.ipynb")["cells"]
        ]
        return hash_of("\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown").encode())
