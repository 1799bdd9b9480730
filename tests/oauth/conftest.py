"""What lasts is asked about again without the waits, which have tests of their own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _without_waits(hurried: None) -> None:
    """Ask again at once."""
