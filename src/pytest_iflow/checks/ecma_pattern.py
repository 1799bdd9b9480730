"""Regular expressions of ECMA-262, the ones that JSON Schema means by ``pattern``."""

from __future__ import annotations

import re
from functools import lru_cache

import regress

from pytest_iflow.errors import CheckError, ConfigurationError

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEEDED_ESCAPES = frozenset("^$\\.*+?()[]{}|/")
_OTHER_THAN_BEFORE = re.compile(r"\\[pPuk]")
"""Escapes that mean something else without the flag u."""


_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d+,)")
"""Only such a pattern can take exponential time."""
_HARMLESS = 20
"""Characters of a text for which it does not matter."""
_SECONDS = 2.0
_SAME_ESCAPE = r"\\(?:[dDwWsStnrfv.^$*+?()\[\]{}|/-]|[pP]\{[A-Z][a-z]?\})"
_SAME_IN_PYTHON = re.compile(
    rf"(?:[^\\\[\]{{}}]|{_SAME_ESCAPE}|\{{\d+(?:,\d*)?\}}|\[\^?(?:[^\[\]\\&~|]|{_SAME_ESCAPE})+\])*"
)
"""Patterns that mean the same to the library ``regex`` as ``_is_alike`` says."""
_BLANKS = re.compile(r"\\[sS]")
_OF_ASCII, _OF_UNICODE = re.compile(r"\\[dDwW]"), re.compile(r"\\[pP]")
_ENDS_OF_LINES = re.compile("[\r\u2028\u2029]|\n\\Z")


def search(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; raises ValueError for one that is none.

    Raises CheckError for one that takes too long.
    """
    if len(text) > _HARMLESS and _REPEATED_GROUP.search(pattern) and _is_alike(pattern, text):
        return _search_for_a_while(pattern, text)
    try:
        return compiled(pattern).find(text) is not None
    except UnicodeEncodeError:  # half of a surrogate pair: a character of its own in JSON, none in UTF-8
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return compiled(pattern).find(whole) is not None


def _is_alike(pattern: str, text: str) -> bool:
    """Whether the library ``regex`` finds the same: it has other blanks, and other ends of a line.

    Letters and digits are those of ASCII where none are asked for by their Unicode property.
    """
    if _ENDS_OF_LINES.search(text) or (not text.isascii() and _BLANKS.search(pattern)):
        return False
    if _OF_ASCII.search(pattern) and _OF_UNICODE.search(pattern):
        return False
    return _SAME_IN_PYTHON.fullmatch(pattern) is not None


def _search_for_a_while(pattern: str, text: str) -> bool:
    """Search with the library that can be told to stop, which that for ECMA-262 cannot."""
    import regex

    flags = 0 if _OF_UNICODE.search(pattern) else regex.ASCII
    try:
        return regex.search(pattern, text, flags=flags, timeout=_SECONDS) is not None
    except TimeoutError:
        raise CheckError(
            f"a text of {len(text):,} characters could not be compared with the pattern {pattern} "
            f"within {_SECONDS:g} s",
            remedy="Write a simpler pattern: one repetition within another takes ever more time.",
        ) from None


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
