"""The failures of a run as its page shows them: which in full, which as a line, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.results.changes import CHANGES, Change, RunChanges
from pytest_iflow.results.scenario_result import ScenarioResult

IN_FULL = 200
"""Failures that are shown with steps and evidence; the others have one line each, under their feature."""

TEXT_SHOWN = 16 * 1024
"""Characters of a message, an exchange or a message log that are shown."""

LINE_SHOWN = 300
"""Characters of the first line of a message that are shown where it stands for the whole."""

_URGENCY: tuple[Change | None, ...] = (*CHANGES, None)


class Failure(Struct, frozen=True):
    """A scenario that did not pass; ``change`` is None where no earlier run says what is new.

    ``anchor`` is its id on the page. ``since`` says since when it fails, empty where it never passed. The
    texts of ``scenario`` are cut to what is shown.
    """

    scenario: ScenarioResult
    anchor: str
    change: Change | None
    first_line: str
    since: str


class SharedCause(Struct, frozen=True):
    """What a number of failures have in common: the id of a cause, or the first line of their messages.

    ``anchor`` is its id on the page, ``example`` that of its first failure; ``remedy`` is empty where only
    the first line is known.
    """

    id: str
    anchor: str
    text: str
    remedy: str
    failures: int
    example: str


class Failures(Struct, frozen=True):
    """All failures of a run, newly failing ones first; ``causes`` the most frequent first."""

    full: tuple[Failure, ...]
    lines: tuple[Failure, ...]
    causes: tuple[SharedCause, ...]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return len(self.full) + len(self.lines)

    def anchors(self) -> dict[str, str]:
        """Return where each stands on the page, by node id."""
        return {each.scenario.node_id: each.anchor for each in (*self.full, *self.lines)}

    def cause_anchors(self) -> dict[str, str]:
        """Return where each cause with an id stands on the page."""
        return {cause.id: cause.anchor for cause in self.causes if cause.id}


def failures_of(scenarios: Iterable[ScenarioResult], changes: RunChanges | None) -> Failures:
    """Return what of ``scenarios`` failed; within one urgency their order stays."""
    known = changes.scenarios if changes else {}
    wrong = [scenario for scenario in scenarios if scenario.status in {"failed", "broken"}]
    wrong.sort(key=lambda scenario: _URGENCY.index(known.get(scenario.node_id)))
    since = changes.failing_since if changes else {}
    found = [
        Failure(
            scenario,
            anchor=f"failure-{number}",
            change=known.get(scenario.node_id),
            first_line=_first_line(scenario.message),
            since=since.get(scenario.node_id, ""),
        )
        for number, scenario in enumerate(wrong, start=1)
    ]
    full = tuple(replace(failure, scenario=_shortened(failure.scenario)) for failure in found[:IN_FULL])
    return Failures(full, tuple(found[IN_FULL:]), tuple(_shared_causes(found)))


def _shortened(scenario: ScenarioResult) -> ScenarioResult:
    return replace(
        scenario,
        message=_cut(scenario.message),
        exchange=_cut(scenario.exchange),
        message_log=_cut(scenario.message_log),
    )


def _cut(text: str) -> str:
    if len(text) <= TEXT_SHOWN:
        return text
    return (
        f"{text[:TEXT_SHOWN]}\n… cut here: {TEXT_SHOWN:,} of {len(text):,} characters are shown, "
        "summary.json has them all"
    )


def _first_line(message: str) -> str:
    line = message.strip().partition("\n")[0]
    return line if len(line) <= LINE_SHOWN else f"{line[:LINE_SHOWN]}…"


def _shared_causes(failures: Sequence[Failure]) -> Iterable[SharedCause]:
    if not failures:
        return
    from pytest_iflow.diagnosis.findings import CAUSES

    groups: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        cause = failure.scenario.cause
        if key := cause or failure.first_line:
            groups.setdefault((cause, key), []).append(failure)
    # One failure needs no summary of itself, unless the table of causes says more about it.
    shared = [(key, found) for key, found in groups.items() if len(found) > 1 or key[0] in CAUSES]
    shared.sort(key=lambda entry: len(entry[1]), reverse=True)
    for number, ((cause, _), found) in enumerate(shared, start=1):
        row = CAUSES.get(cause)
        yield SharedCause(
            id=cause,
            anchor=f"cause-{number}",
            text=row.why if row else found[0].first_line,
            remedy=row.remedy if row else "",
            failures=len(found),
            example=found[0].anchor,
        )
