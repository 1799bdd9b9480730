"""Failures as commands of a CI system, which shows each at its line of the feature file.

GitHub Actions reads ``::error file=…,line=…::…`` (its documentation of workflow commands), Azure Pipelines
``##vso[task.logissue type=error;…]…`` (its documentation of logging commands). Both take a command at the
beginning of a line of the output only, and undo the escapes that are made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.secrets.registry import mask

MOST = 10
"""Annotations of one run; GitHub shows no more errors of one step."""

_PLACE = re.compile(r"(?P<file>[^\n:]+\.feature):(?P<line>\d+): ")
_GITHUB_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_GITHUB_PROPERTY = _GITHUB_TEXT | {":": "%3A", ",": "%2C"}
_AZURE_TEXT = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}
_AZURE_PROPERTY = _AZURE_TEXT | {";": "%3B", "]": "%5D"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is wrong at a place; without a ``file`` it is about the run as a whole."""

    title: str
    text: str
    file: str = ""
    line: int = 0


def run_annotations(run: RunResult, folder: str) -> list[Annotation]:
    """Return what is wrong, most urgent first, at most ``MOST``; the last one counts the rest.

    ``folder`` leads from the root of the repository to that of the project; it is empty, or ends in a slash.
    """
    found = list(_found(run, folder))
    if len(found) <= MOST:
        return found
    rest = len(found) - MOST + 1
    return [*found[: MOST - 1], Annotation(_title(run), f"and {rest} more: see the summary of the run")]


def project_folder(root: Path, environ: Mapping[str, str]) -> str:
    """Return where the project stands in what a CI system checked out, in the form of ``run_annotations``."""
    for variable in ("GITHUB_WORKSPACE", "BUILD_SOURCESDIRECTORY"):
        if checkout := environ.get(variable):
            top, inner = Path(checkout).resolve(), root.resolve()
            if inner != top and inner.is_relative_to(top):
                return f"{inner.relative_to(top).as_posix()}/"
    return ""


def github_command(annotation: Annotation) -> str:
    """Return the annotation as a workflow command, masked."""
    place = {"file": annotation.file, "line": str(annotation.line)} if annotation.file else {}
    properties = _joined({**place, "title": annotation.title}, ",", _GITHUB_PROPERTY)
    return f"::error {properties}::{_escaped(annotation.text, _GITHUB_TEXT)}"


def azure_command(annotation: Annotation) -> str:
    """Return the annotation as a logging command, masked; it has no title of its own."""
    place = {"sourcepath": annotation.file, "linenumber": str(annotation.line)} if annotation.file else {}
    properties = _joined({"type": "error", **place}, ";", _AZURE_PROPERTY)
    return (
        f"##vso[task.logissue {properties}]{_escaped(f'{annotation.title}: {annotation.text}', _AZURE_TEXT)}"
    )


def _found(run: RunResult, folder: str) -> Iterator[Annotation]:
    for text in (*run.environment_problems, *run.leaks):
        yield Annotation(_title(run), text)
    if run.verdict == "interrupted":
        yield Annotation(_title(run), verdict_sentence(run))
    for text in run.collection_errors:
        place = _PLACE.match(text)
        yield Annotation(
            "cannot be collected",
            text,
            f"{folder}{place['file']}" if place else "",
            int(place["line"]) if place else 0,
        )
    for scenario in _worst_first(run):
        yield Annotation(
            f"{scenario.status}: {scenario.scenario}",
            scenario.message.strip() or scenario.status,
            f"{folder}{scenario.file}",
            failed_line(scenario),
        )


def failed_line(scenario: ScenarioResult) -> int:
    """Return the line of the step that failed; that of the scenario where none did."""
    lines = (step.line for step in scenario.steps if step.status in {"failed", "undefined"})
    return next(lines, scenario.line)


def _worst_first(run: RunResult) -> Sequence[ScenarioResult]:
    new = frozenset(run.changes.of("newly failing")) if run.changes else frozenset()
    failures = (scenario for scenario in run.scenarios if scenario.status in {"failed", "broken"})
    return sorted(failures, key=lambda scenario: (scenario.node_id not in new, scenario.file, scenario.line))


def _title(run: RunResult) -> str:
    return f"{run.tenant}/{run.environment}"


def _joined(properties: Mapping[str, str], separator: str, escapes: Mapping[str, str]) -> str:
    parts: Iterable[str] = (f"{name}={_escaped(value, escapes)}" for name, value in properties.items())
    return separator.join(parts)


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in harmless(mask(text)))
