"""What every notebook promises before it runs: one parameters cell, no outputs, a card, a place in the book."""

from __future__ import annotations

import re

import nbformat
import pytest

from tools.book.cards import PROFILES, card_paths, parameters_for, read_card
from tools.book.contents import check_contents
from tools.book.notebook_parameters import check_given, defaults

from .conftest import BOOK, notebook_names

NAMES = notebook_names()
CHAPTERS = {
    "index", "how_to_read", "data", "models/fast_mri", "models/competition", "unrolling/deep_admm_net",
    "unrolling/admm_csnet", "scoreboard", "status",
}  # fmt: skip


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(BOOK / f"{name}.ipynb", as_version=4)


def test_the_book_has_its_chapters() -> None:
    """A book without pages would pass every other test."""
    assert set(NAMES) >= CHAPTERS


@pytest.mark.parametrize("path", card_paths(BOOK), ids=lambda path: path.stem)
def test_every_card_is_one(path) -> None:
    """There is one beside each notebook, and its keys are those that a card may have."""
    read_card(path)


def test_what_to_read_before_exists() -> None:
    cards = {path: read_card(path) for path in card_paths(BOOK)}
    known = {card.get("topic") for card in cards.values()} | set(NAMES)
    assert [
        (path.stem, name) for path, card in cards.items() for name in card.get("before", ()) if name not in known
    ] == []


def test_every_card_stands_beside_a_notebook_or_among_those_to_come() -> None:
    cards = {path for path in BOOK.rglob("*.yaml") if not {"tables", "results"} & set(path.relative_to(BOOK).parts)}
    assert cards == set(card_paths(BOOK))


def test_every_page_stands_in_the_table_of_contents_once() -> None:
    check_contents(BOOK)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_plain_scalars_and_start_in_the_read_profile(name: str) -> None:
    assert defaults(read(name), name)["profile"] == "read"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_of_a_profile_reaches_its_notebook(name: str, profile: str) -> None:
    check_given(read(name), parameters_for(BOOK, profile, name), name)


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_are_committed(name: str) -> None:
    for cell in read(name).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_asks_whether_it_is_tested(name: str) -> None:
    """What differs between a test and a reading is a parameter, so that it stands on the notebook's card."""
    asks = re.compile(r"environ.*\bCI\b|getenv.*\bCI\b|\bif CI\b|MDDL_PROFILE")
    for cell in read(name).cells:
        if cell.cell_type == "code":
            assert not asks.search(cell.source), cell.source


@pytest.mark.parametrize("name", NAMES)
def test_cells_have_ids_and_the_kernel_is_python3(name: str) -> None:
    notebook = read(name)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


EXERCISE = re.compile(r"```\{exercise(?:-start)?\}[^\n]*\n:label: (\S+)")
SOLUTION = re.compile(r"```\{solution-(start|end)\} *(\S*)")
ANSWER_WORDS = 12
"""a solution that shows code only does not answer: one sentence or more stands in it"""


def exercises_and_answers(notebook: nbformat.NotebookNode) -> tuple[list[str], dict[str, int]]:
    """The labels of a chapter's exercises; and of each solution, how many words of prose it holds.

    :raises AssertionError: for a solution that opens inside another one, or never closes.
    """
    asked, answered, inside = [], {}, None
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        asked += EXERCISE.findall(cell.source)
        pieces, position = [], 0
        for mark in SOLUTION.finditer(cell.source):
            pieces.append((inside, cell.source[position : mark.start()]))
            assert (mark[1] == "start") == (inside is None), f"{mark[0]} inside the solution of {inside}"
            inside = mark[2] if mark[1] == "start" else None
            position = mark.end()
        for label, text in [*pieces, (inside, cell.source[position:])]:
            if label is not None:
                prose = [line for line in text.splitlines() if not line.startswith(("```", ":class:"))]
                answered[label] = answered.get(label, 0) + len(re.findall(r"\w{2,}", " ".join(prose)))
    assert inside is None, f"the solution of {inside} has no end"
    return asked, answered


@pytest.mark.parametrize("name", [name for name in NAMES if "/" in name])
def test_a_chapter_has_four_exercises_each_with_an_answer_in_words(name: str) -> None:
    asked, answered = exercises_and_answers(read(name))
    assert len(asked) >= 4, asked
    assert sorted(asked) == sorted(answered), "each exercise has one solution"
    assert not {label: words for label, words in answered.items() if words < ANSWER_WORDS}


def test_a_solution_of_code_alone_is_no_answer() -> None:
    """The test above can fail: on a bare solution, and on an exercise that stands inside another one's solution."""
    start, end = "```{solution-start} one\n:class: dropdown\n```", "```{solution-end}\n```"
    bare = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text) for text in (start, end)])
    assert exercises_and_answers(bare) == ([], {"one": 0})
    nested = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(start) for _ in range(2)])
    with pytest.raises(AssertionError, match="inside the solution of one"):
        exercises_and_answers(nested)
