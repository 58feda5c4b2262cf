"""From a dotted name to the files that stand behind it, and on to the files that those import."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from pathlib import Path

from tools.book.book_files import BookError
from tools.tracing.code_names import Names, names_in


class Library:
    """The packages below a folder, read as text; nothing of them is imported."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names = functools.cache(self._names)

    def reached(self, names: Names) -> dict[Path, Names]:
        """Every module that the code needs, directly or through others, with what it names itself."""
        found: dict[Path, Names] = {}
        left = [path for dotted in names.imports for path in self.files(dotted)]
        while left:
            path = left.pop()
            if path not in found:
                found[path] = self.names(path)
                left += [other for dotted in found[path].imports for other in self.files(dotted)]
        return found

    def files(self, dotted: str) -> list[Path]:
        """The modules behind a name: the longest part of it that is one, and the packages above that run code of their own.

        A name that a package only passes on (`mddl_lib.load`) leads to where it is made, not to all that the package passes on.
        """
        folder, parts, found = self.root, dotted.split("."), []
        for number, part in enumerate(parts):
            if (module := folder / f"{part}.py").is_file():
                return [*found, module]
            if not (folder / part).is_dir():
                passed_on = self._passed_on(folder / "__init__.py").get(part) if number else None
                return found + (self.files(passed_on) if passed_on and passed_on != dotted else [])
            folder = folder / part
            if self._runs_code(folder / "__init__.py"):
                found.append(folder / "__init__.py")
        return found

    def _names(self, path: Path) -> Names:
        package = path.parent.relative_to(self.root).as_posix().replace("/", ".")
        try:
            return names_in(path.read_text(encoding="utf-8"), package)
        except SyntaxError as error:
            raise BookError(f"{path}, line {error.lineno}: {error.msg}") from None

    def _passed_on(self, init: Path) -> dict[str, str]:
        """Name → the dotted name that an __init__ takes it from."""
        if not init.is_file():
            return {}
        found = {}
        for dotted in self.names(init).imports:
            found[dotted.rpartition(".")[2]] = dotted
        return found

    @functools.cache  # noqa: B019  one library a run
    def _runs_code(self, init: Path) -> bool:
        """Whether an __init__ does more than to describe itself and to pass names on."""
        if not init.is_file():
            return False
        return not all(_only_passes_on(statement) for statement in ast.parse(init.read_text(encoding="utf-8")).body)


def _only_passes_on(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return [ast.unparse(target) for target in statement.targets] == ["__all__"]
    return isinstance(statement, ast.Import | ast.ImportFrom)


def data_files(modules: Iterable[tuple[Path, Names]]) -> set[Path]:
    """What lies in a module's own package and is named by it, outright (`figure.css`) or by its folder (`tuned`)."""
    found: set[Path] = set()
    for module, names in modules:
        for word in names.words:
            # a text with a space, or none, is no name of a file
            if not word or len(word) > 60 or not word.replace(".", "").replace("_", "").replace("-", "").isalnum():
                continue
            beside = module.parent / word
            if beside.is_file() and beside.suffix != ".py":
                found.add(beside)
            elif beside.is_dir() and not (beside / "__init__.py").exists() and word != "weights":
                found |= {path for path in beside.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    return found
