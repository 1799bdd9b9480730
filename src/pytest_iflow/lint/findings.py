"""All that is wrong in a suite: what the rules find, less what is switched off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_iflow.lint.collection import CollectedRow, CollectedSuite, collect_suite
from pytest_iflow.lint.pasted_secrets import pasted_secrets
from pytest_iflow.lint.rules import Finding, Switches
from pytest_iflow.lint.scenarios import scenario_findings
from pytest_iflow.lint.unused_files import files_of_suite, unused_files


def lint_suite(paths: Sequence[str], off: frozenset[str] = frozenset()) -> list[Finding]:
    """Return what is wrong in the features that ``paths`` name, sorted; without any in the whole suite.

    ``off`` are rules that are left out beside those of the suite's settings. Raises ConfigurationError where
    the suite cannot be collected, or has no feature.
    """
    suite = collect_suite(paths)
    found = list(scenario_findings(suite))
    if paths:
        features = {row.scenario.feature.path for row in suite.rows}
        found += pasted_secrets(suite.root, sorted(features))
    else:
        files = list(files_of_suite(suite))
        found += suite.tenant_faults
        found += pasted_secrets(suite.root, files)
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
    text = _text(source.path)
    lines = [] if source.error else [scenario.line for scenario in source.scenarios]
    return Switches(text, 0 if source.error else source.feature.line_number, lines)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
