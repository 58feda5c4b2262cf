"""Every slide of the talk has a home: a page, an equation on it, a function, a test that exists, a table."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from mddl_lib.environment import book_folder
from mddl_lib.pages.maps.slide_table import slide_tables
from mddl_lib.pages.maps.slides import SLIDES, Trace, traces

ROOT = Path(__file__).resolve().parents[2]
HOMES = traces()
EVERY = [trace for homes in HOMES.values() for trace in homes]


def named(trace: Trace) -> str:
    return f"{trace.page}: {trace.slide}"


@pytest.mark.parametrize("slide", [slide for slides in SLIDES.values() for slide in slides])
def test_a_slide_without_a_home_fails(slide: str) -> None:
    assert HOMES[slide], f"no card in book/ names the slide {slide!r} under `slides`"


@pytest.mark.parametrize("trace", EVERY, ids=named)
def test_a_home_exists(trace: Trace) -> None:
    module, _, name = trace.function.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    path, _, test = trace.test.partition("::")
    functions = {
        node.name
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert test in functions
    if trace.equation:
        page = (book_folder() / f"{trace.page}.ipynb").read_text(encoding="utf-8")
        assert f":label: {trace.equation}\\n" in page
    if trace.table:
        assert (book_folder() / "tables" / f"{trace.table}.yaml").is_file()


def test_every_table_of_the_talk_stands_beside_a_slide() -> None:
    """Those that say that they are ours, or hold anchors alone, need none."""
    from mddl_lib.results.tables import ResultTable

    shown = {trace.table for trace in EVERY}
    talk = [path.stem for path in (book_folder() / "tables").glob("*.yaml")]
    missing = [name for name in talk if not ResultTable.load(name, "paper").description.anchors and name not in shown]
    assert missing == []


def test_the_tables_show_every_slide_once_and_link_to_its_home() -> None:
    shown = slide_tables()
    for slide, homes in HOMES.items():
        assert shown.count(f'<th scope="row">{slide}</th>') == 1
        assert all(homes)
    assert "nowhere yet" not in shown
    assert len(re.findall("<tr>", shown)) == len(EVERY) + len(SLIDES)


def test_a_card_that_names_what_is_no_slide_is_refused(tmp_path: Path) -> None:
    for name, entry, message in (
        ("strange", "{slide: a pie, function: f, test: t}", "no slide 'a pie'"),
        ("half", "{slide: a pie}", "expected slide, function and test"),
    ):
        book = tmp_path / name  # cards are read once a folder
        book.mkdir()
        (book / "_toc.yml").write_text("root: one\n", encoding="utf-8")
        (book / "one.yaml").write_text(f"slides: [{entry}]\n", encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            traces(book)


def test_every_table_of_the_talk_has_a_headline() -> None:
    from mddl_lib.pages.maps.headlines import headline_table
    from mddl_lib.results.tables import ResultTable

    shown = headline_table()
    talk = [path.stem for path in (book_folder() / "tables").glob("*.yaml")]
    names = [name for name in talk if not ResultTable.load(name, "paper").description.anchors]
    assert len(names) >= 11
    assert [name for name in names if f'href="scoreboard.html#{name}"' not in shown] == []
    assert len(re.findall(r"<td>", shown)) == len(names)


def test_a_headline_is_the_papers_number_and_ours() -> None:
    from mddl_lib.pages.maps.headlines import headline
    from mddl_lib.results.tables import ResultTable

    table = ResultTable.load("admm_net_brain", "paper")
    metric = table.metric(table.description.headline)
    ours = metric.text(table.mean("ADMM-Net15 (public data)", "20%", metric.name))
    assert f">{metric.text(table.paper['ADMM-Net15']['20%'][metric.name])}, {ours}<" in headline("admm_net_brain")
    assert "ours on other data" in headline("fusion_net_sata")
