"""What a feature file must not hold because a test would silently be lost or pass unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gherkin.dialect import Dialect
from pytest_bdd.gherkin_parser import Background, GherkinDocument, Scenario, Step

from pytest_iflow.gherkin.lost_lines import lost_sections, lost_steps
from pytest_iflow.gherkin.source import ScenarioSource
from pytest_iflow.gherkin.tags import tag_parts

Problem = tuple[int, str]


def problems(
    document: GherkinDocument, scenarios: Sequence[ScenarioSource], lines: Sequence[str]
) -> list[Problem]:
    """Return every problem with its line, in the order of the file."""
    found = [
        *_equal_names(scenarios),
        *_tags(document),
    ]
    parts = list(_parts(document))
    rules = [child.rule for child in document.feature.children if child.rule]
    dialect = Dialect.for_name(document.feature.language)
    assert dialect is not None  # noqa: S101, the parser knew the language
    if not any(isinstance(part, Scenario) for part in parts):
        found.append((document.feature.location.line, "the feature has no scenario"))
    for part in (document.feature, *rules, *parts):
        found.extend(lost_sections(part, dialect, lines))
        found.extend(lost_steps(part, lines))
    found.extend(_first_steps(document))
    for part in parts:
        if isinstance(part, Scenario):
            found.extend(_scenario_problems(part, dialect))
    return sorted(found)


def _parts(document: GherkinDocument) -> Iterator[Scenario | Background]:
    for child in document.feature.children:
        for nested in child.rule.children if child.rule else [child]:
            if nested.scenario:
                yield nested.scenario
            elif nested.background:
                yield nested.background


def _equal_names(scenarios: Sequence[ScenarioSource]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for scenario in scenarios:
        name = scenario.test_name
        if name in first:
            yield (
                scenario.line,
                f'the scenario "{scenario.name}" has the name of the one in line {first[name]}; '
                "rename one, or only the last would run",
            )
        first.setdefault(name, scenario.line)


def _scenario_problems(scenario: Scenario, dialect: Dialect) -> Iterator[Problem]:
    line = scenario.location.line
    if not scenario.name.strip():
        yield line, "the scenario has no name"
    if not scenario.steps:
        words = scenario.description.split()
        begins = f"; {words[0]!r} is no keyword of a step" if words else ""
        yield (
            line,
            f'the scenario "{scenario.name}" has no steps: it would pass without testing anything{begins}',
        )
    if scenario.keyword in dialect.scenario_outline_keywords and not scenario.examples:
        yield line, f'the outline "{scenario.name}" has no Examples'
    for table in scenario.examples:
        if not table.table_body:
            yield table.location.line, f'the Examples of "{scenario.name}" have no rows'
        columns = [cell.value for cell in table.table_header.cells] if table.table_header else []
        for column in sorted({name for name in columns if columns.count(name) > 1}):
            yield table.location.line, f'the Examples of "{scenario.name}" have two columns "{column}"'


def _first_steps(document: GherkinDocument) -> Iterator[Problem]:
    """And and But need a step above them, in the scenario or in a background."""
    above: list[Step] = []
    for child in document.feature.children:
        above_rule = list(above)
        for nested in child.rule.children if child.rule else [child]:
            part = nested.scenario or nested.background
            steps = part.steps if part else []
            if steps and steps[0].keyword_type == "Conjunction" and not above_rule:
                yield (
                    steps[0].location.line,
                    f"the first step begins with {steps[0].keyword}: begin with Given, When, Then or *",
                )
            if nested.background:
                above_rule += steps
        if child.background:
            above = above_rule


def _tags(document: GherkinDocument) -> Iterator[Problem]:
    feature = document.feature
    scenarios = [part for part in _parts(document) if isinstance(part, Scenario)]
    tags = [
        *feature.tags,
        *(tag for child in feature.children if child.rule for tag in child.rule.tags),
        *(tag for scenario in scenarios for tag in scenario.tags),
        *(tag for scenario in scenarios for table in scenario.examples for tag in table.tags),
    ]
    for tag in tags:
        line = tag.location.line
        name, text = tag_parts(tag.name.removeprefix("@"))
        if not name:
            yield line, f"the tag {tag.name} has no name"
        elif name.startswith("_"):
            yield line, f"the tag {tag.name} begins with an underscore, which pytest cannot select"
        elif name == "tenant" and not text:
            yield line, f"the tag {tag.name} names no tenant: write @tenant(local) or @tenant(local,trial)"
