"""The emulator that clients of others are to judge."""

from __future__ import annotations

from tests.emulator.conftest import emulator

__all__ = ["emulator"]
