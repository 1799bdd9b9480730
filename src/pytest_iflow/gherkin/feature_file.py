"""One feature file as it stands on disk: parsed once, checked, with the line of everything.

pytest-bdd reads the same document afterwards, so a scenario has one source for both.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest_bdd.feature
from gherkin.dialect import Dialect
from gherkin.errors import CompositeParserException
from gherkin.parser import Parser
from msgspec.structs import replace
from pytest_bdd.gherkin_parser import Child, ExamplesTable, GherkinDocument, Rule, Scenario
from pytest_bdd.gherkin_parser import Feature as GherkinFeature
from pytest_bdd.gherkin_parser import Step as GherkinStep
from pytest_bdd.parser import Feature, FeatureParser, Step
from pytest_bdd.parser import Rule as ParsedRule
from pytest_bdd.types import STEP_TYPE_BY_PARSER_KEYWORD

from pytest_iflow.errors import FeatureFileError, FileProblem
from pytest_iflow.gherkin.outline import OutlineTemplate
from pytest_iflow.gherkin.problems import Part, Problem, parts_of, problems, prose_like_steps
from pytest_iflow.gherkin.source import UNREADABLE, FeatureSource, ProseLine, Row, ScenarioSource, row_ids
from pytest_iflow.gherkin.tags import data_file_of
from pytest_iflow.gherkin.typed_secrets import register_typed_secrets
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.suite_files import SuiteFiles

_MEDIA_TYPE = lazy_pattern(r"[\w.+-]+(?:/[\w.+*-]+)?(?:\s*;.*)?|<.+>")
"""What may stand behind the opening quotes: json, text/xml; charset=utf-8, or a placeholder for it."""


def read_feature_file(path: Path, shown: str, files: SuiteFiles | None = None) -> FeatureSource:
    """Parse the feature file at ``path`` and hand it to pytest-bdd.

    ``shown`` is the path as messages name it. ``files`` reads it and its data files; without one these may
    stand below its folder. Raises ``FeatureFileError`` with every problem and its line.
    """
    files = files or SuiteFiles(path.parent)
    text = _text(path, shown, files)
    raw = _parsed(text, shown)
    document = GherkinDocument.from_dict(raw)
    assumed = _read_data_files(document, shown, path.parent, files)
    register_typed_secrets(document)
    lines = _lines(text)
    scenarios = _scenarios(document, lines)
    wrong_quotes = _keep_doc_strings(document.feature.children, raw["feature"]["children"])
    found = sorted([*wrong_quotes, *problems(document, scenarios, lines)])
    if found:
        raise FeatureFileError.of_file((shown, line, what) for line, what in found)
    feature = _Parsed(path, document).parse()
    keys = (scenario.key for scenario in scenarios)
    feature.scenarios = OrderedDict(zip(keys, feature.scenarios.values(), strict=True))
    pytest_bdd.feature.features[feature.filename] = feature
    return FeatureSource(path, feature, scenarios, assumed=assumed)


def unreadable_file(path: Path, shown: str, error: FeatureFileError) -> FeatureSource:
    """Return what stands in reports for a feature file that cannot be read."""
    feature = Feature(OrderedDict(), str(path), shown, "en", "Feature", shown, set(), None, error.line, "")
    scenario = ScenarioSource(UNREADABLE, UNREADABLE, "Feature", error.line, None, "", (), (), ())
    return FeatureSource(path, feature, (scenario,), error)


class _Parsed(FeatureParser):
    """pytest-bdd's reader, on a document that is already parsed, and by the rules of Gherkin's reference.

    A step that begins with And, But or * goes on with the keyword above it, be that in the background.
    """

    def __init__(self, path: Path, document: GherkinDocument) -> None:
        super().__init__(str(path.parent), path.name)
        self._document = document
        self._templates: list[OutlineTemplate] = []

    def _parse_feature_file(self) -> GherkinDocument:
        return self._document

    def parse(self) -> Feature:
        feature = super().parse()
        for template in self._templates:
            kind = "given"
            for step in template.steps:
                kind = step.type = step.type or kind
        # pytest-bdd keeps them by name, and loses those of other rules that have the same.
        feature.scenarios = OrderedDict((str(number), one) for number, one in enumerate(self._templates))
        return feature

    def parse_steps(self, steps_data: list[GherkinStep]) -> list[Step]:
        return [
            Step(
                name=step.text,
                type=STEP_TYPE_BY_PARSER_KEYWORD.get(step.keyword_type, ""),
                indent=step.location.column - 1,
                line_number=step.location.line,
                keyword=step.keyword,
                datatable=step.datatable,
                docstring=step.docstring.content if step.docstring else None,
            )
            for step in steps_data
        ]

    def parse_scenario(
        self, scenario_data: Scenario, feature: Feature, rule: ParsedRule | None = None
    ) -> OutlineTemplate:
        read = super().parse_scenario(scenario_data, feature, rule)
        for table in read.examples:
            table.tags = set()  # pytest-bdd makes marks of them that --strict-markers refuses
        template = OutlineTemplate(
            feature=feature,
            keyword=read.keyword,
            name=read.name,
            line_number=read.line_number,
            templated=read.templated,
            description=read.description,
            tags=read.tags,
            examples=read.examples,
            rule=rule,
        )
        for step in read.steps[len(read.all_background_steps) :]:
            template.add_step(step)
        self._templates.append(template)
        return template


def _read_data_files(
    document: GherkinDocument, shown: str, beside: Path, files: SuiteFiles
) -> tuple[FileProblem, ...]:
    """Fill the Examples tables that name a data file; return what had to be assumed."""
    named = [
        (table, data_file_of(tag.name), tag.location.line)
        for part in parts_of(document)
        for table in (part.examples if isinstance(part, Scenario) else ())
        for tag in table.tags
        if data_file_of(tag.name)
    ]
    if not named:
        return ()
    from pytest_iflow.gherkin.data_files import DataTable, fill_from_data_files

    return fill_from_data_files([DataTable(*each) for each in named], shown, beside, files)


def _text(path: Path, shown: str, files: SuiteFiles) -> str:
    try:
        return io.TextIOWrapper(io.BytesIO(files.read_named(path)), encoding="utf-8-sig").read()
    except OSError as error:
        problem = shown, 1, f"the file cannot be read: {error.strerror}"
        raise FeatureFileError.of_file([problem]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FeatureFileError.of_file(
            [(shown, line, f"the file is not in UTF-8 (byte {error.start})")],
            remedy='save it as UTF-8; Windows editors offer this as "Encoding" when saving',
        ) from error


def _lines(text: str) -> list[str]:
    """The lines as Gherkin counts them: a form feed or U+2028 in a doc string ends none."""
    return text.removesuffix("\n").split("\n")


def _parsed(text: str, shown: str) -> dict[str, Any]:
    try:
        raw: Any = Parser().parse(text)
    except CompositeParserException as error:
        from pytest_iflow.gherkin.syntax_errors import syntax_error

        raise syntax_error(shown, error, _lines(text)) from error
    if "feature" not in raw:
        raise FeatureFileError.of_file(
            [(shown, 1, "the file has no feature")],
            remedy='begin it with "Feature: " and a name, or delete the file',
        )
    return cast("dict[str, Any]", raw)


def _keep_doc_strings(children: list[Child], written: list[Any]) -> Iterator[Problem]:
    """Undo pytest-bdd's own dedent: Gherkin has taken away what stands before the quotes, and no more.

    Yields the doc strings that begin in the line of their quotes, which Gherkin takes for a media type.
    """
    for child, raw in zip(children, written, strict=True):
        if child.rule:
            yield from _keep_doc_strings(child.rule.children, raw["rule"]["children"])
            continue
        part = child.scenario or child.background
        steps = (raw.get("scenario") or raw["background"])["steps"]
        for step, raw_step in zip(part.steps if part else (), steps, strict=True):
            if step.docstring:
                step.docstring.content = raw_step["docString"]["content"]
                media_type = raw_step["docString"].get("mediaType", "")
                if media_type and not _MEDIA_TYPE.fullmatch(media_type):
                    yield (
                        step.docstring.location.line,
                        f"{media_type!r} is no media type, and no part of the text: "
                        "begin the text below the quotes, and end it above them",
                    )


def _scenarios(document: GherkinDocument, lines: list[str]) -> tuple[ScenarioSource, ...]:
    dialect = Dialect.for_name(document.feature.language)
    assert dialect is not None  # noqa: S101, the parser knew the language

    def prose_of(part: Part) -> tuple[ProseLine, ...]:
        return tuple(prose_like_steps(part, dialect, lines))

    def collect(part: GherkinFeature | Rule, tags: list[str], above: tuple[ProseLine, ...]) -> None:
        tags, above = [*tags, *(tag.name for tag in part.tags)], above + prose_of(part)
        for child in part.children:
            if child.background:
                above += prose_of(child.background)
            elif child.rule:
                collect(child.rule, tags, above)
            elif child.scenario:
                rule = part.name if isinstance(part, Rule) else None
                found.append(_scenario(child.scenario, tags, rule, above + prose_of(child.scenario)))

    found: list[ScenarioSource] = []
    collect(document.feature, [], ())
    rules: dict[str, set[str | None]] = {}
    for one in found:
        rules.setdefault(one.test_name, set()).add(one.rule)
    return tuple(
        replace(one, key=f"{one.rule} / {one.name}") if one.rule and len(rules[one.test_name]) > 1 else one
        for one in found
    )


def _scenario(
    scenario: Scenario, inherited: list[str], rule: str | None, prose: tuple[ProseLine, ...]
) -> ScenarioSource:
    tags = [*inherited, *(tag.name for tag in scenario.tags)]
    return ScenarioSource(
        name=scenario.name,
        key=scenario.name,
        keyword=scenario.keyword,
        line=scenario.location.line,
        rule=rule,
        description=scenario.description.strip(),
        tags=tuple(dict.fromkeys(tag.lstrip("@") for tag in tags)),
        rows=_rows(scenario.examples),
        prose=prose,
    )


def _rows(tables: list[ExamplesTable]) -> tuple[Row, ...]:
    ids = iter(
        row_ids([cell.value for cell in row.cells] for table in tables for row in table.table_body or ())
    )
    return tuple(row for table in tables for row in _rows_of_table(table, ids))


def _rows_of_table(table: ExamplesTable, ids: Iterator[tuple[str, int]]) -> Iterator[Row]:
    columns = [cell.value for cell in table.table_header.cells] if table.table_header else []
    tags = tuple(tag.name.lstrip("@") for tag in table.tags)
    data_file = getattr(table.table_body, "file", "")
    for row in table.table_body or ():
        row_id, repetition = next(ids)
        yield Row(
            id=row_id,
            repetition=repetition,
            line=table.location.line if data_file else row.location.line,
            values=dict(zip(columns, (cell.value for cell in row.cells), strict=True)),
            tags=tags,
            data_file=data_file,
            data_line=row.location.line if data_file else 0,
        )
