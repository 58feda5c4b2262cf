"""Cases of the laws for synthesis: see tests/laws/kinds.py."""

from __future__ import annotations

from tests.laws.pieces import draw

HEAD = draw(1, 1, 20, 20)
MADE, REAL = HEAD.tanh(), HEAD.flip(-1).tanh()
CALLS = {
    "synthesis.measures.mean_absolute_error": {"made": MADE, "real": REAL},
    "synthesis.measures.psnr": {"made": MADE, "real": REAL},
    "synthesis.measures.ssim": {"made": MADE, "real": REAL},
    "synthesis.measures.ssim_high_gradient": {"made": MADE, "real": REAL},
    "synthesis.atlas.mean_ct": {"target": HEAD[0, 0], "mrs": HEAD[0], "cts": HEAD[0]},
    "synthesis.atlas.patch_regression": {"target": HEAD[0, 0], "mrs": HEAD[0], "cts": HEAD[0]},
    "synthesis.game.head_alone.head_alone": {"ct": HEAD},
    "synthesis.game.resolution.AtHalfSize": {"filters": 2, "blocks": 1},
    "synthesis.game.resolution.BothWays": {"filters": 2, "blocks": 1},
    "synthesis.game.resolution.doubled": {"images": HEAD},
    "synthesis.game.resolution.halved": {"images": HEAD},
    "synthesis.game.players.CycleGAN": {"filters": 2, "blocks": 1},
    "synthesis.game.players.Discriminator": {"filters": 2},
    "synthesis.game.players.Generator": {"filters": 2, "blocks": 1},
    "synthesis.game.players.ResidualBlock": {"channels": 2},
    "synthesis.game.players.as_made": {"seed": 0, "filters": 2, "blocks": 1},
    "synthesis.game.selection.same_height": {"slice_number": 1, "slices": 3, "others": 5},
    "synthesis.structure.patch_distances": {"image": HEAD},
    "synthesis.structure.structure_features": {"image": HEAD},
    "synthesis.structure.structure_loss": {"one": HEAD, "other": HEAD},
    "synthesis.structure.structure_map": {"one": HEAD, "other": HEAD},
}

REFUSED = "what it refuses stands in tests/synthesis/test_game.py"
SCORES, OWN = "tests/synthesis/test_scores.py", "tests/synthesis/test_command_line.py"
NO_CASE = {
    "synthesis.plans": REFUSED,
    "synthesis.problems": REFUSED,
    "synthesis.slices": REFUSED,
    "synthesis.game.selection.draw": REFUSED,
    "synthesis.game.resolution.one_way": "it takes a game apart",
    "synthesis.game.resolution.both_ways": "it takes a game apart",
    "synthesis.atlas.FromAtlases": "what it refuses stands in tests/synthesis/test_atlas.py",
    "synthesis.heads": f"what they refuse stands in {SCORES}",
    "synthesis.rows": "they make cells of a table: tests/synthesis/test_rows.py",
    "synthesis.own_images": f"what they refuse stands in {OWN}",
}
