"""One thread and no progress bars: tests are small, and other work shares the machine. Which tests stay with one worker."""

from __future__ import annotations

import os

import pytest
import torch

os.environ.setdefault("MDDL_QUIET", "1")
torch.set_num_threads(1)

FIRST = "test_execution.py"  # notebooks take longest: what starts last must not be long


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that look at one built page stay together, then those of one file, unless a mark of theirs says otherwise."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            page = item.callspec.params.get("page") if hasattr(item, "callspec") else None
            file = str(item.path.relative_to(item.config.rootpath))
            item.add_marker(pytest.mark.xdist_group(f"page {page}" if page else file))
    items.sort(key=lambda item: item.path.name != FIRST)
