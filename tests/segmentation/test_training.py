"""Training and scoring on drawn hearts: the loop learns, resumes bit for bit, and the scores are Dice and Jaccard."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.evaluation import Targets, by_subject, score, score_parts
from mddl_lib.segmentation.hearts import PARTS, Case, slices
from mddl_lib.segmentation.methods import RULES, by_network, by_rule
from mddl_lib.segmentation.problems import Fusion, FusionObjective, as_fusion
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe


def small(atlas: Atlas) -> Atlas:
    """Every third pixel."""
    return Atlas(atlas.name, atlas.image[::3, ::3], {part: label[::3, ::3] for part, label in atlas.labels.items()})


def hearts(count: int) -> list[Fusion]:
    """Drawn hearts, the others as atlases, unregistered: features must tell where the borders are."""
    found = [small(atlas) for atlas in slices("phantom_heart")[: count + 1]]
    return [as_fusion(Case(t, [a for a in found if a is not t])) for t in found[:count]]


def network() -> FusionNet:
    torch.manual_seed(0)
    return FusionNet(radius=2, layers=2, width=4, features=4, size=3)


def test_the_loss_falls_and_a_stopped_training_goes_on(tmp_path: Path) -> None:
    cases, recipe = hearts(4), Recipe(40, learning_rate=1e-2, seed=3)
    objective = FusionObjective(cases, recipe, count=3, side=30)
    whole, halves = network(), network()
    run = train(whole, objective, recipe, progress=False)
    assert sum(run.losses[-8:]) < 0.9 * sum(run.losses[:8])

    class StopError(Exception):
        pass

    def stop(done: int, _: float) -> None:
        if done == 25:
            raise StopError

    path = tmp_path / "net.safetensors"
    with pytest.raises(StopError):
        train(halves, FusionObjective(cases, recipe, 3, 30), recipe, checkpoint=path, checkpoint_every=10, watch=stop)
    again = train(network_ := network(), FusionObjective(cases, recipe, 3, 30), recipe, checkpoint=path, progress=False)
    assert again.resumed_at == 20
    for one, two in zip(whole.parameters(), network_.parameters(), strict=True):
        assert torch.equal(one, two)


def test_an_iteration_sees_what_seed_and_number_say() -> None:
    cases, recipe = hearts(3), Recipe(5, batch=2, seed=3)
    objective, other = FusionObjective(cases, recipe, 2, 20), FusionObjective(cases, recipe, 2, 20)
    losses = [float(objective(network(), n).detach()) for n in (0, 1, 2)]
    assert float(other(network(), 2).detach()) == losses[2]
    assert len(set(losses)) == 3
    assert objective.description() == other.description() != FusionObjective(cases, recipe, 2, 21).description()


def test_scores_are_dice_and_jaccard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cases = [Case(t, [t, t]) for t in slices("phantom_heart")[:3]]
    monkeypatch.setattr(Targets, "__getitem__", lambda self, index: cases[index])
    data = Targets("phantom_heart", "phantom_heart", 2, tmp_path)
    scores = score(RULES["MV"], data, "epicardium", images=3, progress=False)
    assert scores.values == {"adm": [1.0] * 3, "ajm": [1.0] * 3}
    assert (scores.data, scores.embedded, str(scores.unit.count(3))) == ("phantom_heart", True, "3 slices")
    ring = score(by_rule(lambda t, a, l: l[0] * 0 + 1), data, "myocardium", images=1, progress=False)
    assert ring.adm == [0.0]  # everything is inside both, so nothing is between
    assert len(by_subject(scores).names) == 3
    every = score_parts(RULES["MV"], data, images=3, progress=False)
    assert list(every) == ["epicardium", "endocardium", "myocardium"]
    assert every["epicardium"].values == scores.values
    assert all(part.adm == [1.0] * 3 for part in every.values())
    with pytest.raises(ValueError, match="part is 'heart': expected one of"):
        score(RULES["MV"], data, "heart", images=1)


def test_a_network_votes_with_the_nearest_atlases() -> None:
    seen, net = hearts(3)[0], network()
    votes = by_network(net, 2)(seen)
    with torch.no_grad():
        mine, theirs = net.describe(seen.target, seen.atlases)
        distances = (theirs[0] - mine[0]).flatten(1).norm(dim=1)
        chosen = distances.argsort()[:2]
        assert torch.equal(votes, net(seen.target, seen.atlases[:, chosen], seen.labels[:, chosen]))
        first = net(seen.target, seen.atlases[:, :2], seen.labels[:, :2])
    assert torch.equal(by_network(net, 2, deep=False)(seen), first)
    assert by_network(net)(seen).shape == seen.truth.shape


def test_bad_input() -> None:
    case = Case(slices("phantom_heart")[0], list(slices("phantom_heart")[1:3]))
    with pytest.raises(ValueError, match="has no label 'atrium': expected one of"):
        as_fusion(case, ("atrium",))
    with pytest.raises(ValueError, match="count is 0: expected a whole number"):
        as_fusion(case, PARTS, 0)
    with pytest.raises(ValueError, match=r"cases is \[\]: expected a list"):
        FusionObjective([], Recipe(), 1, 1)
    with pytest.raises(ValueError, match="expected at most 35 pixels and 2 atlases"):
        FusionObjective(hearts(2), Recipe(), 3, 20)
    with pytest.raises(TypeError, match="expected a FusionNet"):
        by_network(3)
    with pytest.raises(TypeError, match="expected something to call"):
        by_rule(3)
