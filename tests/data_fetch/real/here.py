"""Which tests of the real sets can run."""

from __future__ import annotations

import pytest

import data_fetch


def here(*names: str) -> pytest.MarkDecorator:
    """Skip unless these sets are in the cache."""
    missing = [name for name in names if not data_fetch.available(name)]
    return pytest.mark.skipif(bool(missing), reason=f"not in the cache: {', '.join(missing)}")
