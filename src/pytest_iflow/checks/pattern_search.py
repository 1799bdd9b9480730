r"""Patterns of ECMA-262, searched for in bounded time.

The library for ECMA-262 cannot be told to stop, ``regex`` can. So a pattern that may take long is written for
that one. What cannot be, such as ``\1``, is searched for in a process of its own.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pytest_iflow.checks import bounded_search
from pytest_iflow.checks.ecma_pattern import find
from pytest_iflow.checks.search_process import search_pattern
from pytest_iflow.checks.time_limits import SECONDS_OF_A_STEP, SECONDS_OF_A_TEXT, pattern_time
from pytest_iflow.errors import CheckError
from pytest_iflow.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    import regex

_SECONDS_OF_A_START = 1.0
"""How long a process may take to begin."""

_MOST_STEPS = 100_000_000
"""What takes about a second."""
_CHOICE = lazy_pattern(
    r"\\.|\[(?:[^\]\\]|\\.)*\]|\(\?[:=!<]?|(?P<loop>[*+]|\{\d+,\d*\})\??"
    r"|(?<=\))\{(?P<times>\d+)\}\??|(?P<either>[?|])",
    re.DOTALL,
)
"""Where a search has several ways to go on: repetitions, what may be left out, alternatives; and how often
such a group comes."""
_REPEATED_GROUP = lazy_pattern(r"\)(?:[*+]|\{\d)")
"""Only such a pattern can take exponential time for the length of its text."""

_BLANKS = r"\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": _BLANKS}
"""What the letters of ECMA-262 mean; ``regex`` has other blanks, and letters beyond ASCII."""
_WORD = _SETS["w"]
_BOUNDARY = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_OTHERS = {
    ".": r"[^\n\r\u2028\u2029]",
    "$": r"\Z",
    r"\b": _BOUNDARY,
    r"\B": f"(?!{_BOUNDARY})",
}
_PROPERTY = r"\\[pP]\{[A-Za-z_]+(?:=[A-Za-z_]+)?\}"
_CODE = r"\\(?:[tnrfv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]+\}|[^A-Za-z0-9])"
_TOKEN = lazy_pattern(
    rf"(?P<set>\\[dDwWsS])|(?P<other>[.$]|\\[bB])|(?P<class>\[\^?(?:[^\]\\]|\\.)*\])"
    rf"|(?P<same>{_PROPERTY}|\{{\d+(?:,\d*)?\}}|\(\?<[A-Za-z_]\w*>|[^\\\[\]{{}}])|(?P<code>{_CODE})",
    re.DOTALL,
)
_MEMBER = lazy_pattern(
    rf"(?P<set>\\[dws])|(?P<contrary>\\[DWS])|(?P<same>{_PROPERTY}|-)|(?P<code>{_CODE}|[^\\])"
)


class _Choices(NamedTuple):
    """How many choices a pattern has: repetitions, ``others``, and how often groups come that are counted."""

    repetitions: int
    others: int
    times: int
    is_nested: bool


@lru_cache(maxsize=512)
def _choices(pattern: str) -> _Choices:
    found = list(_CHOICE.finditer(pattern))
    kinds = [each.lastgroup for each in found]
    times = sum(min(int(each["times"]), _MOST_STEPS) for each in found if each["times"])
    nested = _REPEATED_GROUP.search(pattern) is not None
    return _Choices(kinds.count("loop"), kinds.count("either"), times, nested)


def _may_take_long(pattern: str, length: int) -> bool:
    """Tell whether a pattern may take a second or more in a text of so many characters."""
    repetitions, others, times, is_nested = _choices(pattern)
    if not repetitions and not others:
        return False
    if is_nested:  # in each of the characters a search goes on in one of so many ways
        return _is_beyond(2 * (repetitions + others + times), length)
    return _is_beyond(2, others) or length ** (1 + repetitions) * 2**others > _MOST_STEPS


def _is_beyond(base: int, exponent: int) -> bool:
    """Tell whether a power is more than ``_MOST_STEPS``; ever larger ones are not computed."""
    return exponent * math.log(base) > math.log(_MOST_STEPS)


def search(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; raises ValueError for one that is none.

    Raises CheckError for one that takes too long.
    """
    return _search_for_a_while(pattern, text) if _may_take_long(pattern, len(text)) else find(pattern, text)


def _search_for_a_while(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; raises CheckError where that takes too long."""
    words = f"a text of {len(text):,} characters could not be compared with the pattern {pattern}"
    rewritten = _in_words_of_regex(pattern)
    with pattern_time() as seconds:
        if rewritten is None:
            within = seconds + _SECONDS_OF_A_START
            is_found: bool = bounded_search.search(search_pattern, pattern, text, words=words, seconds=within)
            return is_found
        try:
            return rewritten.search(text, timeout=seconds) is not None
        except (TimeoutError, MemoryError):
            raise CheckError(
                f"{words} within {SECONDS_OF_A_TEXT:g} s, or all texts within {SECONDS_OF_A_STEP:g} s",
                remedy="Write a simpler pattern: one repetition within another takes ever more time.",
            ) from None


@lru_cache(maxsize=512)
def _in_words_of_regex(pattern: str) -> regex.Pattern[str] | None:
    """Write a pattern of ECMA-262 for the library ``regex``; None for one that has no such words."""
    import regex

    pieces, end = [], 0
    while end < len(pattern):
        token = _TOKEN.match(pattern, end)
        if token is None:
            return None
        piece = _in_words(token)
        if piece is None:
            return None
        pieces.append(piece)
        end = token.end()
    try:
        return regex.compile("".join(pieces), regex.VERSION0)
    except (regex.error, ValueError, OverflowError):
        return None


def _in_words(token: re.Match[str]) -> str | None:
    written = token[0]
    if token["set"]:
        return f"[{'^' if written[1].isupper() else ''}{_SETS[written[1].lower()]}]"
    if token["other"]:
        return _OTHERS[written]
    if token["class"]:
        return _class_in_words(written[1:-1])
    return _character(written) if token["code"] else written


def _class_in_words(inner: str) -> str | None:
    r"""Write a class of characters; one with the contrary of others, such as ``\S``, is several."""
    negated = inner.startswith("^")
    inner = inner.removeprefix("^")
    members, contraries, end = [], [], 0
    while end < len(inner):
        member = _MEMBER.match(inner, end)
        if member is None:
            return None
        written = member[0]
        if member["contrary"]:
            contraries.append(f"[^{_SETS[written[1].lower()]}]")
        elif member["set"]:
            members.append(_SETS[written[1]])
        else:
            members.append(_character(written) if member["code"] else written)
        end = member.end()
    if not members and not contraries:
        return None
    if not contraries:
        return f"[{'^' if negated else ''}{''.join(members)}]"
    either = "|".join([*([f"[{''.join(members)}]"] if members else []), *contraries])
    return f"(?:(?!{either})(?s:.))" if negated else f"(?:{either})"


def _character(written: str) -> str:
    r"""Write one character, be it escaped, by its code."""
    if len(written) == 1:
        return written if written.isalnum() else f"\\U{ord(written):08x}"
    if written[1] in "tnrfv":
        return written
    digits = written[2:].strip("{}") if written[1] in "xu" else ""
    return f"\\U{int(digits, 16) if digits else ord(written[1]):08x}"
