"""One visit to a page in headless Chromium: what it said, what it asked for, and what stood on it when it was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PATIENCE = 120_000  # milliseconds: a loaded machine is slow, which is no fault of the page

SETTLED = """async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  await document.fonts.ready;
  await new Promise((done) => setTimeout(done, 250));
}"""

# Chromium reports every movement of what was already painted; the sum is the page's cumulative layout shift.
WATCH_SHIFTS = """
  window.layoutShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
"""

LOOK = """() => {
  const all = (selector, read) => [...document.querySelectorAll(selector)].map(read);
  const colour = (element) => getComputedStyle(element).color;
  const ids = all('[id]', (element) => element.id);
  return {
    title: document.title,
    headings: all('.bd-article h1', (heading) => heading.textContent),
    words: document.querySelector('.bd-article')?.innerText.split(/\\s+/).length || 0,
    formulas: all('.bd-article .math', (element) => element.querySelectorAll('mjx-container').length),
    mathErrors: all('mjx-merror, [data-mjx-error]', (e) => e.getAttribute('data-mjx-error') || e.textContent),
    redMath: all('mjx-container mjx-mtext', (e) => [e.textContent, colour(e)]).filter(([, c]) => c === 'rgb(255, 0, 0)'),
    images: all('.bd-article img', (image) => ({
      alt: image.getAttribute('alt'), source: image.getAttribute('src').slice(0, 120), width: image.naturalWidth,
      caption: image.closest('figure')?.querySelector('figcaption')?.textContent.trim() || '',
    })),
    otherImages: all('img:not(.bd-article img)', (image) => ({
      alt: image.getAttribute('alt'), source: image.getAttribute('src'),
    })),
    figures: all('figure.mddl-explore', (figure) => figure.id),
    icons: all('[class*="fa-"]', (icon) => [icon.className, getComputedStyle(icon, '::before').content]),
    doubledIds: [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))],
    layoutShift: window.layoutShift,
  };
}"""


@dataclass
class Visit:
    """What a page did while it loaded, and what stood on it."""

    address: str
    status: int = 0
    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    tab: Any = None  # stays open: loading is the slow part


def visit_page(browser: Any, site: str, page: str) -> Visit:
    """Open the page, wait for its formulas and fonts, look."""
    visit = Visit(f"{site}/{page}.html")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH_SHIFTS)
    tab = context.new_page()
    tab.on("console", lambda message: message.type == "error" and visit.console_errors.append(message.text))
    tab.on("pageerror", lambda error: visit.page_errors.append(str(error)))
    tab.on("request", lambda request: visit.requests.append(request.url))
    tab.on("requestfailed", lambda request: visit.failures.append(f"{request.url[:120]}: {request.failure}"))
    tab.on("response", lambda r: r.status >= 400 and visit.failures.append(f"{r.url[:120]}: {r.status}"))
    visit.status = tab.goto(visit.address, wait_until="load").status
    tab.evaluate(SETTLED)
    visit.seen = tab.evaluate(LOOK)
    visit.tab = tab
    return visit
