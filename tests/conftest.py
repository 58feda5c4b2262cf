"""One thread and no progress bars: tests are small, and other work shares the machine. Which tests stay with one worker."""

from __future__ import annotations

import os
import re

import pytest
import torch

os.environ.setdefault("MDDL_QUIET", "1")
torch.set_num_threads(1)

EXECUTION = "tests/notebooks/test_execution.py"
SITE = "tests/site/"


def together(test: str) -> str:
    """What a test shares its set-up with, by the test's id: a notebook's runs, a visit to a page, the set-up of a file."""
    file, _, name = test.partition("::")
    given = re.search(r"\[(.*?)(-light|-dark)?\]$", name)
    if name.startswith("test_lighthouse"):
        return "lighthouse"  # one run for all pages
    return (
        f"{SITE if file.startswith(SITE) else file} {given[1]}"
        if given and file.startswith((EXECUTION, SITE))
        else file
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Side by side, what belongs together goes to one worker. (The groups of xdist itself need marks in every file.)"""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return together(nodeid)

    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notebooks first: they take longest, and what starts last must not be long."""
    items.sort(key=lambda item: not item.nodeid.startswith(EXECUTION))
