"""Cases of the laws for synthesis: see tests/laws/kinds.py."""

from __future__ import annotations

from tests.laws.pieces import draw

HEAD = draw(1, 1, 20, 20)
CALLS = {
    "synthesis.players.CycleGAN": {"filters": 2, "blocks": 1},
    "synthesis.players.Discriminator": {"filters": 2},
    "synthesis.players.Generator": {"filters": 2, "blocks": 1},
    "synthesis.players.ResidualBlock": {"channels": 2},
    "synthesis.players.as_made": {"seed": 0, "filters": 2, "blocks": 1},
    "synthesis.selection.same_height": {"slice_number": 1, "slices": 3, "others": 5},
    "synthesis.structure.patch_distances": {"image": HEAD},
    "synthesis.structure.structure_features": {"image": HEAD},
    "synthesis.structure.structure_loss": {"one": HEAD, "other": HEAD},
    "synthesis.structure.structure_map": {"one": HEAD, "other": HEAD},
}

REFUSED = "what it refuses stands in tests/synthesis/test_game.py"
NO_CASE = {
    "synthesis.plans": REFUSED,
    "synthesis.problems": REFUSED,
    "synthesis.selection.draw": REFUSED,
}
