"""The rules of ``pytest-iflow lint``, what each finds, and how it is switched off.

A rule is switched off for a suite by the setting ``iflow_lint_off``, and within a feature by a comment:
``# lint: off unused-column``. Above ``Feature:`` it holds for the file, above a scenario or its tags for the
scenario, elsewhere for the line below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_iflow.errors import ConfigurationError, suggestion

FAULTS_OF_SCENARIOS = {
    "undefined-step": "no step is defined like this",
    "ambiguous-step": "two definitions of one folder and origin fit the step",
    "lost-step": "a line reads like a step, and is read as description",
    "step-argument": "a step has a doc string or a table that it does not read, or lacks one that it reads",
    "placeholder": "`<name>` is no column of the Examples, or may as well be an element of the text",
    "unknown-variable": "nothing gives the variable `${name}`",
    "unreadable-value": "a path, a pattern, a number or an expected message cannot be read",
    "unusable-file": "a file, schema or golden message that a step names is not there, or may not be read",
    "unknown-call": "no call before this step has the name that it asks for",
    "unknown-environment": "a run found no such tenant or environment, or one that it cannot use",
    "unknown-name": "there is no such HTTP method, receiver or iFlow to be started; "
    "or a run found no such client or iFlow",
}
"""What keeps a scenario from running: the same that breaks it in a run."""

RULES: Mapping[str, str] = {
    "feature-file": "the feature file, or a file with its rows, cannot be read",
    **FAULTS_OF_SCENARIOS,
    "assumed-charset": "a data file is not in UTF-8, and its charset had to be assumed",
    "tenant-file": "a tenant file is wrong",
    "namespaces-file": "`schemas/namespaces.toml` is wrong",
    "no-then": "the scenario has no `Then`: it checks nothing",
    "missing-tag": "the scenario has none of the tags that the setting `iflow_required_tags` names",
    "pasted-secret": "a token, password, client secret or private key stands in a file of the suite",
    "repeated-name": "an object of JSON, in a payload or below a step, has a name twice",
    "unused-column": "no text of the scenario names the column of its Examples",
    "unused-schema": "no step names the schema, and no other schema either",
    "unused-payload": "no step names the file in `payloads` or beside the features",
    "unused-golden": "no step names the golden message, or its rules stand beside no message",
    "unused-data": "no `@data` names the file in `data`",
}
"""All rules, in the order of the documents, with what is wrong."""

_SWITCH = re.compile(r"^\s*#\s*lint:\s*off\b[ \t]*(?P<names>[\w, \t-]*)", re.IGNORECASE | re.ASCII)
_HEADING = re.compile(r"^\s*(?:#|@|$)")
"""What may stand between such a comment and the scenario that it is for: comments, tags, empty lines."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong in a line of a file, which is named from the root of the suite; line 0 is all of it."""

    file: str
    line: int
    rule: str
    what: str
    remedy: str = ""


def known_rules(names: Iterable[str], where: str) -> frozenset[str]:
    """Return the names of rules; raises ConfigurationError for one that there is not."""
    found = frozenset(names)
    for name in sorted(found - RULES.keys()):
        raise ConfigurationError(
            f'There is no rule "{name}" of pytest-iflow lint.', where=where, remedy=suggestion(name, RULES)
        )
    return found


class Switches:
    """The rules that are switched off in one feature file.

    ``text`` is the file, ``feature`` the line of ``Feature:``, ``scenarios`` are the lines of scenarios.
    """

    def __init__(self, text: str, feature: int, scenarios: Sequence[int]) -> None:
        self._lines = text.split("\n")
        self._feature = feature
        self._starts = sorted(scenarios)
        self._off = list(self._read())

    def _read(self) -> Iterator[tuple[int, int, frozenset[str]]]:
        for number, line in enumerate(self._lines, 1):
            if found := _SWITCH.match(line):
                names = frozenset(re.split(r"[,\s]+", found["names"].strip())) - {""}
                yield *self._range(number), names or frozenset(RULES)

    def _range(self, comment: int) -> tuple[int, int]:
        """Return the first and the last line for which a comment holds."""
        heading = comment + 1
        while heading <= len(self._lines) and _HEADING.match(self._lines[heading - 1]):
            heading += 1
        if heading == self._feature:
            return 1, len(self._lines)
        if heading in self._starts:
            behind = [line for line in self._starts if line > heading]
            return comment, (behind[0] - 1 if behind else len(self._lines))
        return comment + 1, comment + 1

    def are_off(self, finding: Finding) -> bool:
        """Tell whether a comment switches off what was found."""
        return any(
            first <= finding.line <= last and finding.rule in names for first, last, names in self._off
        )

    def unknown(self, file: str) -> Iterator[Finding]:
        """Yield the comments that name a rule that there is not."""
        for number, line in enumerate(self._lines, 1):
            if found := _SWITCH.match(line):
                for name in re.split(r"[,\s]+", found["names"].strip()):
                    if name and name not in RULES:
                        what = f'there is no rule "{name}" of pytest-iflow lint'
                        yield Finding(file, number, "feature-file", what, suggestion(name, RULES))
