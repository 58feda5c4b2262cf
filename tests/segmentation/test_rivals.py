"""The rivals: shapes, what depends on what, greedy training, exact resume, and whole pictures with a known answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.segmentation.challenge.columns import Subjects
from mddl_lib.segmentation.hearts import CENTRE, slices
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.rivals.evaluation import WholeSlices, cells, score
from mddl_lib.segmentation.rivals.evaluation import score_subjects as by_subjects
from mddl_lib.segmentation.rivals.level_set import LevelSet
from mddl_lib.segmentation.rivals.methods import DLDM, DLLS, by_pixels, found_region, in_region, largest_piece
from mddl_lib.segmentation.rivals.pixel_net import PixelNet
from mddl_lib.segmentation.rivals.problems import PictureObjective, Pictures
from mddl_lib.segmentation.rivals.shape_nets import ContextNet, RegionNet, ShapeNet, standardised_each
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe
from tests.segmentation.pieces import disc, draw, fusion

SMALL: dict[str, nn.Module] = {
    "pixels": PixelNet(masks=2, layers=2, width=4, features=3, size=3),
    "region": RegionNet(filters=2, rank=3),
    "shape": ShapeNet(side=8, hidden=4),
    "context": ContextNet(width=4, dilations=3, masks=2),
}


@pytest.mark.parametrize("name", SMALL)
def test_logits_have_the_pictures_size_and_every_parameter_matters(name: str) -> None:
    network, pictures = SMALL[name].double(), draw(3, 1, 40, 44)
    logits = network(pictures)
    assert logits.shape == (3, 2 if name in ("pixels", "context") else 1, 40, 44)
    for b in range(3):
        torch.testing.assert_close(network(pictures[b : b + 1]), logits[b : b + 1], rtol=0, atol=1e-12)
    network.zero_grad()
    logits.square().sum().backward()
    used = {key for key, value in network.named_parameters() if value.grad is not None and value.grad.norm() > 0}
    assert used == {key for key, _ in network.named_parameters() if not key.startswith("back.")}


@pytest.mark.parametrize("name", ["region", "shape", "context"])
def test_brightness_and_contrast_do_not_matter(name: str) -> None:
    network, pictures = SMALL[name].double(), draw(2, 1, 40, 44)
    torch.testing.assert_close(network(7 * pictures - 3), network(pictures), rtol=0, atol=1e-9)


def test_the_whole_sizes_are_the_papers_where_they_can_be() -> None:
    region, shape = RegionNet(), ShapeNet()
    assert region.filters.weight.shape[2:] == (11, 11)
    assert region.thin.in_features == 8 * 9**2  # 54 × 54 pooled by 6
    assert region.draw.out_features == 32**2
    assert [shape.first.out_features, shape.second.out_features, shape.draw.out_features] == [16, 16, 32**2]
    assert ShapeNet(64, 100).first.weight.shape == (100, 4096)  # Avendi's


def test_a_reconstruction_is_the_transposed_layer() -> None:
    net, pictures = ShapeNet(side=8, hidden=4).double(), draw(5, 1, 8, 8)
    x = standardised_each(pictures).flatten(1)
    h1 = torch.sigmoid(x @ net.first.weight.T + net.first.bias)
    first = (h1 @ net.first.weight + net.back[0] - x).square().mean()
    h2 = torch.sigmoid(h1 @ net.second.weight.T + net.second.bias)
    second = (torch.sigmoid(h2 @ net.second.weight + net.back[1]) - h1).square().mean()
    torch.testing.assert_close(net.reconstruction_loss(pictures, 1), first, rtol=0, atol=1e-12)
    torch.testing.assert_close(net.reconstruction_loss(pictures, 2), second, rtol=0, atol=1e-12)
    net.zero_grad()
    net.reconstruction_loss(pictures, 2).backward()
    assert net.first.weight.grad is None, "the second layer sees the first one's code as given"
    with pytest.raises(ValueError, match="layer is 3: expected 1 or 2"):
        net.reconstruction_loss(pictures, 3)


def blobs(count: int = 12, size: int = 36) -> tuple[Tensor, Tensor]:
    found = [disc(14 + n % 4, 20 - n % 5, 8 + n % 3, size) for n in range(count)]
    pictures = torch.from_numpy(np.stack([atlas.image for atlas in found]))[:, None].float()
    return pictures, torch.from_numpy(np.stack([atlas.labels["label"] for atlas in found]))[:, None].float()


def test_greedy_layers_then_masks() -> None:
    torch.manual_seed(0)
    net, (pictures, masks) = ShapeNet(side=12, hidden=6), blobs()
    losses = []
    for turns, count in ((1, 100), (2, 100), (None, 300)):
        recipe = Recipe(count, learning_rate=1e-2, batch=4, symmetries=False, turns=turns, seed=1)
        run = train(net, PictureObjective(pictures, masks, recipe, 32), recipe, progress=False)
        losses.append((np.mean(run.losses[:10]), np.mean(run.losses[-10:])))
    for (before, after), least in zip(losses, (0.8, 0.8, 0.4), strict=True):
        assert after < least * before, losses


def test_a_stopped_training_goes_on_bit_for_bit(tmp_path: Path) -> None:
    recipe = Recipe(30, learning_rate=1e-2, batch=2, seed=3)

    def objective() -> PictureObjective:
        return PictureObjective(*blobs(), recipe, 30)

    def fresh() -> PixelNet:
        torch.manual_seed(0)
        return PixelNet(1, 2, 3, 3, 3)

    class StopError(Exception):
        pass

    def stop(done: int, _: float) -> None:
        if done == 17:
            raise StopError

    whole, path = fresh(), tmp_path / "net.safetensors"
    run = train(whole, objective(), recipe, progress=False)
    assert run.losses[-1] < run.losses[0]
    with pytest.raises(StopError):
        train(fresh(), objective(), recipe, checkpoint=path, checkpoint_every=10, watch=stop, progress=False)
    halves = fresh()
    assert train(halves, objective(), recipe, checkpoint=path, progress=False).resumed_at == 10
    for one, two in zip(whole.parameters(), halves.parameters(), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize(
    ("seen", "side", "shape"),
    [("squares", 64, (24, 1, 104, 104)), ("region", 104, (24, 1, 128, 128)), ("whole", 256, (24, 1, 280, 280))],
)
def test_what_the_problems_see(seen: str, side: int, shape: tuple[int, ...]) -> None:
    problem = Pictures(("phantom_heart",), seen, ("epicardium", "endocardium"), side)
    pictures, masks = problem.tensors
    assert pictures.shape == shape
    assert masks.shape == (24, 2, *shape[2:])
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    recipe = Recipe(2, batch=2, seed=1)
    net = PixelNet(2, 1, 2, 2, 3)
    objective = problem.objective(net, recipe)
    loss = objective(net, 0)
    assert (
        float(loss.detach())
        == float(problem.objective(net, recipe)(net, 0).detach())
        != float(objective(net, 1).detach())
    )
    assert problem.record()["images"] == 24
    assert objective.description()["side"] == side


def test_random_contrast_and_pose_keep_mask_and_picture_together() -> None:
    pictures, masks = blobs()
    recipe = Recipe(5, batch=4, seed=2)
    plain, posed = (
        PictureObjective(pictures, masks, recipe, 32),
        PictureObjective(pictures, masks, recipe, 32, 0.3, 0.2),
    )
    assert plain.description() != posed.description()

    class Own(nn.Module):
        def forward(self, pictures: Tensor) -> Tensor:
            self.seen = pictures
            return 0 * pictures

    net, sizes = Own(), []
    for iteration in range(5):
        posed(net, iteration)
        sizes.append(net.seen)
        again = Own()
        posed(again, iteration)
        assert torch.equal(net.seen, again.seen), "an iteration sees what seed and number say"
    assert len({float(seen.mean()) for seen in sizes}) == 5
    same = PictureObjective(masks, masks, recipe, 32, 0.0, 0.2)
    for position in range(8):
        picture, mask = same._draw(position)
        assert torch.equal(picture, mask)


class Bright(nn.Module):
    """Inside is what is brighter than one half."""

    def forward(self, pictures: Tensor) -> Tensor:
        return pictures - 0.5


def spot(row: int, column: int, radius: float = 20.0) -> np.ndarray:
    rows, columns = np.mgrid[:256, :256]
    return (np.hypot(rows - row, columns - column) < radius).astype(np.float32)


def test_a_region_is_where_the_network_draws() -> None:
    picture = spot(90, 170)
    picture[0, 0] = 1.0  # a smaller piece is not looked at
    assert found_region(picture, Bright()) == (90, 170)
    assert found_region(picture * 0.4, Bright()) == CENTRE


@pytest.mark.parametrize("level_set", [None, LevelSet(length=0.2, step=1.0, turns=10)])
def test_a_mask_lands_where_the_region_is(level_set: LevelSet | None) -> None:
    picture = spot(90, 170)
    found = in_region(Bright(), Bright(), level_set)(picture)
    assert found.shape == (256, 256)
    assert found.dtype == bool
    assert dice(found, picture) > (0.97 if level_set else 1 - 1e-9)
    at_the_border = spot(10, 250)
    assert dice(in_region(Bright(), Bright(), level_set)(at_the_border), at_the_border) > 0.9
    assert not in_region(Bright(), None, level_set)(spot(10, 10)).any(), "it lies outside the fixed region"


def test_the_largest_piece() -> None:
    mask = np.zeros((6, 7), bool)
    mask[0, 0] = mask[3:5, 3:6] = True
    assert largest_piece(mask).sum() == 6
    assert not largest_piece(np.zeros((3, 3), bool)).any()


def test_a_network_without_atlases_sees_the_target_alone() -> None:
    seen, net = fusion(masks=2), SMALL["pixels"].double()
    votes = by_pixels(net)(seen)
    assert votes.shape == seen.truth.shape
    assert torch.equal(votes, by_pixels(net)(seen._replace(atlases=seen.atlases * 0)))
    expected = torch.sigmoid(net.classifier[1](F.relu(net.features(seen.target))))
    assert torch.equal(votes, expected.detach())


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"expected grey pictures, \(batch, 1, height, width\)"):
        ShapeNet()(torch.ones(1, 2, 8, 8))
    with pytest.raises(ValueError, match="pictures holds NaN or infinity"):
        RegionNet()(torch.full((1, 1, 64, 64), torch.nan))
    with pytest.raises(ValueError, match="hidden is 0: expected a whole number"):
        ShapeNet(hidden=0)
    with pytest.raises(ValueError, match="seen is 'half': expected 'squares'"):
        Pictures(seen="half")
    with pytest.raises(ValueError, match="side is 37: expected at most 36 pixels"):
        PictureObjective(*blobs(), Recipe(), 37)
    with pytest.raises(ValueError, match=r"masks \(3, 1, 36, 36\): expected"):
        PictureObjective(blobs()[0], blobs()[1][:3], Recipe(), 30)
    with pytest.raises(TypeError, match="expected a PixelNet"):
        by_pixels(ShapeNet())
    with pytest.raises(TypeError, match="network is 3: expected something to call"):
        in_region(3)
    with pytest.raises(ValueError, match="everywhere: expected a picture with some contrast"):
        in_region(Bright())(np.ones((256, 256)))
    with pytest.raises(ValueError, match="expected true or false"):
        largest_piece(np.ones((3, 3)))


def test_whole_pictures_are_scored_as_the_slices_are() -> None:
    data = WholeSlices("phantom_heart")
    assert [sample.name for sample in data.slices] == [atlas.name for atlas in slices("phantom_heart")]
    truths = iter(data.slices)
    scores = score(lambda picture: next(truths)["epicardium"] > 0, data, images=3, progress=False)
    assert scores.values == {"adm": [1.0] * 3, "ajm": [1.0] * 3}
    halves = score(lambda picture: picture > 2, data, images=2, progress=False)
    assert halves.adm == [0.0, 0.0]
    assert by_subjects(lambda picture: picture > 2, Subjects(data), images=2).names == scores.names[:2]
    assert len(WholeSlices("phantom_heart", scores.names[0])) == len(data) - 1
    assert (scores.embedded, len(scores.data_sha256), str(scores.unit.count(3))) == (True, 64, "3 slices")
    with pytest.raises(ValueError, match="part is 'myocardium': expected one of"):
        score(Bright(), data, "myocardium")
    with pytest.raises(TypeError, match="method is 3: expected something to call"):
        score(3, data)


def test_the_rows_of_the_table() -> None:
    region, shape, context = SMALL["region"].float(), SMALL["shape"].float(), ContextNet(4, 2)
    made = {cell.row: cell for cell in cells(region, shape, context)}
    assert list(made) == ["DLDM_init", "DLDM", "DLLS"]
    assert made["DLDM"].origin["level_set"] == vars(DLDM)
    picture = spot(120, 130) + 0.01 * spot(100, 100, 60)
    for row, by_hand in (("DLDM_init", in_region(shape, region)), ("DLLS", in_region(context, None, DLLS))):
        assert np.array_equal(made[row].make()(picture), by_hand(picture))
    with pytest.raises(TypeError, match="shape is a int: expected a torch module"):
        cells(region, 3, context)
