"""Requirements against scenarios: which are covered by tags, and what became of them; tables in CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.tenants.suite_files import read_text

_DELIMITERS = ",;\t"
_SEPARATOR_LINE = "sep="
"""With it in the first line Excel is told the delimiter of the rest."""

RequirementStatus = Literal["passed", "failed", "incomplete", "uncovered"]
_PREFIX = "req-"
_COLUMNS = ("id", "title")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: file and line, for errors, and its texts by column, without blanks around them."""

    place: str
    values: Mapping[str, str]


def read_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a CSV file that has ``columns``; others are ignored, and so are empty rows.

    Comma, semicolon and tab separate; a byte order mark and UTF-16 are fine. Raises ConfigurationError
    when the file cannot be read, lacks a column, or has a row with too many fields or an empty first one.
    """
    lines = read_text(path).splitlines(keepends=True)
    skipped = 1 if lines and lines[0].strip().casefold().startswith(_SEPARATOR_LINE) else 0
    header = lines[skipped] if len(lines) > skipped else ""
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        _require(columns, names, path)
        return [
            _row(names, texts, columns, f"{path}, line {reader.line_num + skipped}")
            for texts in reader
            if any(text.strip() for text in texts)
        ]
    except csv.Error as error:
        raise ConfigurationError(
            f"The table cannot be read: {error}.",
            where=f"{path}, line {reader.line_num + skipped}",
            remedy="Save it again as CSV; a text with line breaks or quotes stands in quotes.",
        ) from error


def _require(columns: Sequence[str], names: Sequence[str], path: Path) -> None:
    if missing := [column for column in columns if column not in names]:
        raise ConfigurationError(
            f"The table has no column {' and no column '.join(missing)}.",
            where=f"{path}, line 1",
            remedy=f"Name the columns in the first line: {','.join(columns)}.",
        )


def _row(names: Sequence[str], texts: Sequence[str], columns: Sequence[str], place: str) -> Row:
    if any(text.strip() for text in texts[len(names) :]):
        raise ConfigurationError(
            "The row has more fields than there are columns.",
            where=place,
            remedy="Put a text that holds the separator into double quotes.",
        )
    values = dict(zip(names, map(str.strip, texts), strict=False))
    wanted = {column: values.get(column, "") for column in columns}
    if not wanted[columns[0]]:
        raise ConfigurationError(
            f"The row has nothing in column {columns[0]}.",
            where=place,
            remedy="Fill it in, or remove the row.",
        )
    return Row(place, wanted)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of a list of requirements."""

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
        """Return the result of the requirement in one word."""
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
    """Return the key of a requirement: ``@REQ-12``, ``REQ-12`` and ``12`` have the same one."""
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
