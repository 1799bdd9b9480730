"""Lines that a tester meant for Gherkin and that Gherkin reads as description, so that they never run.

Prose may begin with any word. A line of it is taken for a lost step where it is certain: a keyword is glued
to the word behind it, or what stands behind something like a keyword is a step that is defined.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from gherkin.dialect import Dialect
from pytest_bdd.gherkin_parser import Background, Feature, Rule, Scenario

from pytest_iflow.gherkin.source import ProseLine

Part = Feature | Rule | Scenario | Background

_GLUED = re.compile(r"(?:Given|When|Then|And|But)(?=(?:I|the|an?|it|there|my|we|no)\b)")

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
