"""Lines that a tester meant for Gherkin and that Gherkin reads as description, so that they never run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from gherkin.dialect import Dialect
from pytest_bdd.gherkin_parser import Background, Feature, Rule, Scenario

Part = Feature | Rule | Scenario | Background

_GLUED = re.compile(
    r"""(?:Given(?=\w)
        |When(?!ever|ce)(?=\w)
        |Then(?!ce)(?=\w)
        |(?:And|But)(?=(?:I|the|an?|it|there|my|we|no)\b))""",
    re.VERBOSE,
)

_UNMISTAKABLE = 8
"""Letters of a keyword from which on a word that is close to it is no word of prose."""


def lost_steps(
    part: Scenario | Background, dialect: Dialect, lines: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Lines that look like steps but are read as description, because of case or a missing blank."""
    keywords = {
        keyword.strip().casefold()
        for keywords in (
            dialect.given_keywords,
            dialect.when_keywords,
            dialect.then_keywords,
            dialect.and_keywords,
            dialect.but_keywords,
        )
        for keyword in keywords
        if keyword.strip() != "*"
    }
    for number, line in _description(part, lines):
        if line.split()[0].rstrip(":").casefold() in keywords or _GLUED.match(line):
            yield (
                number,
                f"{line!r} is read as description, not as a step: write the keyword "
                "with a capital letter and a blank after it",
            )


def lost_sections(part: Part, dialect: Dialect, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines that were to begin a scenario or a background, but for a mistyped keyword are description."""
    meant = (*dialect.scenario_keywords, *dialect.scenario_outline_keywords, *dialect.background_keywords)
    keywords = {keyword.casefold(): keyword for keyword in meant if len(keyword) >= _UNMISTAKABLE}
    for number, line in _description(part, lines):
        word, colon, _ = line.partition(":")
        for near in difflib.get_close_matches(word.casefold(), keywords, n=1, cutoff=0.8) if colon else ():
            yield number, f'{line!r} is read as description: did you mean "{keywords[near]}:"?'


def _description(part: Part, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of a description, which stand below the name, with their numbers."""
    written = [line.strip() for line in part.description.splitlines() if line.strip()]
    for number, line in enumerate(lines[part.location.line :], start=part.location.line + 1):
        if not written:
            return
        if line.strip() == written[0]:
            yield number, written.pop(0)
