"""Names on a slider's panels, and the scale of its errors."""

from __future__ import annotations

import numpy as np
import pytest

from mddl_lib.pages.figures import error_colours
from mddl_lib.pages.sliders.panels import error_scale, named


@pytest.mark.parametrize("name", ["TV", "a name that is far too long for its panel"])
def test_the_name_stands_above_the_untouched_image_and_fits(name: str) -> None:
    image = np.random.default_rng(0).random((40, 90))
    panel = named(image, name)
    assert panel.shape == (56, 90, 3)
    np.testing.assert_array_equal(panel[16:], np.repeat(image[..., None], 3, -1))
    strip = panel[:16]
    assert strip.min() < 0.6  # something is written
    assert (strip[:, [0, -1]] > 0.99).all()  # and not cut


def test_the_scale_runs_from_nothing_to_the_top() -> None:
    scale = error_scale(200, 0.1)
    assert scale.shape == (30, 200, 3)
    np.testing.assert_allclose(scale[0, [0, -1]], error_colours(np.array([0.0, 0.1]), 0.1))


def test_what_is_no_image_is_named() -> None:
    with pytest.raises(ValueError, match=r"\(3,\): expected"):
        named(np.zeros(3), "a")
    with pytest.raises(ValueError, match="above 0"):
        error_scale(20, 0)
