"""Cases of the laws for label fusion: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np

from tests.segmentation.pieces import disc, draw, fusion

SEEN = fusion()
RULE = {"target": SEEN.target[0, 0], "atlases": SEEN.atlases[0, :, 0], "labels": SEEN.labels[0]}
FUSE = {"target": SEEN.target, "atlases": SEEN.atlases, "labels": SEEN.labels, "radius": 2}
PICTURE, MASK = disc().image, disc().labels["label"]
PHI = draw(8, 9)
LEVEL = {"phi": PHI, "edges": PHI.abs(), "prior": PHI}
PICTURES = draw(2, 1, 64, 64)
HERE = "tests/segmentation/test_"

CALLS = {
    "segmentation.alignment.templates.shrunk": {"values": PICTURE, "step": 2},
    "segmentation.atlases.standardised": {"picture": PICTURE},
    "segmentation.atlases.stretched": {"picture": PICTURE},
    "segmentation.deep_fusion.fused_vote.fused_vote": FUSE,
    "segmentation.deep_fusion.fused_vote.check_fusion": FUSE,
    "segmentation.deep_fusion.fusion_net.Features": {},
    "segmentation.deep_fusion.fusion_net.PatchFeatures": {},
    "segmentation.deep_fusion.fusion_net.FusionNet": {},
    "segmentation.deep_fusion.layers.Shift": {"radius": 2},
    "segmentation.fusion_rules.augmented_svm.augmented_features": {"picture": RULE["target"]},
    "segmentation.fusion_rules.augmented_svm.augmented_svm": RULE,
    "segmentation.fusion_rules.checks.check_rule": RULE,
    "segmentation.fusion_rules.checks.check_patch": {"patch": 3},
    "segmentation.fusion_rules.majority_vote.majority_vote": RULE,
    "segmentation.fusion_rules.patch_based.patch_based": RULE,
    "segmentation.fusion_rules.patch_based.shifts": {"radius": 2},
    "segmentation.fusion_rules.patch_match.patch_match": RULE,
    "segmentation.hearts.region": {"picture": np.eye(256)},
    "segmentation.overlap.dice": {"estimate": MASK, "truth": MASK},
    "segmentation.overlap.jaccard": {"estimate": MASK, "truth": MASK},
    "segmentation.registration.Settings": {},
    "segmentation.rivals.edges.edge_indicator": {"picture": PICTURE},
    "segmentation.rivals.edges.signed_distance": {"mask": MASK},
    "segmentation.rivals.level_set.LevelSet": {},
    "segmentation.rivals.level_set.check_level_set": LEVEL,
    "segmentation.rivals.methods.largest_piece": {"mask": MASK > 0},
    "segmentation.rivals.pixel_net.PixelNet": {},
    "segmentation.rivals.pixel_net.check_pictures": {"pictures": PICTURES},
    "segmentation.rivals.shape_nets.ContextNet": {},
    "segmentation.rivals.shape_nets.RegionNet": {},
    "segmentation.rivals.shape_nets.ShapeNet": {},
    "segmentation.rivals.shape_nets.standardised_each": {"pictures": PICTURES},
    "segmentation.selection.normalised_mutual_information": {"first": PICTURE, "second": PICTURE},
    "segmentation.selection.best_shift": {"target": PICTURE, "picture": PICTURE},
    "segmentation.studies.some_subjects.column": {"count": 2},
    "segmentation.selection.nearest_features": {"target": SEEN.atlases[0, 0], "atlases": SEEN.atlases[0], "count": 2},
}

REFUSED = f"what it refuses stands in {HERE}"
NO_CASE = {
    **{f"segmentation.alignment.{name}": f"{REFUSED}alignment.py"
       for name in ("aligned.Funnel", "aligned.Stack", "path.smoothest", "search.places")},
    "segmentation.alignment.kept": "called by what is checked",
    **{f"segmentation.alignment.templates.{name}": "a step of the search, which checks what it is given"
       for name in ("Likeness", "mask", "matrix", "pose", "step_of", "templates")},
    "segmentation.atlases.Atlas": f"{REFUSED}atlases.py",
    "segmentation.atlases.check_picture": "the check itself",
    **{f"segmentation.deep_fusion.layers.{name}": "takes nothing" for name in ("Distance", "Loss", "Voting", "Weight")},
    "segmentation.evaluation": f"{REFUSED}training.py",
    "segmentation.fusion_rules.augmented_svm.support_vector_classifier": "takes nothing",
    **{f"segmentation.fusion_rules.patch_based.{name}": "a step of the rule, which checks what it is given"
       for name in ("patch_distances", "shifted")},
    **{f"segmentation.hearts.{name}": f"{REFUSED}registration.py" for name in ("Case", "cases", "others")},
    "segmentation.hearts.pool_brightness": f"{REFUSED}atlases.py",
    "segmentation.hearts.subject_of": f"any text may be a name: {HERE}atlases.py",
    "segmentation.challenge.columns": f"{REFUSED}training.py; how it fills: {HERE}challenge.py",
    "segmentation.methods": f"{REFUSED}training.py",
    "segmentation.own_slices": f"{REFUSED}command_line.py, with files that are wrong",
    "segmentation.problems": f"{REFUSED}training.py",
    **{f"segmentation.registration.{name}": f"{REFUSED}registration.py"
       for name in ("simple_itk", "register", "registered", "one_thread", "Onto")},
    **{f"segmentation.rivals.level_set.{name}": "a curve of the energy, which checks what it is given"
       for name in ("double_well", "double_well_slope", "heaviside", "smooth_delta")},
    **{f"segmentation.rivals.shape_nets.{name}": "a step of the networks, which check their pictures"
       for name in ("enlarged", "reduced")},
    **{f"segmentation.rivals.methods.{name}": f"{REFUSED}rivals.py" for name in ("by_pixels", "found_region", "in_region")},
    "segmentation.rivals.evaluation": f"{REFUSED}rivals.py",
    **{f"segmentation.rivals.problems.{name}": f"{REFUSED}rivals.py" for name in ("PictureObjective", "Pictures")},
    **{f"segmentation.stand_ins.hippocampi.{name}": f"{REFUSED}hippocampi.py" for name in ("cases", "sagittal")},
    "segmentation.stand_ins.hippocampi.subject_of": "any text may be a name",
    "segmentation.stand_ins.problem": f"{REFUSED}hippocampi.py",
    "segmentation.stand_ins.rows": f"{REFUSED}stand_ins.py",
    "segmentation.stand_ins.subjects": f"{REFUSED}stand_ins.py",
    **{f"segmentation.selection.{name}": f"{REFUSED}atlases.py"
       for name in ("most_similar", "most_similar_moved", "moved")},
    **{f"segmentation.studies.some_subjects.{name}": f"{REFUSED}studies.py" for name in ("SomeHearts", "cells", "with_first")},
    **{f"segmentation.views.outlines.{name}": f"{REFUSED}views.py" for name in ("enlarged", "outlined", "tiled")},
    "segmentation.views.vote_map": f"{REFUSED}views.py",
}  # fmt: skip
