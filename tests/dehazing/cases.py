"""Cases of the laws for dehazing: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch

from mddl_lib.dehazing.model.splitting import Weights
from tests.laws.pieces import draw

PHOTO = draw(1, 3, 24, 26).sigmoid()
GREY = draw(1, 1, 24, 26).sigmoid()
AIR = torch.tensor([[0.8, 0.9, 1.0]], dtype=torch.float64)
WEIGHTS = Weights()
CALLS = {
    "dehazing.model.haze.transmission_of": {"depth": GREY, "scattering": 1.0},
    "dehazing.model.haze.hazy": {"clear": PHOTO, "transmission": GREY, "air": AIR},
    "dehazing.model.haze.cleared": {"image": PHOTO, "transmission": GREY, "air": AIR},
    "dehazing.model.haze.air_light": {"image": PHOTO},
    "dehazing.model.haze.luminance": {"image": PHOTO},
    "dehazing.model.dark_channel.dark_channel": {"image": PHOTO, "window": 3},
    "dehazing.model.dark_channel.frozen_dark_channel": {"image": PHOTO, "window": 3},
    "dehazing.model.guided_filter.guided_filter": {"image": GREY, "guide": GREY, "window": 5, "smoothness": 0.01},
    "dehazing.model.guided_filter.fitted": {"image": GREY, "guide": GREY, "window": 5, "smoothness": 0.01},
    "dehazing.model.splitting.Weights": {},
    "dehazing.model.splitting.dark_step": {"dark_q": GREY, "t": GREY, "dark_p": GREY, "weights": WEIGHTS},
    "dehazing.model.splitting.transmission_step": {
        "q": PHOTO, "u": GREY, "p": PHOTO, "dark_p": GREY, "weights": WEIGHTS,
    },
    "dehazing.model.splitting.clear_step": {"p": PHOTO, "t": GREY},
    "dehazing.model.splitting.energy": {"q": PHOTO, "t": GREY, "u": GREY, "p": PHOTO, "weights": WEIGHTS},
    "dehazing.proximal_net.PriorNet": {},
    "dehazing.proximal_net.ProximalDehazeNet": {},
    "dehazing.proximal_net.as_made": {"seed": 0},
    "dehazing.evaluation.colour_ssim": {"estimate": PHOTO, "truth": PHOTO},
    "dehazing.problems.depth_of": {"disparity": np.ones((8, 8))},
    "dehazing.rivals.dark_channel_prior.dark_channel_prior": {"image": PHOTO},
    "dehazing.rivals.colour_attenuation.colour_attenuation": {"image": PHOTO},
    "dehazing.rivals.colour_attenuation.depth_of": {"image": PHOTO},
    "dehazing.rivals.boundary_constraint.boundary_constraint": {"image": PHOTO},
    "dehazing.rivals.veil.fast_visibility": {"image": PHOTO},
    "dehazing.rivals.haze_lines.haze_lines": {"image": PHOTO},
}  # fmt: skip
NETS, RIVALS = "tests/dehazing/test_networks.py", "tests/dehazing/test_rivals.py"
NO_CASE = {
    "dehazing.by_hand": "what it refuses stands in tests/dehazing/test_by_hand.py",
    "dehazing.authors": f"what it refuses stands in {NETS}",
    "dehazing.evaluation.pair": "it reads a sample",
    "dehazing.evaluation.score": f"it is held to known values in {NETS}",
    "dehazing.problems.Haze": "a plan's problem: its objective's refusals stand beside it",
    "dehazing.problems.HazeObjective": f"what it refuses stands in {NETS}",
    "dehazing.problems.Scene": "two images that load_scenes has read",
    "dehazing.problems.load_scenes": f"what it refuses stands in {NETS}",
    "dehazing.proximal_net.Stage": "a part of ProximalDehazeNet, which refuses for it",
    "dehazing.model.haze.check": "it is what refuses",
    "dehazing.model.haze.check_alike": "it is what refuses",
    "dehazing.model.guided_filter.box_mean": "a part of guided_filter, which refuses for it",
    "dehazing.model.splitting.coupled_clear_step": "its places come from frozen_dark_channel; tests/dehazing/test_splitting.py",
    "dehazing.rivals.aod_net": f"a network as published: {RIVALS}",
    "dehazing.rivals.dehaze_net": f"a network as published: {RIVALS}",
    "dehazing.rivals.multi_scale": f"a network as published: {RIVALS}",
    "dehazing.rivals.boundary_constraint.bound_of": f"a part of boundary_constraint: {RIVALS}",
    "dehazing.rivals.boundary_constraint.refined": f"a part of boundary_constraint: {RIVALS}",
    "dehazing.rivals.gradient_residual": f"slow; its parts are held to definitions in {RIVALS}",
    "dehazing.rivals.haze_lines.directions": "it takes a count alone",
    "dehazing.rivals.haze_lines.smoothed": f"a part of haze_lines: {RIVALS}",
    "dehazing.rivals.veil.veil_of": f"a part of fast_visibility: {RIVALS}",
    "dehazing.rows": f"they make cells of a table: {RIVALS}",
    "dehazing.own_photos": "what it refuses stands in tests/dehazing/test_own_photos.py",
}
