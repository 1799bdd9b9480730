"""Requirements against scenarios: which are covered by tags, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_iflow.acceptance.table_file import read_rows
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.scenario_result import ScenarioResult

RequirementStatus = Literal["passed", "failed", "incomplete", "uncovered"]

_PREFIX = "req-"
_COLUMNS = ("id", "title")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a list of requirements says of one of them."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """A requirement and the scenarios that are tagged with it.

    It has ``passed`` when all of them did, and is ``incomplete`` when none failed and some did not run.
    """

    id: str
    title: str
    scenarios: tuple[ScenarioResult, ...]

    @property
    def status(self) -> RequirementStatus:
        """Return the one word for the requirement."""
        statuses = {scenario.status for scenario in self.scenarios}
        if not statuses:
            return "uncovered"
        if statuses & {"failed", "broken"}:
            return "failed"
        return "passed" if statuses == {"passed"} else "incomplete"


@dataclass(frozen=True, slots=True)
class Coverage:
    """All requirements, the name of the file that lists them, and tags ``REQ-…`` that it does not know.

    Without a list ``source`` is empty, and the requirements are those that tags name.
    """

    requirements: tuple[RequirementResult, ...]
    source: str = ""
    unknown_tags: tuple[str, ...] = ()


def read_requirements(path: Path) -> tuple[Requirement, ...]:
    """Return the requirements that a CSV file lists in its columns id and title.

    Raises ConfigurationError for a file that is none, is empty, or names a requirement twice.
    """
    found: dict[str, Requirement] = {}
    for row in read_rows(path, _COLUMNS):
        requirement = Requirement(row.values["id"], row.values["title"])
        if requirement_key(requirement.id) in found:
            raise ConfigurationError(
                f"Requirement {requirement.id} is listed twice.",
                where=row.place,
                remedy="Remove one of the rows.",
            )
        found[requirement_key(requirement.id)] = requirement
    if not found:
        raise ConfigurationError(
            "The file lists no requirement.", where=str(path), remedy="Add a row for each: id, title."
        )
    return tuple(found.values())


def requirement_key(name: str) -> str:
    """Return what two spellings have in common: ``@REQ-12``, ``REQ-12`` and ``12`` are one requirement."""
    return name.casefold().removeprefix("@").removeprefix(_PREFIX)


def coverage(
    scenarios: Iterable[ScenarioResult], listed: Sequence[Requirement] | None, source: str = ""
) -> Coverage:
    """Return what the tags of ``scenarios`` say about the requirements that are ``listed``.

    A tag names a requirement when it begins with ``REQ-``, or is the id of a listed one.
    """
    known = {requirement_key(requirement.id): requirement for requirement in listed or ()}
    tagged: dict[str, list[ScenarioResult]] = {key: [] for key in known}
    unknown: dict[str, None] = {}
    for scenario in scenarios:
        named = {requirement_key(tag): tag for tag in scenario.tags if _names_requirement(tag, known)}
        for key, tag in named.items():
            if listed is not None and key not in known:
                unknown[tag] = None
                continue
            known.setdefault(key, Requirement(tag, ""))
            tagged.setdefault(key, []).append(scenario)
    results = (
        RequirementResult(requirement.id, requirement.title, tuple(tagged[key]))
        for key, requirement in (known.items() if listed is not None else sorted(known.items()))
    )
    return Coverage(tuple(results), source, tuple(sorted(unknown)))


def _names_requirement(tag: str, known: Iterable[str]) -> bool:
    return tag.casefold().startswith(_PREFIX) or tag.casefold() in known
