"""A Markdown table: what stands in it is what was given, and a row that does not fit is named."""

from __future__ import annotations

import pytest

from mddl_lib.pages.markdown_table import markdown_table


def test_numbers_text_and_what_is_missing() -> None:
    table = markdown_table(
        ["method", "PSNR", "steps"], [["TV", 35.614, 80], ["a|b", None, "17"]], formats=["", ".2f", ""]
    )
    assert str(table).splitlines() == [
        "| method | PSNR | steps |",
        "| --- | ---: | ---: |",
        "| TV | 35.61 | 80 |",
        "| a\\|b | – | 17 |",
    ]
    assert table._repr_markdown_() == repr(table) == str(table)


@pytest.mark.parametrize("options", [{"formats": [".2f"]}, {"align": "l"}, {"align": "lx"}])
def test_formats_and_letters_are_one_a_column(options: dict) -> None:
    with pytest.raises(ValueError, match="2 columns"):
        markdown_table(["a", "b"], [], **options)


def test_a_row_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"row \['x'\] has 1 cells: expected 2"):
        markdown_table(["a", "b"], [["x"]])
