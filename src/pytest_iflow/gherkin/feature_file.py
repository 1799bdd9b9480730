"""One feature file as it stands on disk: parsed once, checked, with the line of everything.

pytest-bdd reads the same document afterwards, so a scenario has one source for both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest_bdd.feature
from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from pytest_bdd.gherkin_parser import ExamplesTable, GherkinDocument, Scenario
from pytest_bdd.parser import Feature, FeatureParser

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.problems import problems
from pytest_iflow.gherkin.row_ids import row_ids
from pytest_iflow.gherkin.source import FeatureSource, Row, ScenarioSource
from pytest_iflow.gherkin.typed_secrets import register_typed_secrets

_UNEXPECTED = "is not expected here"
_LINES = (
    "a line begins with Feature:, Rule:, Background:, Scenario:, Examples:, a step keyword "
    "(Given, When, Then, And, But, *), a table row |…|, a tag @… or a comment #"
)


def read_feature_file(path: Path, shown: str) -> FeatureSource:
    """Parse the feature file at ``path`` and hand it to pytest-bdd.

    ``shown`` is the path as messages name it. Raises ``FeatureFileError`` with every problem and its line.
    """
    text = _text(path, shown)
    document = _document(text, shown)
    register_typed_secrets(document)
    scenarios = _scenarios(document)
    found = problems(document, scenarios, text.splitlines())
    if found:
        raise FeatureFileError("\n".join(f"{shown}:{line}: {what}" for line, what in found))
    feature = _Parsed(path, document).parse()
    pytest_bdd.feature.features[feature.filename] = feature
    return FeatureSource(path, feature, scenarios)


class _Parsed(FeatureParser):
    """pytest-bdd's reader, on a document that is already parsed."""

    def __init__(self, path: Path, document: GherkinDocument) -> None:
        super().__init__(str(path.parent), path.name)
        self._document = document

    def _parse_feature_file(self) -> GherkinDocument:
        return self._document

    def parse(self) -> Feature:
        feature = super().parse()
        for scenario in feature.scenarios.values():
            for table in scenario.examples:
                table.tags = set()  # pytest-bdd makes marks of them that --strict-markers refuses
        return feature


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FeatureFileError(
            f"{shown}:{line}: the file is not in UTF-8 (byte {error.start})",
            remedy='save it as UTF-8; Windows editors offer this as "Encoding" when saving',
        ) from error


def _document(text: str, shown: str) -> GherkinDocument:
    try:
        raw: Any = Parser().parse(text)
    except CompositeParserException as error:
        lines = text.splitlines()
        said = "\n".join(_syntax_error(problem, lines, shown) for problem in error.errors)
        raise FeatureFileError(said, remedy=_LINES if _UNEXPECTED in said else None) from error
    if "feature" not in raw:
        raise FeatureFileError(
            f"{shown}:1: the file has no feature",
            remedy='begin it with "Feature: " and a name, or delete the file',
        )
    return GherkinDocument.from_dict(raw)


def _syntax_error(problem: Any, lines: list[str], shown: str) -> str:
    line = problem.location["line"]
    written = repr(lines[line - 1].strip()) if line <= len(lines) else "the end of the file"
    text = str(problem).partition("): ")[2]
    reason = _UNEXPECTED if text.startswith(("expected:", "unexpected")) else f"({text})"
    return f"{shown}:{line}: {written} {reason}"


def _scenarios(document: GherkinDocument) -> tuple[ScenarioSource, ...]:
    found: list[ScenarioSource] = []
    inherited = [tag.name for tag in document.feature.tags]
    for child in document.feature.children:
        if child.scenario:
            found.append(_scenario(child.scenario, inherited, None))
        elif child.rule:
            tags = [*inherited, *(tag.name for tag in child.rule.tags)]
            found.extend(
                _scenario(nested.scenario, tags, child.rule.name)
                for nested in child.rule.children
                if nested.scenario
            )
    return tuple(found)


def _scenario(scenario: Scenario, inherited: list[str], rule: str | None) -> ScenarioSource:
    tags = [*inherited, *(tag.name for tag in scenario.tags)]
    rows = _rows(scenario.examples)
    return ScenarioSource(
        name=scenario.name,
        keyword=scenario.keyword,
        line=scenario.location.line,
        rule=rule,
        description=scenario.description.strip(),
        tags=tuple(dict.fromkeys(tag.lstrip("@") for tag in tags)),
        rows=rows,
    )


def _rows(tables: list[ExamplesTable]) -> tuple[Row, ...]:
    written = [
        (row, [cell.value for cell in table.table_header.cells], table)
        for table in tables
        if table.table_header is not None
        for row in table.table_body or ()
    ]
    ids = row_ids([[cell.value for cell in row.cells] for row, _, _ in written])
    return tuple(
        Row(
            id=row_id,
            repetition=repetition,
            line=row.location.line,
            values=dict(zip(columns, (cell.value for cell in row.cells), strict=True)),
            tags=tuple(tag.name.lstrip("@") for tag in table.tags),
        )
        for (row_id, repetition), (row, columns, table) in zip(ids, written, strict=True)
    )
