"""What is told where Gherkin cannot read a feature file: each line, what is wrong with it, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gherkin.dialect import DIALECTS
from gherkin.errors import CompositeParserException
from msgspec import Struct

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.lazy_pattern import lazy_pattern

_LINES = (
    "a line begins with Feature:, Rule:, Background:, Scenario:, Examples:, a step keyword "
    "(Given, When, Then, And, But, *), a table row |…|, a tag @… or a comment #; "
    'a text stands between two lines of """'
)
_QUOTES_OF_WORD = lazy_pattern("[„“”‟«»″]{3}")
_BORDER = lazy_pattern(r"(?<!\\)\|")


class _Mistake(Struct, frozen=True):
    """One line that Gherkin cannot read; ``remedy`` is empty where its own words say what to do."""

    line: int
    what: str
    remedy: str = ""


def syntax_error(shown: str, error: CompositeParserException, lines: Sequence[str]) -> FeatureFileError:
    """Return the error of the file ``shown`` with all of its mistakes, and what to do about the first."""
    by_line: dict[int, _Mistake] = {}
    for each in error.errors:
        found = _mistake(each, lines)
        by_line.setdefault(found.line, found)  # of one line Gherkin may say less the second time
    remedy = next((each.remedy for each in by_line.values() if each.remedy), None)
    problems = [(shown, each.line, each.what) for each in by_line.values()]
    return FeatureFileError.of_file(problems, remedy=remedy)


def _mistake(error: Any, lines: Sequence[str]) -> _Mistake:
    line: int = error.location["line"]
    if line > len(lines):
        return _unfinished(line, lines)
    written = lines[line - 1].strip()
    reason = str(error).partition("): ")[2]
    if reason.startswith(("expected:", "unexpected")):
        return _Mistake(line, f"{written!r} is not expected here", _remedy(written))
    if "inconsistent cell count" in reason:
        return _uneven_row(line, lines)
    is_tag = "tag may not contain whitespace" in reason
    return _Mistake(
        line, f"{written!r} ({reason})", "leave the blank out, or write _ in its place" if is_tag else ""
    )


def _remedy(written: str) -> str:
    """Return what to do about a line that no line of Gherkin can be."""
    if _QUOTES_OF_WORD.match(written):
        return 'write three straight quotes: """'
    keyword, colon, _ = written.partition(":")
    language = _language_of(keyword.strip()) if colon else ""
    if language:
        return f'these are keywords of another language: begin the file with "# language: {language}"'
    return _LINES


def _language_of(keyword: str) -> str:
    """Return the first language but English in which a feature begins so; empty where there is none."""
    return next(
        (name for name, words in DIALECTS.items() if keyword in words["feature"] and name[:2] != "en"), ""
    )


def _unfinished(end: int, lines: Sequence[str]) -> _Mistake:
    """Return the mistake of a file that ends too early, as within a doc string."""
    opened, mark = 0, ""
    for number, line in enumerate(lines, start=1):
        begin = line.strip()[:3]
        if begin in {'"""', "```"} and begin == (mark or begin):
            opened, mark = (0, "") if mark else (number, begin)
    if opened:
        return _Mistake(
            opened, "the text that begins here has no end", f"write {mark} in a line below the text"
        )
    return _Mistake(end, "the end of the file is not expected here", _LINES)


def _uneven_row(number: int, lines: Sequence[str]) -> _Mistake:
    """Return the mistake of a row that has more cells than the first one of its table, or fewer."""
    first = number - 1
    while first and lines[first - 1].strip()[:1] in {"|", "#", ""}:
        first -= 1
    head = next(each for each in lines[first:] if each.strip().startswith("|"))
    row = lines[number - 1].strip()
    cells, wanted = (len(_BORDER.findall(each)) - 1 for each in (row, head))
    lost = "" if row.endswith("|") else ", and does not end with |"
    return _Mistake(
        number,
        f"{row!r} has {cells} cell{'' if cells == 1 else 's'}, the first row of its table {wanted}{lost}",
        "end each row with |, and give it as many cells as the first; a | in a value is written \\|",
    )
