"""All that is wrong in a suite: what the rules find, less what is switched off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_iflow.lint.collection import CollectedRow, CollectedSuite, collect_suite, text_of
from pytest_iflow.lint.pasted_secrets import pasted_secrets
from pytest_iflow.lint.repeated_names import repeated_names_below_steps, repeated_names_in_files
from pytest_iflow.lint.rules import Finding, Switches
from pytest_iflow.lint.scenarios import scenario_findings
from pytest_iflow.lint.unused_files import files_of_suite, unused_files


def lint_suite(paths: Sequence[str], off: frozenset[str] = frozenset()) -> list[Finding]:
    """Return what is wrong in the features that ``paths`` name, sorted; without any in the whole suite.

    ``off`` are rules that are left out beside those of the suite's settings. Raises ConfigurationError where
    the suite cannot be collected, or has no feature.
    """
    suite = collect_suite(paths)
    found = [*scenario_findings(suite), *repeated_names_below_steps(suite)]
    if paths:
        features = {row.scenario.feature.path for row in suite.rows}
        found += pasted_secrets(suite.root, sorted(features))
    else:
        files = list(files_of_suite(suite))
        found += suite.file_faults
        found += pasted_secrets(suite.root, files)
        found += repeated_names_in_files(suite, files)
        found += unused_files(suite, files)
    found = list(_without_those_off(suite, found))
    off |= suite.off
    return sorted({each for each in found if each.rule not in off})


def _without_those_off(suite: CollectedSuite, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what no comment in its feature switches off."""
    switches = {file: _switches(rows) for file, rows in suite.by_file().items()}
    for finding in found:
        switch = switches.get(finding.file)
        if switch is None or not switch.are_off(finding):
            yield finding
    for file, switch in switches.items():
        yield from switch.unknown(file)


def _switches(rows: Sequence[CollectedRow]) -> Switches:
    source = rows[0].scenario.feature
    text = text_of(source.path)
    lines = [] if source.error else [scenario.line for scenario in source.scenarios]
    return Switches(text, 0 if source.error else source.feature.line_number, lines)
