"""What is written in a step as no phrase has it: the quotes and blanks of word processors, a lost quote.

What stands in quotes is a value, so nothing in it is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from pytest_iflow.gherkin.parameter_types import EXPLAINED, STRING, parameters_of
from pytest_iflow.lazy_pattern import lazy_pattern

_VALUE = lazy_pattern(STRING)
_QUOTES = str.maketrans(
    dict.fromkeys("„“”‟«»″", '"') | dict.fromkeys("‚‘’‛‹›′´`", "'")  # noqa: RUF001, these are meant
)
_DECIMAL_COMMA = lazy_pattern(r"(?<![\w,.])(\d+),(\d+)(?![\w,.])")
_BLANKS = lazy_pattern(r" {2,}")


def misspellings(text: str) -> Iterator[str]:
    """Yield what is wrong with the signs of a step, each as a sentence without its full stop."""
    words = _VALUE.sub('""', text)
    if quotes := dict.fromkeys(each for each in words if ord(each) in _QUOTES):
        yield f"""{" and ".join(quotes)} are no straight quotes: write " or '"""
    for sign in dict.fromkeys(filter(_is_like_blank, words)):
        yield f"it has a {unicodedata.name(sign, 'control character')} (U+{ord(sign):04X}): write a blank"
    if _BLANKS.search(words):
        yield "it has several blanks in a row: write one"
    if '"' in words.replace('""', "") and not quotes:
        yield 'a " has no partner'
    for whole, part in _DECIMAL_COMMA.findall(words):
        yield f"{whole},{part} is no number: write {whole}.{part}, or {whole}, {part} for two of them"
    if text.endswith("."):
        yield "it ends with a full stop: leave it out"


def without_misspellings(text: str) -> str:
    """Return the text of a step as its writer is likely to have meant it."""
    straight = _outside_values(text, lambda words: words.translate(_QUOTES))
    return _outside_values(straight, _mended).removesuffix(".")


def _mended(words: str) -> str:
    plain = "".join(" " if _is_like_blank(each) else each for each in words)
    return _DECIMAL_COMMA.sub(r"\1.\2", _BLANKS.sub(" ", plain))


def _outside_values(text: str, change: Callable[[str], str]) -> str:
    """Change what stands outside of quotes."""
    values = iter([*_VALUE.findall(text), ""])
    return "".join(change(words) + next(values) for words in re.split(_VALUE.pattern, text))


def _is_like_blank(sign: str) -> bool:
    """Whether a sign looks like a blank, or like nothing, and is none."""
    return sign != " " and (sign.isspace() or unicodedata.category(sign) == "Cf")


def explained_parameters(phrase: str) -> list[str]:
    """Return what stands for the parameters of a phrase, each as ``{int}: a whole number``."""
    names = dict.fromkeys(parameters_of(phrase))
    return [f"{{{name}}}: {EXPLAINED[name][0]}" for name in names if name in EXPLAINED]
