"""The sliders of the built book: each one moves its picture by keyboard, is read out, and can be linked to."""

from __future__ import annotations

import pytest

from .pages import PAGES

pytestmark = pytest.mark.site

PAGES_WITH_SLIDERS = (
    "index",
    "models/fast_mri",
    "models/competition",
    "unrolling/deep_admm_net",
    "unrolling/admm_csnet",
)
READ = """(name) => {
  const figure = document.getElementById(name), image = figure.querySelector('img');
  return {
    sliders: [...figure.querySelectorAll('input')].map((s) => ({
      id: s.id, value: s.value, max: s.max, said: s.getAttribute('aria-valuetext'), label: s.labels[0]?.innerText.trim() || '',
    })),
    alt: image.alt, drawn: image.naturalWidth > 0, place: image.style.top + ' ' + image.style.left,
  };
}"""


SETTLED = """(name) => {
  if (window.lastAddress !== location.hash) [window.lastAddress, window.lastChange] = [location.hash, performance.now()];
  return location.hash.startsWith('#' + name + ':') && performance.now() - window.lastChange > 500;
}"""
"""the address is written a moment after the last move: before that it may still say the one before"""


@pytest.mark.parametrize("page", PAGES_WITH_SLIDERS)
def test_page_has_sliders(visit, page: str) -> None:
    assert visit(page).seen["figures"], "the reader without a kernel was promised sliders here"


@pytest.mark.parametrize("page", PAGES)
def test_sliders_work_by_keyboard_and_by_link(visit, open_page, page: str) -> None:
    for name in visit(page).seen["figures"]:
        tab = open_page(visit(page).address)
        first = tab.evaluate(READ, name)
        assert first["drawn"]
        for slider in first["sliders"]:
            assert slider["label"], f"{slider['id']} has no label"
            assert slider["said"], f"{slider['id']} has no aria-valuetext"
            if slider["max"] == "0":
                continue
            handle = tab.locator(f"[id='{slider['id']}']")
            handle.focus()
            before = tab.evaluate(READ, name)
            tab.keyboard.press("Home" if slider["value"] == slider["max"] else "End")
            after = tab.evaluate(READ, name)
            said = {s["id"]: s["said"] for s in after["sliders"]}[slider["id"]]
            assert said != slider["said"], f"{slider['id']}: the value that is read out did not follow"
            assert 20 <= len(after["alt"]) <= 250
            assert after["alt"] != before["alt"], f"{slider['id']}: the alt text did not follow"
            assert after["place"] != before["place"], f"{slider['id']}: the picture did not move"
        tab.wait_for_function(SETTLED, arg=name, polling=100)
        linked = open_page(tab.url)
        assert linked.evaluate(READ, name) == tab.evaluate(READ, name), "the address does not bring the state back"
