"""Which test images a training set nearly holds."""

from __future__ import annotations

import pytest
import torch

from data_fetch import available
from mddl_lib.mri.images import near_duplicates, training_images


def test_a_brighter_noisy_copy_is_found_and_a_stranger_is_not() -> None:
    generator = torch.Generator().manual_seed(0)
    known = torch.rand(4, 1, 16, 16, generator=generator)
    strangers = torch.rand(3, 1, 16, 16, generator=generator)
    images = strangers.clone()
    images[1] = 0.5 * known[2] + 0.1 + 0.01 * torch.rand(1, 16, 16, generator=generator)
    assert near_duplicates(images, known) == [1]
    assert near_duplicates(strangers, known) == []


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 16, 16\).*\(1, 8, 8\)"):
        near_duplicates(torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 8, 8))


@pytest.mark.data
@pytest.mark.skipif(not available("chest_mr"), reason="the chest images are not here")
def test_nine_chest_test_slices_have_a_twin_in_training() -> None:
    test, train = (training_images([f"chest_mr/{part}"]) for part in ("test", "train"))
    assert len(near_duplicates(test, train)) == 9
