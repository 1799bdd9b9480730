"""Whether a run still says something about today: its age, and feature files that came since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.run_result import RunResult

_AGE = re.compile(r"(\d{1,5})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CLOCKS_DIFFER = timedelta(minutes=5)
_AGAIN = "Run the suite again, then accept that run."


def age_limit(text: str) -> timedelta:
    """Return the time span that ``90m``, ``24h`` or ``7d`` means; raises ConfigurationError."""
    found = _AGE.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ConfigurationError(
            f'"{text}" is no time span.',
            where="--max-age",
            remedy="Write minutes, hours or days: 90m, 24h, 7d.",
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def staleness(run: RunResult, root: Path, now: datetime, limit: timedelta) -> Iterator[Objection]:
    """Yield why a run is out of date; ``root`` is the folder of the suite, ``now`` in UTC."""
    age = now - (run.started + timedelta(seconds=run.seconds))
    if age > limit:
        yield Objection("stale", f"The run ended {_span(age)} ago; the limit is {_span(limit)}.", _AGAIN)
    if age < -_CLOCKS_DIFFER:
        yield Objection(
            "stale",
            f"The run ended in the future, {_span(-age)} from now.",
            "Set the clocks of this machine and of the one that ran the suite.",
        )
    if new := tuple(sorted(_new_features(run, root))):
        yield Objection("stale", "Feature files were saved since that are not part of the run.", _AGAIN, new)


def _new_features(run: RunResult, root: Path) -> Iterator[str]:
    ran = {scenario.file for scenario in run.scenarios}
    tops = {PurePosixPath(name).parts[0] for name in ran if "/" in name}
    beside = {path.relative_to(root).as_posix() for top in tops for path in (root / top).rglob("*.feature")}
    for name in beside - ran:
        path = root / name
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) > run.started:
            yield f"{name}: not part of the run"


def _span(span: timedelta) -> str:
    hours, seconds = divmod(int(span.total_seconds()), 3600)
    return f"{hours} h {seconds // 60:02} min"
