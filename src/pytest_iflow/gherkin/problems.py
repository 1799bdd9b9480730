"""What a feature file must not hold because a test would silently be lost or pass unseen.

Lines that a tester meant for Gherkin may be read as description, so that they never run. Prose may begin with
any word. A line of it is taken for a lost step where it is certain: a keyword is glued to the word behind it,
or what stands behind something like a keyword is a step that is defined.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from gherkin.dialect import Dialect
from pytest_bdd.gherkin_parser import Background, Feature, GherkinDocument, Rule, Scenario, Step

from pytest_iflow.gherkin.source import ProseLine, ScenarioSource
from pytest_iflow.gherkin.tags import KNOWN_TAGS, data_file_of, tag_parts
from pytest_iflow.lazy_pattern import lazy_pattern

Problem = tuple[int, str]


def problems(
    document: GherkinDocument, scenarios: Sequence[ScenarioSource], lines: Sequence[str]
) -> list[Problem]:
    """Return every problem with its line, in the order of the file."""
    found = [
        *_equal_names(scenarios),
        *_tags(document),
    ]
    parts = list(parts_of(document))
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


def parts_of(document: GherkinDocument) -> Iterator[Scenario | Background]:
    """Yield the scenarios and backgrounds of a feature, those of its rules included."""
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
            yield (
                table.location.line,
                (
                    f'the Examples of "{scenario.name}" have no rows: '
                    "write them below, or name their file above, as in @data(products.csv)"
                ),
            )
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
    scenarios = [part for part in parts_of(document) if isinstance(part, Scenario)]
    above = [
        *feature.tags,
        *(tag for child in feature.children if child.rule for tag in child.rule.tags),
        *(tag for scenario in scenarios for tag in scenario.tags),
    ]
    for tag in above:
        if "." in data_file_of(tag.name):
            yield tag.location.line, f"the tag {tag.name} is read above Examples: only; write it there"
    for tag in (
        *above,
        *(tag for scenario in scenarios for table in scenario.examples for tag in table.tags),
    ):
        line = tag.location.line
        name, text = tag_parts(tag.name.removeprefix("@"))
        if not name:
            yield line, f"the tag {tag.name} has no name"
        elif name.startswith("_"):
            yield line, f"the tag {tag.name} begins with an underscore, which pytest cannot select"
        elif name not in KNOWN_TAGS and name.lower() in KNOWN_TAGS:
            yield line, f"the tag {tag.name} does nothing: write {tag.name.replace(name, name.lower(), 1)}"
        elif name == "tenant" and not text:
            yield line, f"the tag {tag.name} names no tenant: write @tenant(local) or @tenant(local,trial)"


Part = Feature | Rule | Scenario | Background

_GLUED = lazy_pattern(r"(?:Given|When|Then|And|But)(?=(?:I|the|an?|it|there|my|we|no)\b)")

_UNMISTAKABLE = 8
"""Letters of a keyword from which on a word that is close to it is no word of prose."""

_CLOSE = 0.75
"""How close a word is to a keyword that was meant: Givn, Wehn, Tehn."""


def lost_steps(part: Part, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines that look like steps but are read as description, because of a missing blank."""
    for number, line in _description(part, lines):
        if _GLUED.match(line):
            yield (
                number,
                f"{line!r} is read as description, not as a step: write the keyword "
                "with a capital letter and a blank after it",
            )


def prose_like_steps(part: Part, dialect: Dialect, lines: Sequence[str]) -> Iterator[ProseLine]:
    """Yield the lines of a description that begin like a step, with the step that each may have been."""
    keywords = _step_keywords(dialect)
    for number, line in _description(part, lines):
        word, _, behind = line.partition(" ")
        begun = [one for one in keywords if line[: len(one)].casefold() == one.casefold()]
        near = difflib.get_close_matches(word, keywords, n=1, cutoff=_CLOSE)
        if begun or near:
            texts = (*(line[len(one) :].lstrip(" :") for one in begun), *([behind.strip()] if near else ()))
            is_word = any(word.casefold() == one.casefold() for one in begun)
            begins = not lines[number - 2].strip() or number - 1 == part.location.line
            is_other = word not in keywords or line == word
            yield ProseLine(number, line, texts, is_word and begins and is_other)


def lost_sections(part: Part, dialect: Dialect, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines that were to begin a scenario or a background, but for a mistyped keyword are description."""
    meant = (*dialect.scenario_keywords, *dialect.scenario_outline_keywords, *dialect.background_keywords)
    keywords = {keyword.casefold(): keyword for keyword in meant if len(keyword) >= _UNMISTAKABLE}
    for number, line in _description(part, lines):
        word, colon, _ = line.partition(":")
        for near in difflib.get_close_matches(word.casefold(), keywords, n=1, cutoff=0.8) if colon else ():
            yield number, f'{line!r} is read as description: did you mean "{keywords[near]}:"?'


def _step_keywords(dialect: Dialect) -> list[str]:
    found = (
        *dialect.given_keywords,
        *dialect.when_keywords,
        *dialect.then_keywords,
        *dialect.and_keywords,
        *dialect.but_keywords,
    )
    return list(dict.fromkeys(keyword.strip() for keyword in found))


def _description(part: Part, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of a description, which stand below the name, with their numbers."""
    written = [line.strip() for line in part.description.split("\n") if line.strip()]
    for number, line in enumerate(lines[part.location.line :], start=part.location.line + 1):
        if not written:
            return
        if line.strip() == written[0]:
            yield number, written.pop(0)
