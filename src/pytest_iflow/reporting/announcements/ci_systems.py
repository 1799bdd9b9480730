"""A finished run as CI systems show it: failures at their lines, and a summary in Markdown.

GitHub Actions reads ``::error file=…,line=…::…`` (its documentation of workflow commands), Azure Pipelines
``##vso[task.logissue type=error;…]…`` (its documentation of logging commands). Both take a command only at
the beginning of a line of the output, and undo the escapes that are made here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.reporting.console_text import console_text, harmless
from pytest_iflow.reporting.pages import duration
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.changes import Change
from pytest_iflow.results.run_result import ENGINE, RunResult
from pytest_iflow.results.scenario_result import SCENARIO_STATUSES, ScenarioResult
from pytest_iflow.secrets.registry import mask

MOST_ANNOTATIONS = 10
"""Annotations of one run; GitHub shows no more errors of one step."""

_GITHUB, _GITHUB_SUMMARY, _AZURE = "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD"

_PLACE = re.compile(r"(?P<file>[^\n:]+\.feature):(?P<line>\d+): ")
_FLOWS = 20
"""Exported iFlows whose coverage is told."""
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


def announce(run: RunResult, root: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Tell the CI system that ``environ`` shows of the run; elsewhere do nothing.

    ``root`` is that of the project, ``say`` prints one line.
    """
    commands = {_GITHUB: github_command, _AZURE: azure_command}
    for variable, command in commands.items():
        if environ.get(variable, "").casefold() == "true":
            for annotation in run_annotations(run, project_folder(root, environ)):
                say(command(annotation))
    append_job_summary(run, environ, say)


def append_job_summary(run: RunResult, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Add the run to the page of a job on GitHub, if this is one; where that cannot be done ``say`` so."""
    if page := environ.get(_GITHUB_SUMMARY):
        try:
            with Path(page).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(job_summary(run))
        except OSError as error:
            say(console_text(f"the summary of the job cannot be written: {error}"))


def run_annotations(run: RunResult, folder: str) -> list[Annotation]:
    """Return what is wrong, most urgent first, at most ``MOST_ANNOTATIONS``; the last one counts the rest.

    ``folder`` leads from the root of the repository to that of the project; it is empty, or ends in a slash.
    """
    found = list(_found(run, folder))
    if len(found) <= MOST_ANNOTATIONS:
        return found
    rest = len(found) - MOST_ANNOTATIONS + 1
    return [
        *found[: MOST_ANNOTATIONS - 1],
        Annotation(_title(run), f"and {rest} more: see the summary of the run"),
    ]


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
            f"{scenario.status}: {scenario.scenario}{_data_place(scenario)}",
            scenario.message.strip() or scenario.status,
            f"{folder}{scenario.file}",
            failed_line(scenario),
        )


def failed_line(scenario: ScenarioResult) -> int:
    """Return the line of the step that failed; that of the scenario where none did."""
    lines = (step.line for step in scenario.steps if step.status in {"failed", "undefined"})
    return next(lines, scenario.line)


def _data_place(scenario: ScenarioResult) -> str:
    """Return where the row of a data file stands, in brackets, to be added to what names the scenario."""
    return f" ({scenario.data_place})" if scenario.data_file else ""


def _worst_first(run: RunResult) -> Sequence[ScenarioResult]:
    new = frozenset(run.changes.of("newly failing")) if run.changes else frozenset()
    failures = (scenario for scenario in run.scenarios if scenario.status in {"failed", "broken"})
    return sorted(failures, key=lambda each: (each.node_id not in new, each.file, each.line, each.data_line))


def _title(run: RunResult) -> str:
    return f"{run.tenant}/{run.environment}"


def _joined(properties: Mapping[str, str], separator: str, escapes: Mapping[str, str]) -> str:
    parts: Iterable[str] = (f"{name}={_escaped(value, escapes)}" for name, value in properties.items())
    return separator.join(parts)


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in harmless(mask(text)))


MOST_FAILURES = 50
"""Failures that are listed; GitHub takes one mebibyte for each step."""

_LONGEST = 300
_MARKUP = re.compile(r"([\\`*_\[\]~|#$])")
_TOLD: tuple[Change, ...] = ("newly failing", "still failing", "flaky", "fixed")


def job_summary(run: RunResult) -> str:
    """Return verdict, counts, what changed and the failures; all texts masked and none taken for markup."""
    return mask("\n".join(_lines(run)) + "\n")


def _lines(run: RunResult) -> Iterator[str]:
    yield f"### {_cell(f'{run.tenant}/{run.environment}')}: {run.verdict}"
    yield ""
    yield _cell(verdict_sentence(run))
    if run.selection:
        yield f"\nPart of the suite: {_cell(run.selection)}"
    yield ""
    yield f"| {' | '.join(SCENARIO_STATUSES)} | time |"
    yield f"|{' ---: |' * (len(SCENARIO_STATUSES) + 1)}"
    counts = " | ".join(str(run.counts[status]) for status in SCENARIO_STATUSES)
    yield f"| {counts} | {duration(run.seconds)} |"
    yield from _changes(run)
    for problem in (*run.environment_problems, *run.collection_errors, *run.leaks):
        yield f"\n* {_cell(problem)}"
    if run.flow_coverage:
        source = run.flow_coverage_source and f"flow coverage ({run.flow_coverage_source})"
        yield f"\n* {source or ENGINE}: {_cell('; '.join(map(str, run.flow_coverage[:_FLOWS])))}"
    if run.unchecked_formats:
        yield f"\n* Parts of JSON Schema that were not checked: {_cell(', '.join(run.unchecked_formats))}"
    yield from _failures(run)


def _changes(run: RunResult) -> Iterator[str]:
    if run.changes is None:
        return
    told = [f"{len(found)} {change}" for change in _TOLD if (found := run.changes.of(change))]
    if told:
        yield f"\nSince the run before: {', '.join(told)}."
    for update in run.changes.updates:
        yield f"\n* {_cell(update)}"


def _failures(run: RunResult) -> Iterator[str]:
    failures = [scenario for scenario in run.scenarios if scenario.status in {"failed", "broken"}]
    if not failures:
        return
    of = run.changes.scenarios if run.changes else {}
    failures.sort(key=lambda scenario: of.get(scenario.node_id) != "newly failing")
    yield "\n| scenario | cause | place |"
    yield "| --- | --- | --- |"
    for scenario in failures[:MOST_FAILURES]:
        new = " (new)" if of.get(scenario.node_id) == "newly failing" else ""
        cause = scenario.message.strip().partition("\n")[0]
        place = f"{scenario.file}:{failed_line(scenario)}{_data_place(scenario)}"
        yield f"| {_cell(scenario.scenario)}{new} | {_cell(cause)} | {_cell(place)} |"
    if len(failures) > MOST_FAILURES:
        yield f"\nand {len(failures) - MOST_FAILURES} more"


def _cell(text: str) -> str:
    """One line that Markdown and HTML show as it is."""
    line = harmless(" ".join(text.split()))
    shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return _MARKUP.sub(r"\\\1", html.escape(shown, quote=False))
