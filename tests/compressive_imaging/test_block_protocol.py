"""Blocks and back; what is scored is the whole photograph, clipped."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mddl_lib.compressive_imaging.block_protocol import blocks_of, image_of, score_in_blocks
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows


class Data(list):
    name, sha256, embedded = "made", "0", False


@pytest.fixture
def data() -> Data:
    generator = np.random.default_rng(0)
    return Data(SimpleNamespace(name=f"p{k}", array=generator.random(s)) for k, s in enumerate([(20, 17), (16, 24)]))


@pytest.mark.parametrize("shape", [(20, 17), (16, 24), (3, 5)])
def test_blocks_go_back_where_they_were(shape: tuple[int, int]) -> None:
    image = torch.rand(1, 1, *shape)
    blocks = blocks_of(image, 8)
    assert blocks.shape[1:] == (1, 8, 8)
    assert torch.equal(blocks[0, 0, : shape[0], : shape[1]], image[0, 0, :8, :8]) or min(shape) < 8
    assert torch.equal(image_of(blocks, shape), image)


def test_the_second_block_lies_right_of_the_first() -> None:
    image = torch.rand(1, 1, 16, 24)
    assert torch.equal(blocks_of(image, 8)[1, 0], image[0, 0, :8, 8:16])
    assert torch.equal(blocks_of(image, 8)[3, 0], image[0, 0, 8:, :8])


def test_the_whole_photograph_is_scored_and_clipped(data: Data) -> None:
    physics = DenseRows((8, 8), 16)
    scores = score_in_blocks(lambda y, at: 3 * at.A_adjoint(y), data, physics)
    assert scores.names == ["p0", "p1"]
    for sample, value in zip(data, scores.values["psnr"], strict=True):
        estimate = np.zeros((24, 24))
        filled = np.zeros((24, 24))
        filled[: sample.array.shape[0], : sample.array.shape[1]] = sample.array
        projector = (physics.matrix.T @ physics.matrix).numpy()
        for top in (0, 8, 16):
            for left in (0, 8, 16):
                block = filled[top : top + 8, left : left + 8].ravel()
                estimate[top : top + 8, left : left + 8] = 3 * (projector @ block).reshape(8, 8)
        cropped = estimate[: sample.array.shape[0], : sample.array.shape[1]].clip(0, 1)
        assert value == pytest.approx(-10 * np.log10(((cropped - sample.array) ** 2).mean()), abs=1e-3)


def test_what_does_not_fit_is_refused(data: Data) -> None:
    physics = DenseRows((8, 8), 16)
    with pytest.raises(ValueError, match="p0: the model returned"):
        score_in_blocks(lambda y, at: y, data, physics)
    with pytest.raises(ValueError, match="blocks are 3: expected 4"):
        image_of(torch.zeros(3, 1, 8, 8), (10, 10))
    with pytest.raises(ValueError, match="expected \\(1, 1, height, width\\)"):
        blocks_of(torch.zeros(2, 1, 8, 8))
