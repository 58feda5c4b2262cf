"""The scoreboard says what the stored results say: verdicts, differences, CSV, and "not yet" where there is nothing."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from mddl_lib.chapters import CHAPTERS, page_address
from mddl_lib.pages.maps.talk_picture import talk_picture
from mddl_lib.pages.proof import scoreboard_view
from mddl_lib.pages.table_view import show
from mddl_lib.results import scoreboard
from mddl_lib.results.claims.claim import Claim
from mddl_lib.results.claims.verdicts import verdicts
from mddl_lib.results.tables import ResultTable

NAME = "admm_net_brain"
HOMES = {table: (c.topic, page_address(c.network_page)) for c in CHAPTERS for table in c.tables}


def entry(psnr: list[float], nmse: list[float], embedded: bool = False) -> dict:
    images = [f"image {number}" for number in range(len(psnr))]
    return {
        "data": "phantom_brain" if embedded else "brain_mr_test", "data_sha256": "a" * 64, "embedded": embedded,
        "images": images, "psnr": psnr, "nmse": nmse, "origin": {},
    }  # fmt: skip


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Write rows of the brain table as this machine's stored paper results; returns the tables that are then loaded."""

    def write(rows: dict[str, dict]) -> list[ResultTable]:
        (tmp_path / "paper").mkdir(exist_ok=True)
        content = {"table": NAME, "profile": "paper", "rows": {row: {"20%": cell} for row, cell in rows.items()}}
        (tmp_path / "paper" / f"{NAME}.json").write_text(json.dumps(content))
        monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
        return scoreboard.load_all(HOMES)

    return write


def brain(tables: list[ResultTable]) -> ResultTable:
    return next(table for table in tables if table.name == NAME)


def word(table: ResultTable, start: str) -> str:
    return next(verdict.word for verdict in verdicts(table) if verdict.sentence.startswith(start))


def test_every_table_has_a_chapter_and_is_listed_once() -> None:
    names = [table.name for table in scoreboard.load_all(HOMES)]
    assert len(names) == len(set(names)) == sum(len(chapter.tables) for chapter in CHAPTERS)


def test_verdicts_follow_the_numbers(stored) -> None:
    claim = "ADMM-Net15 (authors' weights), 20%, PSNR"
    good = brain(stored({"ADMM-Net15 (authors' weights)": entry([37.0, 37.34], [0.07, 0.0778])}))
    assert word(good, claim) == "holds"
    bad = brain(stored({"ADMM-Net15 (authors' weights)": entry([36.0, 37.34], [0.07, 0.0778])}))
    assert word(bad, claim) == "fails"
    assert word(bad, "TV, 20%, PSNR: at least") == "not yet"


def test_phantoms_neither_hold_nor_fail(stored) -> None:
    table = brain(stored({"Zero-filling": entry([29.95], [0.17], embedded=True)}))
    assert word(table, "Zero-filling") == "not yet"
    assert scoreboard.filled_columns(table) == []
    assert "None of ours is stored yet" in scoreboard.headline([table])


def test_headline_counts_and_names_the_best_row(stored) -> None:
    rows = {
        "TV": entry([36.0, 36.2], [0.09, 0.09]),
        "Zero-filling": entry([29.9, 30.0], [0.17, 0.17]),
    }
    table = brain(stored(rows))
    base = {"row": "TV", "column": "20%", "metric": "psnr"}
    table.description.stated = None  # the paper's orders have tests of their own
    table.claims = [
        Claim(**base, at_least=35.5), Claim(**base, at_least=36.5), Claim(**base, better_than="Zero-filling", by=6.0),
        Claim(**{**base, "row": "PANO"}, at_least=36.0),
    ]  # fmt: skip
    text = scoreboard.headline([table])
    assert "Of 4 claims that we check, **2 hold**, 1 fail and 1 are not measured yet" in text
    assert "TV reaches 36.10 dB on 2 images; the paper says 35.20 dB" in text


