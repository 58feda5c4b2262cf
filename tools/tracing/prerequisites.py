"""What each notebook depends on, as one small file a notebook, written only when something of it changed.

    python -m tools.tracing.prerequisites read _build/prerequisites/read _build/data_state.txt

A notebook runs again when its code, its parameters, a module that it imports, weights that it loads, a table that it
fills or a data set that it fetches has changed, and for nothing else: prose, alt texts and another field's files are no
reason. All of it is read, nothing is run; make compares the time of this one file with the executed notebook's.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from tools.book.book_files import BookError, notebook_names, read_notebook, write_if_changed
from tools.book.cards import PROFILES, TO_COME, card_paths, parameters_for, read_card, read_parameters
from tools.book.contents import check_contents
from tools.tracing.book_parts import Parts, hash_of
from tools.tracing.code_names import Names, names_in, python_of
from tools.tracing.library_parts import Library, data_files
from tools.tracing.pages_state import pages_state

ROOT = Path(__file__).resolve().parents[2]
RUN = (
    "running/execute_notebook",
    "running/tidy_notebook",
    "book/notebook_parameters",
)  # tools whose change makes another executed copy
TAGS = ("parameters", "raises-exception")  # tags that change a run; the others are about the page
CATALOGUE, CARDS = "mddl_lib/catalogue.py", "mddl_lib/chapters.py"
EVERY_TABLE = {
    "mddl_lib/results/scoreboard.py",
    "mddl_lib/pages/maps/headlines.py",
}  # they read all tables, and name none
DATA_PAGE = "data_fetch/page/"  # shows every set, fetched by a chapter or not
PROFILES_PAGE = "mddl_lib/pages/course.py"
PROSE = "mddl_lib/pages/symbols/definitions.py"  # reads what the chapters write


class Book(Parts):
    """A project's notebooks, and which of its parts each of them needs."""

    def __init__(self, root: Path, profile: str) -> None:
        super().__init__(root, profile)
        self.library = Library(root)

    def code_of(self, name: str) -> list[tuple[str, list[str]]]:
        """Source and telling tags of each code cell."""
        cells = read_notebook(self.book / f"{name}.ipynb")["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        return [(c["source"], [tag for tag in c.get("metadata", {}).get("tags", []) if tag in TAGS]) for c in code]

    def names_of(self, name: str) -> Names:
        """What a notebook's code names; raises BookError for a cell that is no Python."""
        together = Names()
        for number, (source, _) in enumerate(self.code_of(name), 1):
            try:
                found = names_in(python_of(source))
            except SyntaxError as error:
                raise BookError(
                    f"{self.book / name}.ipynb, code cell {number}, line {error.lineno}: {error.msg}"
                ) from None
            for part in ("imports", "words", "told", "patterns"):
                getattr(together, part).update(getattr(found, part))
        texts = [value for value in parameters_for(self.book, self.profile, name).values() if isinstance(value, str)]
        together.words.update(texts)
        return together

    def state_of(self, name: str) -> tuple[dict[str, Any], set[str]]:
        """Everything that decides whether a notebook runs again, as hashes by path, and the data sets that it fetches."""
        names = self.names_of(name)
        modules = self.library.reached(names)
        files: set[Path] = set()
        if self.root / CATALOGUE in modules:
            files |= self._networks(names, modules)
        everything = [names, *modules.values()]
        whole_registry = any(self.short(path).startswith(DATA_PAGE) for path in modules)
        fetched = {s for s in self.sets if any(_fetches(one, s) for one in everything)}
        told = self.sets.keys() if whole_registry else self.with_stand_ins(fetched)
        modules |= self.library.reached(Names(imports={dotted for s in told for dotted in self.readers(s)}))
        paths = {self.short(path) for path in modules}
        files |= {path for path in data_files(modules.items()) if not self.in_registry(path)}
        tables = [t for t in self.tables if EVERY_TABLE & paths or any(one.means(t) for one in everything)]
        files |= {*modules, *(self.root / f"tools/{tool}.py" for tool in RUN)}
        state = {
            "code": hash_of(json.dumps(self.code_of(name)).encode()),
            "parameters": parameters_for(self.book, self.profile, name),
            "data": sorted(self.sets if whole_registry else fetched),
            **{self.short(path): hash_of(path.read_bytes()) for path in files if path.is_file()},
            **{key: value for table in tables for key, value in self.table_state(table).items()},
            **{path: value for s in told for path, value in self.sets[s].items()},
        }
        if PROSE in paths:
            state["prose"] = self.prose_state()
        if CARDS in paths:
            state["cards"] = self.cards_state(with_parameters=PROFILES_PAGE in paths)
        return state, fetched

    def _networks(self, names: Names, modules: dict[Path, Names]) -> set[Path]:
        """The weights that are named, and how their fields make networks of them; all of them where no name is told.

        The catalogue asks every field by importlib, which no reading of imports can follow. Adds to `modules`.
        """
        everything = [names, *modules.values()]
        named = {n for n in self.weights if any(one.means(n) for one in everything)}
        # what authors published is named after the network that it is: admm_net15_brain_20_authors
        longer = {n for n in self.weights if any(word.startswith(f"{n}_") for one in everything for word in one.words)}
        loaded = named | longer or set(self.weights)
        for field in {self.weights[n].parent.parent for n in loaded} or {
            p.parent for p in self.root.glob("mddl_lib/*/networks.py")
        }:
            parts = ["networks", *(["plans"] if "mddl_lib.train" in names.imports else [])]
            imports = {f"{self.short(field).replace('/', '.')}.{part}" for part in parts}
            modules |= self.library.reached(Names(imports=imports))
        return {self.weights[n] for n in loaded}


def _fetches(names: Names, data_set: str) -> bool:
    words = {word.split("/")[0] for word in names.words if "/" in word or word == data_set}
    return data_set in words or Names(patterns={pattern.split("/")[0] for pattern in names.patterns}).means(data_set)


def write_state(path: Path, state: dict[str, Any], name: str, profile: str) -> None:
    """Write one notebook's file; where it said something else before, tell what changed."""
    before = None
    if path.is_file():
        with contextlib.suppress(json.JSONDecodeError):  # cut: written again
            before = json.loads(path.read_text(encoding="utf-8"))
    if write_if_changed(path, json.dumps(state, indent=1, sort_keys=True) + "\n") and before is not None:
        changed = sorted(key for key in before.keys() | state.keys() if before.get(key) != state.get(key))
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        print(f"[{profile}] {name}: changed {', '.join(changed[:3])}{more}", flush=True)


def main(profile: str, folder: Path, data_state: Path, root: Path = ROOT) -> None:
    """Read the book, fetch what it names, write each notebook's file; what is left of a notebook that went goes too."""
    from tools.running.fetch_data import main as fetch

    book = Book(root, profile)
    names = notebook_names(book.book)
    if not names:
        raise BookError(f"no notebook lies in {book.book}; expected the book's chapters")
    check_contents(book.book)
    for path in card_paths(book.book):
        read_card(path) if path.parent.name == TO_COME else read_parameters(path)
    states = {name: book.state_of(name) for name in names}
    fetch(data_state, sorted(set().union(*(fetched for _, fetched in states.values()))))
    here = dict(line.split(": ") for line in data_state.read_text(encoding="utf-8").splitlines())
    for name, (state, _) in states.items():
        known = {data_set: here[data_set] for data_set in state["data"] if data_set in here}
        write_state(folder / f"{name}.json", {**state, "data": known}, name, profile)
    write_if_changed(folder / "pages.state", pages_state(root))
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).with_suffix("").as_posix() not in names:
            path.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", choices=PROFILES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("data_state", type=Path)
    options = parser.parse_args()
    try:
        main(options.profile, options.folder, options.data_state)
    except BookError as error:
        sys.exit(str(error))
