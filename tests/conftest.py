"""One thread and no progress bars: tests are small, and other work shares the machine."""

from __future__ import annotations

import os

import torch

os.environ.setdefault("MDDL_QUIET", "1")
torch.set_num_threads(1)
