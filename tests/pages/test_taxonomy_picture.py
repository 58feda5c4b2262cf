"""The taxonomy: every reference of the talk's slide stands in it, boxes link to pages that exist, the rest is dashed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from mddl_lib.chapters import page_address
from mddl_lib.environment import book_folder
from mddl_lib.pages.maps.taxonomy_picture import BRANCHES, taxonomy_picture

LEAVES = [leaf for models in BRANCHES.values() for leaves in models.values() for leaf in leaves]


def test_the_slides_references_are_all_there() -> None:
    told = " ".join(leaf.reference for leaf in LEAVES)
    for author, year in (
        ("Gregor", 2010), ("Sprechmann", 2015), ("Sun", 2011), ("Yang", 2016), ("Meinhardt", 2017), ("Zheng", 2015),
        ("Sun", 2013), ("Marino", 2018), ("Kingma", 2014), ("Greff", 2017),
    ):  # fmt: skip
        assert re.search(rf"{author}[^0-9]*{year}", told), (author, year)


def test_boxes_link_to_pages_that_exist_and_the_others_are_dashed() -> None:
    picture = taxonomy_picture()
    linked = re.findall(r'<a class="stands" href="([^"]+)"', picture)
    there = [leaf for leaf in LEAVES if page_address(leaf.page)]
    assert linked == ["../" + page_address(leaf.page) for leaf in there]
    assert all((book_folder() / f"{leaf.page}.ipynb").is_file() for leaf in there)
    assert picture.count('class="to-come"') == len(LEAVES) - len(there)
    assert "reference" not in picture


def test_it_is_one_picture_and_no_box_leaves_it() -> None:
    svg = re.search(r"<svg.*</svg>", taxonomy_picture(), re.DOTALL).group()
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
