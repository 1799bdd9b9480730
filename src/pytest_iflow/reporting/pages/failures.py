"""The failures of a run as its page shows them: which in full, which as a line, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.results.changes import CHANGES, Change, RunChanges
from pytest_iflow.results.failure_kinds import first_line, ignore_advice, kinds_of
from pytest_iflow.results.scenario_result import ScenarioResult

IN_FULL = 200
"""Failures that are shown with steps and evidence; the others have one line each, under their feature."""

CAUSES_LISTED = 10
"""Causes that the page names; what has another one is counted."""

TEXT_SHOWN = 16 * 1024
"""Characters of a message, an exchange or a message log that are shown."""

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
    """What a number of failures have in common: the id of a cause, or step and message.

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
    """All failures of a run, newly failing ones first; ``causes`` the most frequent first.

    ``alone`` counts the failures that none of these has.
    """

    full: tuple[Failure, ...]
    lines: tuple[Failure, ...]
    causes: tuple[SharedCause, ...]
    alone: int

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


def failures_of(
    scenarios: Iterable[ScenarioResult], changes: RunChanges | None, options: str = ""
) -> Failures:
    """Return what of ``scenarios`` failed; within one urgency their order stays.

    ``options`` are those that name their run in a command.
    """
    known = changes.scenarios if changes else {}
    wrong = [scenario for scenario in scenarios if scenario.status in {"failed", "broken"}]
    wrong.sort(key=lambda scenario: _URGENCY.index(known.get(scenario.node_id)))
    since = changes.failing_since if changes else {}
    found = [
        Failure(
            scenario,
            anchor=f"failure-{number}",
            change=known.get(scenario.node_id),
            first_line=first_line(scenario.message),
            since=since.get(scenario.node_id, ""),
        )
        for number, scenario in enumerate(wrong, start=1)
    ]
    full = tuple(replace(failure, scenario=_shortened(failure.scenario)) for failure in found[:IN_FULL])
    causes = tuple(_shared_causes(found, options))[:CAUSES_LISTED]
    alone = len(found) - sum(cause.failures for cause in causes)
    return Failures(full, tuple(found[IN_FULL:]), causes, alone)


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


def _shared_causes(failures: Sequence[Failure], options: str) -> Iterable[SharedCause]:
    if not failures:
        return
    from pytest_iflow.diagnosis.findings import CAUSES

    anchors = {id(failure.scenario): failure.anchor for failure in failures}
    kinds = kinds_of(each.scenario for each in failures if each.scenario.cause or each.first_line)
    # One failure needs no summary of itself, unless the table of causes says more about it.
    shared = [kind for kind in kinds if len(kind.failures) > 1 or kind.cause in CAUSES]
    for number, kind in enumerate(shared, start=1):
        row = CAUSES.get(kind.cause)
        yield SharedCause(
            id=kind.cause,
            anchor=f"cause-{number}",
            text=row.why if row else first_line(kind.example.message),
            remedy=row.remedy if row else " ".join(ignore_advice(kind, options)),
            failures=len(kind.failures),
            example=anchors[id(kind.example)],
        )
