"""The network in the page: milliseconds of a whole ADMM-Net15 on 256 × 256 pixels, beside its transforms alone and beside torch.

One headless Chromium runs the page's own scripts on one thread. The floor is what the network cannot avoid: eighteen pairs
of transforms. The goal is 300 ms after a warm-up.
"""

from __future__ import annotations

import base64
import statistics
import time
from importlib.resources import files

import numpy as np
import torch

import mddl_lib
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.pages.live_network.numbers import packed, rounded
from mddl_lib.pages.live_network.panel import WORKER
from tests.site.pages import CHROMIUM, CHROMIUM_ARGUMENTS

GOAL, REPEATS, SIDE = 300.0, 15, 256

MEASURE = """([numbers, repeats]) => {
  const times = { network: [], transforms: [] };
  const fourier = new Fourier(256);
  const bytes = Uint8Array.from(atob(numbers), (letter) => letter.charCodeAt(0));
  const network = new ADMMNet(new Float64Array(bytes.buffer), fourier);
  const random = randomNumbers(1);
  const image = Float64Array.from({ length: 65536 }, random);
  const { zeroFilled, gram } = measure(image, MASKS.radial(256, 0.2), 0, fourier);
  const [re, im] = [0, 1].map(() => new Float64Array(256 * fourier.half));
  const timed = (what, action) => { const start = performance.now(); action(); times[what].push(performance.now() - start); };
  for (let turn = 0; turn < repeats; turn++) {
    timed('network', () => network.estimates(zeroFilled, gram));
    timed('transforms', () => { for (let k = 0; k < 18; k++) { fourier.forward(image, re, im); fourier.inverse(re, im, image); } });
  }
  return times; }"""


def in_the_page() -> dict[str, float]:
    """Medians of milliseconds, the first third left out: that is the warm-up."""
    from playwright.sync_api import sync_playwright

    folder = files("mddl_lib.pages.live_network")
    scripts = "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in WORKER if name != "worker.js")
    numbers = np.frombuffer(base64.b64decode(packed(mddl_lib.load("admm_net15_brain_20"))), "<f2").astype(np.float64)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        names = "Fourier, ADMMNet, MASKS, measure, randomNumbers"
        page.evaluate(f"(() => {{ {scripts}\nObject.assign(window, {{ {names} }}); }})()")
        times = page.evaluate(MEASURE, [base64.b64encode(numbers.tobytes()).decode(), REPEATS])
        browser.close()
    return {what: statistics.median(values[len(values) // 3 :]) for what, values in times.items()}


def in_torch() -> dict[str, float]:
    """Medians of milliseconds of the same network, one thread, single and double precision."""
    network, found = mddl_lib.load("admm_net15_brain_20"), {}
    physics = MaskedFourier(pseudo_radial((SIDE, SIDE), 0.2))
    for name in ("single", "double"):
        network = rounded(network) if name == "double" else network
        x = torch.rand(1, 1, SIDE, SIDE, dtype=next(network.parameters()).dtype)
        y, times = physics.A(x), []
        with torch.no_grad():
            for _ in range(REPEATS):
                start = time.perf_counter()
                network(y, physics)
                times.append(1000 * (time.perf_counter() - start))
        found[name] = statistics.median(times[REPEATS // 3 :])
    return found


def main() -> dict[str, float]:
    """Print the table; return milliseconds."""
    torch.set_num_threads(1)
    page, library = in_the_page(), in_torch()
    whole, floor = page["network"], page["transforms"]
    print(f"in the page: {whole:.0f} ms, {whole / 18:.1f} ms a stage (goal: {GOAL:.0f} ms in all, or less)")
    print(f"its 18 pairs of transforms alone: {floor:.0f} ms; the network takes {whole / floor:.2f} x that")
    print(f"torch: {library['single']:.0f} ms in single, {library['double']:.0f} ms in double precision")
    return page | library


if __name__ == "__main__":
    main()
