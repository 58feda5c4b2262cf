"""Deep Fusion Net: with raw patches it is patch-based label fusion; its weights sum to one; fused or layer by layer, it is the same."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.segmentation.deep_fusion.fused_vote import fused_vote
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.deep_fusion.layers import Distance, Loss, Shift, Voting, Weight
from mddl_lib.segmentation.fusion_rules.patch_based import patch_based
from tests.segmentation.pieces import draw, fusion


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("patch", "radius"), [(7, 2), (3, 0), (1, 3)])
def test_with_raw_patches_it_is_patch_based_fusion(patch: int, radius: int, fused: bool) -> None:
    seen = fusion()
    network = FusionNet.from_algorithm(patch, radius, bandwidth=9.0)
    network.fused = fused
    rule = patch_based(seen.target[0, 0], seen.atlases[0, :, 0], seen.labels[0], patch, radius, bandwidth=9.0)
    torch.testing.assert_close(network(*seen[:3])[0], rule, rtol=0, atol=1e-13)


def test_in_single_precision_too() -> None:
    seen = [part.float() for part in fusion()]
    rule = patch_based(seen[0][0, 0], seen[1][0, :, 0], seen[2][0], 7, 2, bandwidth=9.0)
    torch.testing.assert_close(FusionNet.from_algorithm(7, 2, 9.0)(*seen[:3])[0], rule, rtol=0, atol=2e-5)


def test_the_patch_rule_written_out() -> None:
    """Pixel by pixel, shift by shift, in plain loops."""
    seen, h = fusion(2, 1, 7, 8), 5.0
    target, atlases, labels = seen.target[0, 0], seen.atlases[0, :, 0], seen.labels[0]
    roomy = [torch.nn.functional.pad(picture, (1, 1, 1, 1)) for picture in [target, *atlases]]
    expected = torch.zeros(7, 8, dtype=torch.float64)
    for y in range(7):
        for x in range(8):
            patch, total, votes = roomy[0][y : y + 3, x : x + 3], 0.0, 0.0
            for i in range(2):
                for v in range(max(0, y - 1), min(7, y + 2)):
                    for u in range(max(0, x - 1), min(8, x + 2)):
                        weight = torch.exp(-(patch - roomy[1 + i][v : v + 3, u : u + 3]).square().sum() / h)
                        total, votes = total + weight, votes + weight * labels[i, 0, v, u]
            expected[y, x] = votes / total
    found = patch_based(target, atlases, labels, 3, 1, bandwidth=h)[0]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-13)


def test_weights_sum_to_one_and_none_comes_from_outside() -> None:
    seen, network = fusion(), FusionNet(radius=2).double()
    weights = network.weights(seen.target, seen.atlases).detach()
    assert weights.shape == (1, 3, 25, 14, 19)
    assert bool((weights >= 0).all())
    torch.testing.assert_close(weights.sum((1, 2)), torch.ones(1, 14, 19, dtype=torch.float64), rtol=0, atol=1e-12)
    assert float(weights[:, :, :5, 0].max()) == 0  # two rows up from the first row
    assert float(weights[:, :, 4::5, :, -1].max()) == 0  # two columns right of the last column


def test_shifts_are_rolls_inside() -> None:
    x, t = draw(2, 3, 4, 9, 10), 2
    shifted = Shift(t)(x)
    for number in range(25):
        down, across = number // 5 - t, number % 5 - t
        rolled = torch.roll(x, (-down, -across), (-2, -1))
        torch.testing.assert_close(shifted[:, :, number, :, t:-t, t:-t], rolled[..., t:-t, t:-t], rtol=0, atol=0)


def test_identical_atlas_wins_when_features_are_sharp() -> None:
    """The hand-made case: one atlas is the target itself, so at h → 0 its label is the result."""
    seen = fusion()
    atlases = seen.atlases.clone()
    atlases[:, 1] = seen.target
    votes = FusionNet.from_algorithm(5, 1, bandwidth=1e-3)(seen.target, atlases, seen.labels)
    torch.testing.assert_close(votes, seen.labels[:, 1], rtol=0, atol=1e-12)


def by_layers(target: Tensor, atlases: Tensor, labels: Tensor, radius: int) -> Tensor:
    shift = Shift(radius)
    inside = shift(torch.ones_like(atlases[:, :, :1]))[:, :, :, 0]
    return Voting()(Weight()(Distance()(target, shift(atlases)), inside), shift(labels))


@pytest.mark.parametrize(
    ("batch", "count", "features", "height", "width", "masks", "radius"),
    [(2, 3, 4, 9, 21, 2, 2), (1, 2, 3, 7, 5, 1, 0), (1, 2, 3, 12, 13, 1, 5), (1, 1, 2, 5, 30, 3, 1)],
)
def test_the_fused_operator_is_the_layers(
    batch: int, count: int, features: int, height: int, width: int, masks: int, radius: int
) -> None:
    """Values and gradients, by autograd through all shifts, in doubles; features far from zero."""
    target = (draw(batch, features, height, width) + 7).requires_grad_()
    atlases = (draw(batch, count, features, height, width, seed=1) + 7).requires_grad_()
    labels = (draw(batch, count, masks, height, width, seed=2) > 0).double()
    up = draw(batch, masks, height, width, seed=3)
    results = []
    for fuse in (by_layers, fused_vote):
        votes = fuse(target, atlases, labels, radius)
        results.append([votes, *torch.autograd.grad((votes * up).sum(), (target, atlases))])
    for layers, fused in zip(*results, strict=True):
        torch.testing.assert_close(fused, layers, rtol=0, atol=1e-12)


def test_its_gradient_is_the_difference_quotient() -> None:
    labels = (draw(1, 2, 1, 4, 5, seed=2) > 0).double()
    inputs = (draw(1, 2, 4, 5).requires_grad_(), draw(1, 2, 2, 4, 5, seed=1).requires_grad_())
    assert torch.autograd.gradcheck(lambda t, a: fused_vote(t, a, labels, 1), inputs)


def test_every_parameter_matters() -> None:
    seen, network = fusion(), FusionNet().double()
    loss = Loss()(network(*seen[:3]), seen.truth)
    assert float(loss.detach()) == pytest.approx(float((network(*seen[:3]) - seen.truth).square().mean().detach()))
    loss.backward()
    named = dict(network.named_parameters())
    assert all(float(parameter.grad.norm()) > 0 for name, parameter in named.items() if name != "features.4.bias")
    # the last bias moves target and atlases alike: no distance sees it
    assert float(named["features.4.bias"].grad.norm()) < 1e-12


def test_a_batch_is_one_by_one() -> None:
    seen, network = fusion(batch=2), FusionNet().double()
    together = network(*seen[:3])
    for b in range(2):
        alone = network(*(part[b : b + 1] for part in seen[:3]))
        torch.testing.assert_close(together[b : b + 1], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, a, l: (t[0], a, l), r"target has the shape .*: expected \(batch, features, height, width\)"),
        (lambda t, a, l: (t, a[..., :-1], l), r"atlases have the shape .*: expected \(1, atlases, 1, 14, 19\)"),
        (lambda t, a, l: (t, a, l[:, :2]), r"labels have the shape .*: expected \(1, 3, masks, 14, 19\)"),
        (lambda t, a, l: (t, a.float(), l), "expected one kind of real numbers"),
        (lambda t, a, l: (t.repeat(1, 2, 1, 1), a.repeat(1, 1, 2, 1, 1), l), "expected grey pictures"),
        (lambda t, a, l: (t, a, l.requires_grad_()), "expected labels without one"),
    ],
)
def test_bad_input(change: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FusionNet().double()(*change(*fusion()[:3]))
