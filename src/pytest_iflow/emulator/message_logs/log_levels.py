"""The log level of each artifact, as *Log Configuration* of the monitor sets it (wire-facts 5.7)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import get_args

from pytest_iflow.emulator.message_logs.message_log import LogLevel

DEFAULT: LogLevel = "INFO"
LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)
# Seconds after which the level that was set before is back: one day, ten minutes.
EXPIRES_AFTER: Mapping[LogLevel, float] = {"DEBUG": 86_400.0, "TRACE": 600.0}


class LogLevels:
    """The levels by artifact id; ``clock`` tells seconds. Belongs to the event loop's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # What was set for an artifact, newest last, each with the moment at which it expires.
        self._set: dict[str, list[tuple[LogLevel, float | None]]] = {}

    def of(self, artifact: str) -> LogLevel:
        """Return the level that messages of an artifact have now."""
        current = self._current(artifact)
        return current[-1][0] if current else DEFAULT

    def set(self, artifact: str, level: LogLevel) -> None:
        """Set a level for the messages that are still to come; DEBUG and TRACE expire."""
        lasts = EXPIRES_AFTER.get(level)
        before = self._current(artifact) if lasts else []
        self._set[artifact] = [*before, (level, self._clock() + lasts if lasts else None)]

    def forget(self, artifact: str) -> None:
        """Return to the default, as for an artifact that is undeployed."""
        self._set.pop(artifact, None)

    def clear(self) -> None:
        """Return to the default for all artifacts."""
        self._set.clear()

    def as_json(self) -> dict[str, dict[str, str | float | None]]:
        """Return the levels that are not the default, and the seconds until each expires."""
        shown: dict[str, dict[str, str | float | None]] = {}
        for artifact in list(self._set):
            for level, end in self._current(artifact)[-1:]:
                left = None if end is None else round(end - self._clock(), 1)
                shown[artifact] = {"level": level, "expires_in": left}
        return shown

    def _current(self, artifact: str) -> list[tuple[LogLevel, float | None]]:
        now = self._clock()
        return [each for each in self._set.get(artifact, []) if each[1] is None or each[1] > now]
