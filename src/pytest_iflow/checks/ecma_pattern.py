"""Regular expressions of ECMA-262, the ones that JSON Schema means by ``pattern``."""

from __future__ import annotations

import re
from functools import lru_cache

import regress

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern

_ESCAPE = lazy_pattern(r"\\(.)", re.DOTALL)
_NEEDED_ESCAPES = frozenset("^$\\.*+?()[]{}|/")
_OTHER_THAN_BEFORE = lazy_pattern(r"\\[pPuk]")
"""Escapes that mean something else without the flag u."""


def find(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text, in whatever time; raises ValueError for one that is none."""
    try:
        return compiled(pattern).find(text) is not None
    except UnicodeEncodeError:  # half of a surrogate pair: a character of its own in JSON, none in UTF-8
        return compiled(pattern).find(_whole(text)) is not None


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@lru_cache(maxsize=512)
def compiled(pattern: str) -> regress.Regex:
    r"""Compile a pattern as ``new RegExp(pattern, "u")`` does; raises ValueError for one that cannot be read.

    Escapes that the flag u forbids, such as ``\-``, and a bare brace are taken as they are without it.
    """
    try:
        return regress.Regex(_ESCAPE.sub(_as_code, pattern), "u")
    except (regress.RegressError, UnicodeEncodeError) as error:
        letters = {found[1] for found in _ESCAPE.finditer(pattern) if found[1].isalnum()}
        if _OTHER_THAN_BEFORE.search(pattern) or letters - frozenset("bBcdDfnrsStvwWx0123456789"):
            raise ValueError(str(error)) from None
        reason = str(error)
    try:
        return regress.Regex(pattern)
    except (regress.RegressError, UnicodeEncodeError):
        raise ValueError(reason) from None


def check_pattern(pattern: str, file: str, place: str) -> None:
    """Raise ConfigurationError for a pattern of a schema that is no regular expression of ECMA-262."""
    try:
        compiled(pattern)
    except ValueError as error:
        raise ConfigurationError(
            f"The pattern {pattern!r} is no regular expression of ECMA-262, as JSON Schema has them: {error}",
            where=f"{file}, at {place}",
            remedy=r"Write it as JavaScript does: (?<name>…), \p{Lu}; (?i), (?P<name>…) and \A are Python's.",
        ) from None


def _as_code(escape: re.Match[str]) -> str:
    r"""An escaped character that needs no escape, such as ``\-`` or ``\@``, by its code."""
    character = escape[1]
    if character.isalnum() or character in _NEEDED_ESCAPES or not character.isascii():
        return escape[0]
    return f"\\x{ord(character):02x}"
