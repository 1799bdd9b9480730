"""A run compared with those before it.

Each scenario is compared with its own last result, passed, failed or broken, however many runs ago: a run of
some scenarios does not make the others unknown. Skipped and not run is no result. A scenario that

* fails is newly failing if it passed last, still failing if it failed last, new if it has no result before;
* passes is flaky if this run or its last results say so (see ``FLIPS``), else fixed if it failed last, else
  new if it has no result before, else as it was;
* is not there, in a run that left nothing out, is gone if the last such run, or one after it, had it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.gherkin.source import escaped_id
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.results.changes import (
    CHANGES,
    Change,
    RunChanges,
    artifact_updates,
    runtime_update,
    updates_for,
)
from pytest_iflow.results.history import History, PastRun, is_whole
from pytest_iflow.results.run_folder import HISTORY, read_run
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult

LOOKED_AT = 10
"""Last results of a scenario, this run's included, by which it is judged to be flaky."""

FLIPS = 3
"""Changes between good and bad among them that make it flaky: failed, fixed, and failed or fixed again."""

_GOOD = {"P": True, "F": False, "B": False}
"""Whether a letter of the history is a good or a bad result; others are none."""

_MINUTE = "%Y-%m-%d %H:%M"
_SPAN = lazy_pattern(r"(\d{1,5})\s*(?:(h|hours?)|(d|days?)|(w|weeks?))", re.IGNORECASE)


class _Track(Struct):
    """What the results of one scenario say, from this run back into the past."""

    now: ScenarioResult
    fails_from: datetime
    good: list[bool] = field(default_factory=list)
    last: bool | None = None
    passed_in: PastRun | None = None
    failed_in: PastRun | None = None

    @property
    def passes(self) -> bool:
        return self.now.status == "passed"

    def add(self, good: bool, past: PastRun, *, is_earlier: bool) -> None:
        """Add the next older result; those from ``is_earlier`` on are what is compared with."""
        self.good.append(good)
        if is_earlier and self.last is None:
            self.last = good
        if not self.passes and self.passed_in is None:
            if good:
                self.passed_in = past
            else:
                self.failed_in, self.fails_from = past, past.started

    @property
    def is_settled(self) -> bool:
        """Whether older results would change nothing."""
        enough = self.last is not None and len(self.good) >= LOOKED_AT
        return enough and (self.passes or self.passed_in is not None)

    @property
    def change(self) -> Change | None:
        if not self.passes:
            return "new" if self.last is None else "newly failing" if self.last else "still failing"
        if self.now.reruns or self._flips() >= FLIPS:
            return "flaky"
        return "new" if self.last is None else None if self.last else "fixed"

    def _flips(self) -> int:
        results = [self.passes, *self.good][:LOOKED_AT]
        return sum(one != other for one, other in pairwise(results))


def compare(
    run: RunResult, newest_first: Iterable[PastRun], before: datetime | None = None
) -> RunChanges | None:
    """Return what is other in ``run`` than in the runs before it; None where there are none.

    With ``before`` it is compared with the runs that began before that moment. Runs that did not begin before
    ``run`` are not looked at.
    """
    tracks = {
        each.node_id: _Track(each, run.started)
        for each in run.scenarios
        if each.status in {"passed", "failed", "broken"}
    }
    open_tracks = dict(tracks)
    earlier: list[PastRun] = []
    had_whole = not is_whole(run)
    for past in newest_first:
        if past.started >= run.started:
            continue
        is_earlier = before is None or past.started < before
        if is_earlier:
            earlier.append(past)
        _add_results(open_tracks, past, is_earlier=is_earlier)
        had_whole = had_whole or (is_earlier and past.whole)
        open_tracks = {name: track for name, track in open_tracks.items() if not track.is_settled}
        if earlier and had_whole and not open_tracks:
            break
    if not earlier:
        return None
    found = {name: change for name, track in tracks.items() if (change := track.change) is not None}
    found |= dict.fromkeys(_gone(run, earlier), "gone")
    return RunChanges(
        since=earlier[0].started,
        scenarios=dict(sorted(found.items(), key=lambda entry: CHANGES.index(entry[1]))),
        updates=_updates(run, earlier, sum(change == "newly failing" for change in found.values())),
        failing_since={
            name: sentence for name, track in tracks.items() if (sentence := _failing_since(run, track))
        },
    )


def _add_results(tracks: dict[str, _Track], past: PastRun, *, is_earlier: bool) -> None:
    for node_id, track in tracks.items():
        if (good := _GOOD.get(past.letter(node_id))) is not None:
            track.add(good, past, is_earlier=is_earlier)


def _gone(run: RunResult, earlier: list[PastRun]) -> list[str]:
    if not is_whole(run):
        return []
    known: dict[str, None] = {}
    for past in earlier:
        known |= dict.fromkeys(past.listed.node_ids)
        if past.whole:
            break
    now = {each.node_id for each in run.scenarios}
    return sorted(known.keys() - now - set(map(escaped_id, now)))


def _updates(run: RunResult, earlier: list[PastRun], newly_failing: int) -> tuple[str, ...]:
    with_runtime = next((past for past in earlier if past.runtime_version), None)
    with_artifacts = next((past for past in earlier if past.artifacts), None)
    sentences = (
        *(runtime_update(with_runtime, run) if with_runtime else ()),
        *(artifact_updates(with_artifacts, run).values() if with_artifacts else ()),
    )
    if sentences and newly_failing:
        fails = "1 scenario fails" if newly_failing == 1 else f"{newly_failing:,} scenarios fail"
        return (*sentences, f"{fails} since these updates")
    return sentences


def _failing_since(run: RunResult, track: _Track) -> str:
    if track.passed_in is None:
        return ""
    update = updates_for(track.passed_in, track.failed_in or run, track.now.iflows)
    passed, fails = f"{track.passed_in.started:{_MINUTE}}", f"{track.fails_from:{_MINUTE}}"
    return f"fails since {fails} UTC, passed at {passed} UTC" + (f"; in between: {update}" if update else "")


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