def test_csv_has_every_printed_number_and_our_difference(stored) -> None:
    tables = stored({"TV": entry([36.0, 36.2], [0.09, 0.09])})
    rows = list(csv.DictReader(io.StringIO(scoreboard.csv_text(tables))))
    printed = sum(
        value is not None
        for t in tables
        for cells in t.paper.values()
        for cell in cells.values()
        for value in cell.values()
    )
    papers = {(r["table"], r["paper row"], r["column"], r["metric"]) for r in rows if r["paper"]}
    assert len(papers) == printed > 100
    tv = next(r for r in rows if r["row"] == "TV" and r["column"] == "20%" and r["metric"] == "psnr")
    assert float(tv["ours"]) == pytest.approx(36.1)
    assert float(tv["difference"]) == pytest.approx(36.1 - 35.20)
    assert next(r for r in rows if r["row"] == "RecPF")["ours"] == ""


def test_download_holds_the_csv_itself(stored) -> None:
    tables = stored({})
    found = re.search(r'href="data:text/csv;base64,([^"]+)"', scoreboard_view.download(tables, "all.csv", "CSV"))
    assert base64.b64decode(found.group(1)).decode() == scoreboard.csv_text(tables)


def test_numbers_show_paper_ours_and_difference(stored) -> None:
    text = scoreboard_view.tables_with_results(stored({"TV": entry([36.0, 36.2], [0.09, 0.09])}), HOMES)
    line = re.search(r'<tr><th scope="row">TV \[\d\]</th>(.*?)</tr>', text).group(1)
    cells = re.findall(r"<td>(.*?)</td>", line)
    assert cells[:6] == ["0.0929", "0.0900", "−0.0029", "35.20", "36.10", "+0.90"]
    assert cells[-1] == "2", "images"
    assert re.search(r'<th scope="row">RecPF \[\d\]</th><td>0.0917</td><td>not yet</td><td>–</td>', text)


def test_each_html_table_has_a_caption_and_scopes(stored) -> None:
    tables = stored({"TV": entry([36.0, 36.2], [0.09, 0.09])})
    pages = [scoreboard_view.overview(tables, HOMES), scoreboard_view.tables_with_results(tables, HOMES)]
    for text in [*pages, scoreboard_view.tables_without_results(tables, HOMES)]:
        assert text.count("<table") == text.count("<caption>")
        assert text.count("<table") or text == "<p>Every table has rows of ours.</p>"
        assert "<th>" not in text

        class Balanced(HTMLParser):
            depth: list[str] = []  # noqa: RUF012 - one parser a text

            def handle_starttag(self, tag, attrs):
                if tag != "br":
                    self.depth = [*self.depth, tag]

            def handle_endtag(self, tag):
                assert self.depth[-1] == tag
                self.depth = self.depth[:-1]

        parser = Balanced()
        parser.feed(text)
        assert parser.depth == []


def test_a_row_that_moved_is_stale(stored) -> None:
    old = stored({"TV": entry([36.0, 36.2], [0.09, 0.09])})
    new = scoreboard.load_all(HOMES)
    assert "None is stale" in scoreboard_view.confirmation(old, new, "read")
    brain(new).rows["TV"]["20%"]["psnr"] = [36.0, 35.2]
    assert "TV** is stale" in scoreboard_view.confirmation(old, new, "read")


def test_picture_links_what_stands_and_says_what_is_to_come() -> None:
    text = talk_picture()
    for chapter in CHAPTERS:
        for page in (chapter.model_page, chapter.network_page):
            assert page is None or f'href="{page_address(page)}"' in text
    assert text.count('class="to-come"') == 3 * sum(chapter.state == "to come" for chapter in CHAPTERS)


def test_published_anchors_wait_for_no_row_of_ours(stored) -> None:
    """A table of the book's own is not counted as one of the talk's, and its published rows never say "not yet"."""
    tables = stored({"TV": entry([36.0, 36.2], [0.09, 0.09])})
    denoising = next(table for table in tables if table.name == "denoising_bsd68")
    others = sum(table.description.anchors for table in tables if table is not denoising)
    said = {}
    for anchors in (True, False):
        denoising.description.anchors = anchors
        line = next(line for line in show(denoising, "BSD68, σ = 25").body() if line[0] == "K-SVD")
        said[anchors] = ("not yet" in line, scoreboard.headline(tables).split(" result tables")[0])
    count = len(tables) - others
    assert said == {True: (False, f"The talk has {count - 1}"), False: (True, f"The talk has {count}")}
