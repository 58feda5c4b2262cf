"""The live network's mathematics in Chromium, against torch: transform, masks, measurement, and every turn of the network."""

from __future__ import annotations

import base64
from importlib.resources import files as resources

import numpy as np
import pytest
import torch

import mddl_lib
from mddl_lib.core.masks import cartesian, pseudo_radial, variable_density
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.core.unrolled import estimates
from mddl_lib.pages.live_network.numbers import packed, rounded
from mddl_lib.pages.live_network.panel import WORKER

pytestmark = pytest.mark.site
SIDE = 256

HELP = """
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const doubles = (text) => new Float64Array(bytes(text).buffer);
const text = (array) => { let s = ''; const b = new Uint8Array(array.buffer); const step = 32768;
  for (let i = 0; i < b.length; i += step) s += String.fromCharCode(...b.subarray(i, i + step)); return btoa(s); };
"""


def encoded(array) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def decoded(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.float64)


@pytest.fixture(scope="module")
def run(browser):
    """Evaluate JavaScript beside the panel's scripts."""
    page = browser.new_page()
    page.goto("about:blank")
    folder = resources("mddl_lib.pages.live_network")
    scripts = "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in WORKER if name != "worker.js")
    names = "Fourier, ADMMNet, MASKS, measure, randomNumbers, shareOf"
    page.evaluate(f"(() => {{ {scripts}\n{HELP}\nObject.assign(window, {{ {names}, bytes, doubles, text }}); }})()")
    yield page.evaluate
    page.close()


def picture(kind: str) -> np.ndarray:
    if kind == "noise":
        return np.random.default_rng(0).random((SIDE, SIDE))
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE - 0.5
    return np.clip(1.2 - 4 * np.hypot(rows, 1.3 * columns), 0, 1) * (0.7 + 0.3 * np.sin(40 * rows * columns))


def hand_drawn() -> torch.Tensor:
    """A blob off the middle: neither symmetric nor anything that a network was trained with."""
    mask = torch.zeros(SIDE, SIDE)
    mask[:20, :30] = mask[-9:, :25] = mask[100:110, 50:90] = 1
    return mask


MASKS = {
    "radial": pseudo_radial((SIDE, SIDE), 0.2),
    "random": variable_density((SIDE, SIDE), 0.3, 0),
    "rows": cartesian((SIDE, SIDE), 0.25, 0),
    "drawn": hand_drawn(),
}


def test_the_transform_is_numpys_and_goes_back(run) -> None:
    image = picture("noise")
    re, im, back = (
        decoded(value)
        for value in run(
            """(image) => { const f = new Fourier(256); const x = doubles(image);
            const [re, im] = [0, 1].map(() => new Float64Array(256 * f.half)); f.forward(x, re, im);
            const found = [text(re), text(im)]; const back = new Float64Array(x.length); f.inverse(re, im, back);
            return [...found, text(back)]; }""",
            encoded(image),
        )
    )
    expected = np.fft.rfft2(image).T  # the half grid lies there column by column
    np.testing.assert_allclose((re + 1j * im).reshape(expected.shape), expected, atol=1e-9)
    np.testing.assert_allclose(back.reshape(SIDE, SIDE), image, atol=1e-13)
    with pytest.raises(Exception, match="side is 100: expected a power of two"):
        run("() => { new Fourier(100); }")


@pytest.mark.parametrize("percent", [5, 20, 33, 60])
def test_radial_masks_are_the_librarys(run, percent: int) -> None:
    found = run("(share) => Array.from(MASKS.radial(256, share))", percent / 100)
    np.testing.assert_array_equal(np.reshape(found, (SIDE, SIDE)), pseudo_radial((SIDE, SIDE), percent / 100).numpy())


@pytest.mark.parametrize("percent", [5, 20, 60])
def test_drawn_masks_have_their_share_and_density_and_stay_the_same(run, percent: int) -> None:
    once, again = (
        np.reshape(run("(s) => Array.from(MASKS.random(256, s))", percent / 100), (SIDE, SIDE)) for _ in "ab"
    )
    np.testing.assert_array_equal(once, again)
    assert once.sum() == round(percent / 100 * SIDE * SIDE)
    assert once[0, 0] == 1
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(SIDE)] * 2))
    like = variable_density((SIDE, SIDE), percent / 100, 1).numpy()
    assert frequency[once > 0].mean() == pytest.approx(frequency[like > 0].mean(), rel=0.05)
    rows = np.reshape(run("(s) => Array.from(MASKS.Cartesian(256, s))", percent / 100), (SIDE, SIDE))
    assert (rows == rows[:, :1]).all()
    assert rows[:, 0].sum() == max(round(percent / 100 * SIDE), 1)
    assert rows[:6, 0].all()


def test_a_measurement_without_noise_is_the_librarys_and_noise_has_its_size(run) -> None:
    image = picture("shape")
    for mask in MASKS.values():
        found = run(
            "([x, m]) => text(measure(doubles(x), bytes(m), 0, new Fourier(256)).zeroFilled)",
            [encoded(image), encoded(mask.numpy().astype(np.uint8))],
        )
        physics = MaskedFourier(mask)
        expected = physics.A_adjoint(physics.A(torch.from_numpy(image)[None, None]))
        np.testing.assert_allclose(decoded(found), expected.flatten().numpy(), atol=1e-12)
    full = encoded(np.ones((SIDE, SIDE), np.uint8))
    noisy = run(
        "([x, m]) => text(measure(doubles(x), bytes(m), 0.03, new Fourier(256)).zeroFilled)", [encoded(image), full]
    )
    noise = decoded(noisy) - image.ravel()
    assert noise.std() == pytest.approx(0.03, rel=0.02)
    assert abs(noise.mean()) < 1e-3


@pytest.mark.parametrize("kind", ["shape", "noise"])
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("percent", [20, 50])
def test_every_turn_is_torchs(run, kind: str, mask: str, percent: int) -> None:
    """In double precision with the page's rounded numbers: the network enlarges any difference, turn by turn."""
    network, image = mddl_lib.load(f"admm_net15_brain_{percent}"), picture(kind)
    numbers = encoded(np.frombuffer(base64.b64decode(packed(network)), "<f2").astype(np.float64))
    found = run(
        """([x, m, n]) => { const f = new Fourier(256); const { zeroFilled, gram } = measure(doubles(x), bytes(m), 0, f);
        return new ADMMNet(doubles(n), f).estimates(zeroFilled, gram).map(text); }""",
        [encoded(image), encoded(MASKS[mask].numpy().astype(np.uint8)), numbers],
    )
    physics = MaskedFourier(MASKS[mask])
    with torch.no_grad():
        expected = estimates(rounded(network), physics.A(torch.from_numpy(image)[None, None]), physics)
    assert len(found) == len(expected) == 18
    for turn, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        theirs = theirs.flatten().numpy()
        assert np.linalg.norm(decoded(ours) - theirs) <= 1e-5 * np.linalg.norm(theirs), turn


def test_numbers_that_are_no_network_are_refused(run) -> None:
    with pytest.raises(Exception, match="100 numbers are no ADMM-Net"):
        run("() => { new ADMMNet(new Float64Array(100), new Fourier(256)); }")
