"""What is a credential by its looks, registered or not: tokens, headers that carry one, private keys.

Masking is generous and takes what may be half a token; a leak is what was looked into and is one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from pytest_iflow.lazy_pattern import lazy_pattern

# A JSON Web Token, whole or cut off: its header is a JSON object, and base64 of '{"' starts with eyJ.
# Lines of nothing but such characters go on with it.
_MAYBE_TOKEN = lazy_pattern(
    r"(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]*"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*)"
    r"(?:\r?\n[ \t]*[A-Za-z0-9_.-]{32,}(?=\s|$))*"
)
_TOKEN = lazy_pattern(r"((eyJ[A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*)")
_WORD = r"(?:\b|(?<=\\[nrt]))"  # also behind a line break as JSON and repr escape it
_AFTER_SCHEME = r"(?:[ \t]|\\+t|%20|\+)+"
_BEARER = lazy_pattern(
    rf"{_WORD}[Bb](?:earer|EARER){_AFTER_SCHEME}(?=[A-Za-z._~+/-]*\d)([A-Za-z0-9._~+/-]{{20,}}=*)"
)
_BASIC = lazy_pattern(rf"{_WORD}[Bb](?:asic|ASIC){_AFTER_SCHEME}([A-Za-z0-9+/]{{8,}}={{0,2}})")
_PRIVATE_KEY = lazy_pattern(
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----((?:[A-Za-z0-9+/=\s]|\\+[nr]|%[0-9A-Fa-f]{2}|&#1[03];){32,})"
)

_PLAIN = lazy_pattern(
    r"[A-Za-z_.:/,;()'!?-]*"  # words
    r"|[-+]?[\d.,:]+[a-z]{0,3}"  # numbers, times
    r"|\d{4}-\d\d-\d\d[T_].{4,30}"
    r"|[\w.+-]+@[\w.-]+"
    r"|(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?"  # hosts
    r"|[\w.|-]*![bit]\d+(?:[|.][\w.|!-]*)?"  # names of applications and their scopes (wire-facts 3.2)
)
_SWITCH = lazy_pattern(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])")
_CASE_SWITCH = lazy_pattern(r"[a-z](?=[A-Z])|[A-Z]{2}(?=[a-z])")
_MOST_SWITCHES_OF_A_NAME = 2
_MOST_CASES_OF_A_NAME = 4

LONG_ENOUGH = 12
"""Characters from which on a text that nothing names may be a secret."""


def is_plain(text: str) -> bool:
    """Whether a text is words, a number, a date, an address or an application's name, so no secret."""
    return _PLAIN.fullmatch(text) is not None and not _changes_case(text)


def looks_random(word: str) -> bool:
    """Whether a word of ``LONG_ENOUGH`` characters mixes letters and digits, or cases, as no name does."""
    switches = len(_SWITCH.findall(word)) > _MOST_SWITCHES_OF_A_NAME
    return len(word) >= LONG_ENOUGH and (switches or _changes_case(word))


def _changes_case(text: str) -> bool:
    return len(_CASE_SWITCH.findall(text)) > _MOST_CASES_OF_A_NAME


def _has_algorithm(found: re.Match[str]) -> bool:
    """Whether the first part of a token is the header of one (RFC 7515, section 4.1.1)."""
    header = found[2]
    try:
        return "alg" in json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, TypeError, RecursionError):
        return False


def _is_pair(found: re.Match[str]) -> bool:
    """Whether base64 holds a name and a password (RFC 7617): words of the same letters do not."""
    encoded = found[1].rstrip("=")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return False
    return ":" in decoded and decoded.isprintable()


def _always(_: re.Match[str]) -> bool:
    return True


class _Shape(Struct, frozen=True):
    """One look: its name, a sign with so many characters before it, what fits there, the closer look."""

    kind: str
    sign: str
    pattern: re.Pattern[str]
    is_meant: Callable[[re.Match[str]], bool] = _always
    before: int = 0
    whole: bool = False


def _by_sign(*shapes: _Shape) -> dict[bytes, _Shape]:
    """Return shapes by what ``forms.searchable`` has of every text with such a credential."""
    return {shape.sign.strip().encode(): shape for shape in shapes}


_OTHERS = (
    *(_Shape("a bearer token", sign, _BEARER, before=1) for sign in ("earer", "EARER")),
    *(_Shape("Basic credentials", sign, _BASIC, _is_pair, before=1) for sign in ("asic", "ASIC")),
    _Shape("a private key", "-----BEGIN ", _PRIVATE_KEY),
)
_MASKED = _by_sign(_Shape("a token", "eyJ", _MAYBE_TOKEN, whole=True), *_OTHERS)
_LEAKED = _by_sign(_Shape("a token", "eyJ", _TOKEN, _has_algorithm), *_OTHERS)
SIGNS = frozenset(_MASKED)
"""What ``forms.searchable`` has of every text with such a credential: one of these."""


def maybe_credentials(text: str, signs: AbstractSet[bytes] = SIGNS) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind of all that may be a credential: what is masked.

    ``signs`` are those of ``SIGNS`` that ``forms.searchable`` has of the text, beside any others.
    """
    return _search(text, _MASKED, signs)


def credentials_in(text: str, signs: AbstractSet[bytes] = SIGNS) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind of all that surely is a credential: what is a leak."""
    return _search(text, _LEAKED, signs)


def _search(
    text: str, shapes: Mapping[bytes, _Shape], signs: AbstractSet[bytes]
) -> Iterator[tuple[int, int, str]]:
    # Only where the sign is: many times faster than to look for the pattern, in texts that hold none.
    for shape in [shapes[sign] for sign in signs & SIGNS]:
        at = text.find(shape.sign)
        while at >= 0:
            found = shape.pattern.match(text, max(at - shape.before, 0))
            if found and shape.is_meant(found):
                yield *found.span(0 if shape.whole else 1), shape.kind
            at = text.find(shape.sign, max(found.end(), at + 1) if found else at + 1)
