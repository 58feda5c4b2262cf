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
RIVALS = "mddl_lib.dehazing.rivals"
CALLS = {
    "dehazing.model.haze.transmission_of": {"depth": GREY, "scattering": 1.0},
    "dehazing.model.haze.hazy": {"clear": PHOTO, "transmission": GREY, "air": AIR},
    "dehazing.model.haze.cleared": {"image": PHOTO, "transmission": GREY, "air": AIR},
    "dehazing.model.haze.air_light": {"image": PHOTO},
    "dehazing.model.haze.luminance": {"image": PHOTO},
    "dehazing.model.dark_channel.dark_channel": {"image": PHOTO, "window": 3},
    "dehazing.model.dark_channel.frozen_dark_channel": {"image": PHOTO, "window": 3},
    "dehazing.model.guided_filter.guided_filter": {"image": GREY, "guide": GREY, "window": 5, "smoothness": 0.01},
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
ELSEWHERE = "what it refuses stands in tests/dehazing"
NO_CASE = {
    "dehazing.authors": ELSEWHERE,
    "dehazing.problems.HazeObjective": ELSEWHERE,
    "dehazing.model.haze.check": ELSEWHERE,
    "dehazing.model.haze.check_alike": ELSEWHERE,
    "dehazing.rivals": ELSEWHERE,
    "dehazing.own_photos": ELSEWHERE,
}
