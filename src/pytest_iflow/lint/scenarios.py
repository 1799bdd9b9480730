"""What is wrong with scenarios: what keeps them from running, and what a reader would miss in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase

from pytest_bdd.parser import Step

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.collector import CollectedScenario
from pytest_iflow.gherkin.faults import lost_step
from pytest_iflow.gherkin.outline import filled, texts_of
from pytest_iflow.gherkin.step_index import ANY_KEYWORD
from pytest_iflow.gherkin.variables import fill_names
from pytest_iflow.lint.collection import CollectedRow, CollectedSuite
from pytest_iflow.lint.rules import Finding
from pytest_iflow.tenants.suite_files import SuiteFiles

_FILE_IN_QUOTES = re.compile(r"""["']([^"']+)["']""")


def scenario_findings(suite: CollectedSuite) -> Iterator[Finding]:
    """Yield what is wrong with each scenario that is not skipped."""
    files = SuiteFiles(suite.root)
    for assumed in dict.fromkeys(each for row in suite.rows for each in row.scenario.feature.assumed):
        file, line, what = assumed
        yield Finding(file, line, "assumed-charset", what, "save the file as UTF-8")
    seen: set[int] = set()
    for row in suite.rows:
        if row.is_skipped:
            continue
        yield from _faults(row)
        source = row.scenario.scenario
        if id(source) in seen or row.scenario.feature.error:
            continue
        seen.add(id(source))
        yield from _without_then(row)
        yield from _lost_steps(row)
        yield from _unused_columns(row, files)
    yield from _missing_tags(suite.rows, suite.required_tags)


def _faults(row: CollectedRow) -> Iterator[Finding]:
    faults = row.faults
    if faults is None:
        return
    for fault in faults.found:
        yield Finding(row.file, fault.line, fault.rule, fault.what, fault.remedy)
    for file, line, what in faults.error.problems:
        yield Finding(file, line, "feature-file", what, faults.error.remedy or "correct it")


def _without_then(row: CollectedRow) -> Iterator[Finding]:
    """What stands behind ``*`` may be anything, so such a scenario is left alone."""
    steps = row.scenario.template.steps
    if not any(step.type == "then" or step.keyword == ANY_KEYWORD for step in steps):
        source = row.scenario.scenario
        yield Finding(
            row.file,
            source.line,
            "no-then",
            f'the scenario "{source.name}" has no Then: it checks nothing',
            "say what is expected, such as: Then the response status is 200",
        )


def _lost_steps(row: CollectedRow) -> Iterator[Finding]:
    """Yield lines that pytest warns of; those that are a defined step for sure are faults already."""
    for prose in row.scenario.scenario.prose:
        if prose.is_suspicious:
            fault = lost_step(row.file, prose)
            yield Finding(row.file, fault.line, fault.rule, fault.what, fault.remedy)


def _missing_tags(rows: Sequence[CollectedRow], required: Iterable[tuple[str, ...]]) -> Iterator[Finding]:
    for row in rows:
        scenario = row.scenario
        for patterns in required if not (scenario.feature.error or row.is_skipped) else ():
            if not any(fnmatchcase(tag, pattern) for tag in scenario.tags for pattern in patterns):
                wanted = " or ".join(f"@{pattern}" for pattern in patterns)
                yield Finding(
                    row.file,
                    scenario.scenario.line,
                    "missing-tag",
                    f'the scenario "{scenario.scenario.name}" has no tag {wanted}',
                    "write it above the scenario, or above its feature",
                )


def of_row(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the values of a row, in place of ``<column>`` and of ``${column}``."""
    columns = tuple(values)
    return fill_names(filled(text, columns, values), columns, lambda name: values[name[2:-1]])


def _unused_columns(row: CollectedRow, files: SuiteFiles) -> Iterator[Finding]:
    """Yield the columns of tables that no text names; those of data files may be there for other features."""
    scenario = row.scenario
    template = scenario.template
    texts = [template.name, *(text for step in template.steps for text, _ in texts_of(step))]
    texts += _texts_of_files(scenario, template.steps, files)
    whole = "\n".join(texts)
    written = {column for each in scenario.scenario.rows if not each.data_file for column in each.values}
    lines: dict[str, int] = {}
    for table in template.examples:
        for column in written.intersection(table.example_params):
            lines.setdefault(column, table.line_number or scenario.line)
    for column, line in lines.items():
        if f"<{column}>" not in whole and f"${{{column}}}" not in whole:
            yield Finding(
                row.file,
                line,
                "unused-column",
                f'the column "{column}" of "{scenario.scenario.name}" is named by no step',
                f"write <{column}> where its value belongs, or remove the column",
            )


def _texts_of_files(scenario: CollectedScenario, steps: Sequence[Step], files: SuiteFiles) -> Iterator[str]:
    """Yield the files that steps name in one row or another: they may be filled in with columns."""
    names: dict[str, None] = {}
    for step in steps if scenario.scenario.rows else ():
        for name in _FILE_IN_QUOTES.findall(step.name) if "file" in step.name else ():
            if "<" not in name and "${" not in name:
                names[name] = None
                continue
            for row in scenario.scenario.rows:
                names[of_row(name, row.values)] = None
    for name in names:
        with suppress(ConfigurationError, OSError):
            path = files.find(name, scenario.feature.path.parent, "payloads")
            yield files.read(path).decode("utf-8", "replace")
