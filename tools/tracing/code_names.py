"""What a piece of Python names: the parts of our packages it imports, and every text that could be a name of ours.

Nothing is run. Imports inside functions count; those under `if TYPE_CHECKING` do not, for they never happen.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

PACKAGES = ("mddl_lib", "data_fetch")
# A text in one of these calls is told about, not fetched: the page on data shows the cards of sets that it never loads.
TELLING = ("card", "cards")
# An f-string with less constant text than this would match names that it does not mean.
LETTERS = 4


@dataclass
class Names:
    """Dotted names of ours, plain texts, texts that are only told about, and patterns from f-strings."""

    imports: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)

    def means(self, name: str) -> bool:
        """Whether the code names this, outright or by a pattern."""
        return name in self.words or any(re.fullmatch(pattern, name) for pattern in self.patterns)


def python_of(source: str) -> str:
    """A cell without IPython's own lines, which are no Python."""
    if source.startswith("%%"):
        return ""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.M)


def names_in(source: str, package: str = "") -> Names:
    """Read one module or one notebook's code; `package` is where its relative imports start."""
    reader = _Reader(package)
    reader.visit(ast.parse(source))
    return reader.found


class _Reader(ast.NodeVisitor):
    def __init__(self, package: str) -> None:
        self.package = package
        self.found = Names()
        self.aliases: dict[str, str] = {}  # name in this code → what it stands for
        self.telling = 0

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            if name.name.split(".")[0] in PACKAGES:
                self.found.imports.add(name.name)
                whole = name.name if name.asname else name.name.split(".")[0]
                self.aliases[name.asname or whole] = whole

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        above = self.package.split(".")[: len(self.package.split(".")) + 1 - node.level] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        if base.split(".")[0] in PACKAGES:
            for name in node.names:
                self.found.imports.add(f"{base}.{name.name}")
                self.aliases[name.asname or name.name] = f"{base}.{name.name}"

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in self.aliases:
            self.found.imports.add(".".join([self.aliases[inner.id], *parts]))
        else:
            self.visit(inner)

    def visit_Call(self, node: ast.Call) -> None:
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called == "startswith":
            starts = [text.value for given in node.args for text in ast.walk(given) if isinstance(text, ast.Constant)]
            telling = [start for start in starts if isinstance(start, str) and _letters(start) >= LETTERS]
            self.found.patterns |= {re.escape(start) + ".*" for start in telling}
        self.telling += called in TELLING
        self.generic_visit(node)
        self.telling -= called in TELLING

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            (self.found.told if self.telling else self.found.words).add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        texts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
        if sum(_letters(text) for text in texts if text) >= LETTERS:
            self.found.patterns.add("".join(".+" if text is None else re.escape(text) for text in texts))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)


def _letters(text: str) -> int:
    return sum(letter.isalnum() for letter in text)
