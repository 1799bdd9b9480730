"""Deviations: what is not as it should be, what is decided about each, and what is left undecided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pytest_iflow.acceptance.objection import Objection, ObjectionKind
from pytest_iflow.acceptance.requirements import Coverage, read_rows, requirement_key
from pytest_iflow.errors import ConfigurationError, closest_names
from pytest_iflow.gherkin.source import selectable
from pytest_iflow.results.scenario_result import RED, ScenarioResult

DISPOSITIONS = {
    "accepted": "it may stay as it is",
    "deferred": "it is corrected later; nothing waits for that",
    "fix-before-release": "it is corrected and tested again before productive use",
    "test-defect": "the test is wrong, not what it tests",
    "out-of-scope": "it is not part of this acceptance",
}
"""What may be decided about a deviation, and what that means."""

_COLUMNS = ("subject", "disposition", "reason")
_GIVEN = re.compile(
    rf"(?P<subject>.+?)\s*=\s*(?P<disposition>{'|'.join(DISPOSITIONS)})\s*:\s*(?P<reason>.*\S)\s*", re.DOTALL
)

_KIND_OF: dict[str, ObjectionKind] = {"uncovered": "uncovered", "skipped": "skipped"}
_WITHOUT_DECISION: dict[ObjectionKind, str] = {
    "undecided": "Failed or broken, without a disposition: {}.",
    "skipped": "Skipped although a requirement rests on it, without a disposition: {}.",
    "uncovered": "Requirements that no scenario covers, without a disposition: {}.",
}


@dataclass(frozen=True, slots=True)
class GivenDeviation:
    """A decision as it was typed: ``subject`` is a node id, a scenario's title, or a requirement."""

    subject: str
    disposition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that is not as it should be, with what was decided about it.

    ``subject`` is a node id or the id of a requirement. Without a decision, which only a rejection allows,
    ``disposition`` and ``reason`` are empty.
    """

    kind: Literal["scenario", "requirement"]
    subject: str
    title: str
    status: str
    cause: str
    disposition: str = ""
    reason: str = ""


def parse_deviation(text: str) -> GivenDeviation:
    """Return what ``SUBJECT=disposition: reason`` says; raises ConfigurationError for another form."""
    found = _GIVEN.fullmatch(text.strip())
    if found is None:
        raise ConfigurationError(
            f"A deviation is not of the form SUBJECT=disposition: reason: {text}",
            where="--deviation",
            remedy=f"Dispositions: {_dispositions_text()}.",
        )
    return GivenDeviation(**found.groupdict())


def read_deviations(path: Path) -> tuple[GivenDeviation, ...]:
    """Return the decisions of a CSV file with the columns subject, disposition and reason.

    Raises ConfigurationError for a file that is none, an unknown disposition and a missing reason.
    """
    given = []
    for row in read_rows(path, _COLUMNS):
        deviation = GivenDeviation(**row.values)
        if deviation.disposition not in DISPOSITIONS:
            raise ConfigurationError(
                f'There is no disposition "{deviation.disposition}".',
                where=row.place,
                remedy=f"Dispositions: {_dispositions_text()}.",
            )
        if not deviation.reason:
            raise ConfigurationError(
                f"The deviation {deviation.subject} has no reason.",
                where=row.place,
                remedy="Say why: whoever reads the record a year later was not there.",
            )
        given.append(deviation)
    return tuple(given)


def _dispositions_text() -> str:
    return "; ".join(f"{name} ({meaning})" for name, meaning in DISPOSITIONS.items())


@dataclass(frozen=True, slots=True)
class Judgement:
    """All deviations, decided or not, and the objections that follow.

    ``mistaken`` are decisions about what is no deviation: no record is made with them, not even a rejection.
    """

    deviations: tuple[Deviation, ...]
    undecided: tuple[Objection, ...]
    mistaken: tuple[Objection, ...]


def judge(
    scenarios: Sequence[ScenarioResult], coverage: Coverage, given: Iterable[GivenDeviation]
) -> Judgement:
    """Match what was ``given`` with red and skipped scenarios and with requirements without a result."""
    possible = {deviation.subject: deviation for deviation in _possible_deviations(scenarios, coverage)}
    decided: dict[str, Deviation] = {}
    mistaken = []
    for each in given:
        subjects = _meant_subjects(each.subject, scenarios, possible)
        if isinstance(subjects, Objection):
            mistaken.append(subjects)
            continue
        if again := [subject for subject in subjects if subject in decided]:
            what = f'The deviation "{each.subject}" was decided before.'
            mistaken.append(Objection("deviation", what, "Keep one decision about each.", tuple(again)))
        for subject in subjects:
            decided[subject] = replace(possible[subject], disposition=each.disposition, reason=each.reason)
    required = {each.subject: each for each in _required_deviations(possible.values(), coverage, decided)}
    return Judgement(
        deviations=tuple((required | decided).values()),
        undecided=tuple(_undecided(each for each in required.values() if each.subject not in decided)),
        mistaken=tuple(mistaken),
    )


def _possible_deviations(scenarios: Iterable[ScenarioResult], coverage: Coverage) -> Iterator[Deviation]:
    for scenario in scenarios:
        if scenario.status != "passed":
            yield Deviation(
                "scenario", scenario.node_id, scenario.scenario, scenario.status, scenario.message.strip()
            )
    for requirement in coverage.requirements:
        if requirement.status in {"uncovered", "incomplete"}:
            yield Deviation("requirement", requirement.id, requirement.title, requirement.status, "")


def _meant_subjects(
    name: str, scenarios: Iterable[ScenarioResult], possible: dict[str, Deviation]
) -> list[str] | Objection:
    """The deviations that a name means: one, or the rows of one outline."""
    if name in possible:
        return [name]
    key = requirement_key(name)
    requirements = [
        each.subject
        for each in possible.values()
        if each.kind == "requirement" and requirement_key(each.subject) == key
    ]
    if requirements:
        return requirements
    meant = [
        each
        for each in scenarios
        if name in {each.node_id, each.scenario} or (each.example and selectable(name) == each.outline)
    ]
    deviating = [scenario for scenario in meant if scenario.node_id in possible]
    found = [scenario for scenario in deviating if scenario.status in RED] or deviating
    if len({scenario.node_id.partition("[")[0] for scenario in found}) > 1:
        return Objection(
            "deviation",
            f'A deviation is given for "{name}", the title of several scenarios.',
            "Name the one that is meant by its node id.",
            tuple(scenario.node_id for scenario in found),
        )
    if not found:
        return _no_deviation(name, possible, passed=bool(meant))
    return [scenario.node_id for scenario in found]


def _no_deviation(name: str, possible: dict[str, Deviation], *, passed: bool) -> Objection:
    if passed:
        return Objection(
            "deviation",
            f'A deviation is given for "{name}", which passed.',
            "Remove it: what passed needs no disposition.",
        )
    near = closest_names(
        name, {text for each in possible.values() for text in (each.subject, each.title) if text}
    )
    return Objection(
        "deviation",
        f'A deviation is given for "{name}", which is nothing that deviates.',
        "Name a scenario by its node id or title, as summary.html shows them, or a requirement by id.",
        tuple(f"like it: {text}" for text in near),
    )


def _required_deviations(
    possible: Iterable[Deviation], coverage: Coverage, decided: dict[str, Deviation]
) -> list[Deviation]:
    """What needs a decision: red scenarios, uncovered requirements, skips that a requirement rests on."""
    decided_requirements = {each.subject for each in decided.values() if each.kind == "requirement"}
    resting = {
        scenario.node_id
        for requirement in coverage.requirements
        if requirement.id not in decided_requirements
        for scenario in requirement.scenarios
        if scenario.status == "skipped"
    }
    return [
        each
        for each in possible
        if each.status in RED | {"uncovered"} or (each.kind == "scenario" and each.subject in resting)
    ]


def _undecided(open_ones: Iterable[Deviation]) -> Iterator[Objection]:
    """Decisions that are missing, one objection for each kind."""
    by_kind: dict[ObjectionKind, list[Deviation]] = {}
    for each in open_ones:
        by_kind.setdefault("undecided" if each.status in RED else _KIND_OF[each.status], []).append(each)
    for kind, those in by_kind.items():
        yield Objection(
            kind,
            _WITHOUT_DECISION[kind].format(len(those)),
            'Give --deviation "SUBJECT=disposition: reason" for each, or --deviations FILE, or reject.',
            tuple(each.subject for each in those),
        )
