"""Ratios against floors and peers, each measured in one run on one thread. See README.md."""

import tools  # noqa: F401 - any console will do
