"""What a head's numbers are: each measure against scikit-image or by hand, the mean over a head's slices, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.filters import sobel
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mddl_lib.synthesis import measures
from mddl_lib.synthesis.heads import Heads, score, unchanged, values
from mddl_lib.synthesis.slices import load_slices


@pytest.fixture(scope="module")
def head() -> Heads:
    return Heads("phantom_mr_ct", (3, 1))


def grey(image: torch.Tensor) -> np.ndarray:
    return (image[0].double().numpy() + 1) * 127.5


def test_measures_are_scikit_images_on_grey_levels() -> None:
    slices = load_slices("phantom_mr_ct", (1, 2))
    found = {name: measure(slices.mr, slices.ct) for name, measure in measures.METRICS.items()}
    for number, (mr, ct) in enumerate(zip(slices.mr, slices.ct, strict=True)):
        made, real = grey(mr), grey(ct)
        assert float(found["mae"][number]) == pytest.approx(np.abs(made - real).mean(), rel=1e-5)
        assert float(found["psnr"][number]) == pytest.approx(
            peak_signal_noise_ratio(real, made, data_range=255), abs=1e-4
        )
        known, plane = structural_similarity(
            made, real, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
        )
        assert float(found["ssim"][number]) == pytest.approx(known, abs=1e-5)
        edges = sobel(real / 255) > 0.1
        assert 0.01 < edges.mean() < 0.2
        assert float(found["ssim_hg"][number]) == pytest.approx(plane[edges].mean(), abs=1e-5)


def test_edges_are_the_real_ones_and_a_perfect_ct_is_perfect_there() -> None:
    ct = load_slices("phantom_mr_ct", (1,)).ct
    assert float(measures.ssim_high_gradient(ct, ct)) == pytest.approx(1)
    blurred = torch.nn.functional.avg_pool2d(ct, 5, 1, 2)
    assert measures.ssim_high_gradient(blurred, ct) < measures.ssim(blurred, ct)
    flat = torch.zeros(1, 1, 32, 32)
    with pytest.raises(ValueError, match=r"has 0 with a gradient above 0.1: expected"):
        measures.ssim_high_gradient(ct[..., :32, :32] * 0, flat)


@pytest.mark.parametrize("name", measures.METRICS)
def test_measures_refuse_what_is_no_pair_of_slices(name: str) -> None:
    measure, ct = measures.METRICS[name], load_slices("phantom_mr_ct", (1,)).ct
    with pytest.raises(ValueError, match=r"expected .batch, 1, height, width. of both"):
        measure(ct, ct[..., :-1])
    with pytest.raises(ValueError, match=r"made goes from -2 to .*: expected −1 to 1"):
        measure(2 * ct, ct)
    with pytest.raises(ValueError, match="NaN"):
        measure(ct * torch.nan, ct)


def test_a_heads_value_is_the_mean_over_its_slices_and_heads_keep_their_order(head: Heads) -> None:
    scores = score(unchanged, head, progress=False)
    assert scores.names == ["case 3", "case 1"]
    assert str(scores.unit.count(2)) == "2 subjects"
    assert scores.mae[1] == pytest.approx(values(head[1].mr, head[1].ct)["mae"])
    both = load_slices("phantom_mr_ct", (1, 3))
    together = values(both.mr, both.ct)
    assert together["ssim"] == pytest.approx(np.mean(scores.ssim))
    assert len(score(unchanged, head, images=1, progress=False).names) == 1


def test_scoring_says_what_is_wrong(head: Heads) -> None:
    with pytest.raises(ValueError, match="case 3: made has the shape"):
        score(lambda mr, case: mr[..., :8], head, progress=False)
    with pytest.raises(ValueError, match="phantom_mr_ct has no case 99: expected one of"):
        Heads("phantom_mr_ct", (99,))
    with pytest.raises(TypeError, match="method"):
        score(3, head)
    with pytest.raises(ValueError, match="case is 5: expected one of"):
        head.slices.of(1).of(5)
