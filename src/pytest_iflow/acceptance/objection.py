"""What stands against an acceptance, each with its remedy: a run that is not whole, or out of date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Literal

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.results.run_folder import JOURNAL, RunFolder
from pytest_iflow.results.run_result import ENGINE, RunResult

ObjectionKind = Literal[
    "unsealed",
    "altered",
    "inputs",
    "partial",
    "stale",
    "collection",
    "environment",
    "nothing-ran",
    "leak",
    "golden",
    "engine",
    "undecided",
    "uncovered",
    "skipped",
    "deviation",
    "decision",
]

SHOWN = 20
"""Details that a message lists; JSON has all."""

_WHOLE = "Run the whole suite to its end, then accept that run."
_AGE = re.compile(r"(\d{1,5})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CLOCKS_DIFFER = timedelta(minutes=5)
_RERUN = "Run the suite again, then accept that run."


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason not to accept; ``details`` name what it is about, one text each."""

    kind: ObjectionKind
    what: str
    remedy: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"  * {self.what}", *(f"      {detail}" for detail in self.details[:SHOWN])]
        if more := len(self.details) - SHOWN:
            lines += [f"      … and {more:,} more"] if more > 0 else []
        return "\n".join([*lines, f"    what to do: {self.remedy}"])


class AcceptanceRefusedError(IflowError):
    """No record was made; ``objections`` are all the reasons."""

    def __init__(self, environment: str, objections: Sequence[Objection]) -> None:
        reasons = "this reason" if len(objections) == 1 else f"{len(objections)} reasons"
        super().__init__(f"{environment} cannot be accepted as it stands, for {reasons}:")
        self.objections = tuple(objections)

    def __str__(self) -> str:
        return "\n".join([self.what, *map(str, self.objections)])


def run_objections(run: RunResult, folder: Path) -> Iterator[Objection]:
    """Yield why the run in ``folder`` is partial, proves nothing, or holds what may not be kept."""
    yield from _partial_objections(run, folder)
    unread = [scenario.message for scenario in run.scenarios if scenario.is_unreadable_file]
    if not_collected := (*run.collection_errors, *unread):
        yield Objection(
            "collection",
            "Files could not be collected; their scenarios did not run.",
            "Correct the files. " + _WHOLE,
            tuple(map(_first_line, not_collected)),
        )
    if run.environment_problems:
        yield Objection(
            "environment",
            "The environment was broken before the first scenario.",
            "pytest-iflow doctor says what to correct. " + _WHOLE,
            tuple(_first_line(text) for text in run.environment_problems),
        )
    if run.leaks:
        yield Objection(
            "leak",
            "Secrets stand in files of the run.",
            "Change these secrets, find out how they came there, and run the suite again.",
            run.leaks,
        )
    if run.written_goldens:
        yield Objection(
            "golden",
            "The run wrote golden messages from its own answers.",
            "Look at what changed in these files, then run the suite without --update-golden.",
            run.written_goldens,
        )
    if run.is_of_engine:
        yield Objection(
            "engine",
            f"The run is of an {ENGINE}: the local tenant ran exported iFlows.",
            "Run the suite against the tenant that is to be accepted, then accept that run.",
            tuple(each.name for each in run.flow_coverage),
        )
    if not any(scenario.status in {"passed", "failed", "broken"} for scenario in run.scenarios):
        yield Objection("nothing-ran", "No scenario ran: the run proves nothing.", _WHOLE)


def _partial_objections(run: RunResult, folder: Path) -> Iterator[Objection]:
    if RunFolder(folder).journal.exists():
        yield Objection(
            "partial",
            f"A later run has not ended, or was killed: there is a {JOURNAL} in its folder.",
            _WHOLE,
        )
    if run.interrupted:
        yield Objection("partial", "The run was interrupted before its end.", _WHOLE)
    if run.selection:
        yield Objection(
            "partial",
            f"The run left scenarios out: {run.selection}",
            "Run the suite without a selection. Tag with @skip(reason) what is not to be accepted.",
        )
    if not_run := tuple(each.node_id for each in run.scenarios if each.status == "not run"):
        yield Objection("partial", f"Scenarios that did not run: {len(not_run):,}.", _WHOLE, not_run)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def age_limit(text: str) -> timedelta:
    """Return the time span that ``90m``, ``24h`` or ``7d`` stands for; raises ConfigurationError."""
    found = _AGE.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ConfigurationError(
            f'"{text}" is no time span.',
            where="--max-age",
            remedy="Write minutes, hours or days: 90m, 24h, 7d.",
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def age_objections(run: RunResult, root: Path, now: datetime, limit: timedelta) -> Iterator[Objection]:
    """Yield why a run is out of date; ``root`` is the folder of the suite, ``now`` in UTC."""
    age = now - (run.started + timedelta(seconds=run.seconds))
    if age > limit:
        yield Objection("stale", f"The run ended {_span(age)} ago; the limit is {_span(limit)}.", _RERUN)
    if age < -_CLOCKS_DIFFER:
        yield Objection(
            "stale",
            f"The run ended in the future, {_span(-age)} from now.",
            "Set the clocks of this machine and of the one that ran the suite.",
        )
    if new := tuple(sorted(_new_features(run, root))):
        yield Objection("stale", "Feature files were saved since that are not part of the run.", _RERUN, new)


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
