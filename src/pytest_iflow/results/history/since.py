"""What is other since a day or a moment: the latest run compared with those before that."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.results.history.comparison import compare
from pytest_iflow.results.history.store import HISTORY, History
from pytest_iflow.results.run_folder import read_run
from pytest_iflow.results.run_result import RunResult

_SPAN = re.compile(r"(\d{1,5})\s*(?:(h|hours?)|(d|days?)|(w|weeks?))", re.IGNORECASE)


def compared_since(folder: Path, moment: datetime) -> RunResult:
    """Return the latest run of ``reports/<tenant>/<environment>``, its ``changes`` those since then.

    It is compared with the last results of runs that began before ``moment``. Raises IflowError without a
    run, and without an earlier one.
    """
    run = read_run(folder)
    changes = compare(run, History(folder).newest_first(), before=moment)
    if changes is None:
        oldest = min((past.started for past in History(folder).newest_first()), default=None)
        known = (
            f"the oldest run of its history is of {oldest:%Y-%m-%d %H:%M} UTC" if oldest else "it has none"
        )
        raise IflowError(
            f"there is no run before {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC to compare the latest run "
            f"with: {known}",
            where=str(folder / HISTORY),
            remedy="name a later moment, or keep the history of earlier runs when reports are moved",
        )
    return replace(run, changes=changes)


def moment_of(text: str, now: datetime | None = None) -> datetime:
    """Return the moment that a text names, in UTC.

    It is a span back from ``now`` (``36h``, ``7d``, ``7 days``, ``2 weeks``), or an ISO date or time, in the
    zone of this machine unless it names one. Raises ConfigurationError for anything else.
    """
    text = text.strip()
    if span := _SPAN.fullmatch(text):
        count, hours, days, _ = span.groups()
        unit = timedelta(hours=1) if hours else timedelta(days=1) if days else timedelta(weeks=1)
        return (now or datetime.now(UTC)) - int(count) * unit
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ConfigurationError(
            f'"{text}" is no moment: {error}',
            remedy="write a date (2026-11-03), a time (2026-11-03T04:00), or a span (36h, 7d, 2 weeks)",
        ) from None
