"""Formats and patterns of JSON Schema: those of every draft under one name, and expressions of ECMA-262.

``jsonschema`` has checks of its own for some formats. For the others it imports libraries, where they are
installed: rfc3987-syntax takes more than a second at each start, and several take what their RFC forbids,
such as a line break at the end of an address, a blank in a template, or ``²`` for a digit. So their
grammars stand here. A ``pattern`` is an expression of ECMA-262, and is read as one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

import regress
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import FormatError

from pytest_iflow.errors import ConfigurationError

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEEDED_ESCAPES = frozenset("^$\\.*+?()[]{}|/")
_OTHER_THAN_BEFORE = re.compile(r"\\[pPuk]")
"""Escapes that mean something else without the flag u."""


def search(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; raises ValueError for one that is none."""
    try:
        return compiled(pattern).find(text) is not None
    except UnicodeEncodeError:  # half of a surrogate pair: a character of its own in JSON, none in UTF-8
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return compiled(pattern).find(whole) is not None


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


_HEX = r"%[0-9A-Fa-f]{2}"
_BEYOND_ASCII = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"  # ucschar, RFC 3987
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST = rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*\.?"  # RFC 1123, 2.1
_POINTER = r"(?:/(?:[^~/]|~[01])*)*"  # RFC 6901
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~BEYOND-]+"
_MAILBOX = (  # RFC 5321, 4.1.2
    rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[^"\\]|\\.)*")@(?:[A-Za-z0-9BEYOND](?:[A-Za-z0-9.BEYOND-]*[A-Za-z0-9BEYOND])?|\[[^\]]+\])'
)
_NAME = rf"(?:[A-Za-z0-9_]|{_HEX})(?:\.?(?:[A-Za-z0-9_]|{_HEX}))*(?::[1-9][0-9]{{0,3}}|\*)?"
_GRAMMARS = {
    "hostname": _HOST,
    "json-pointer": _POINTER,
    "relative-json-pointer": rf"(?:0|[1-9][0-9]*)(?:[+-][1-9][0-9]*)?(?:#|{_POINTER})",
    "email": _MAILBOX.replace("BEYOND", ""),
    "idn-email": _MAILBOX.replace("BEYOND", _BEYOND_ASCII),
    # ISO 8601, as RFC 3339 quotes it in appendix A; seconds with a fraction as Java writes them.
    "duration": r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
    r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:[.,][0-9]+)?S)?)?)",
    "uri-template": rf"""(?:[^\x00-\x20"'%<>\\^`{{|}}\x7f]|{_HEX}|\{{[+#./;?&]?{_NAME}(?:,{_NAME})*\}})*""",
}
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*:"


def _address(*, absolute: bool, beyond: str) -> str:
    """The grammar of RFC 3986, with ``beyond`` ASCII that of RFC 3987."""
    plain = rf"A-Za-z0-9\-._~!$&'()*+,;={beyond}"
    character = rf"(?:[{plain}:@]|{_HEX})"
    authority = rf"(?:(?:[{plain}:]|{_HEX})*@)?(?:\[(?P<ip>[^\]]*)\]|(?:[{plain}]|{_HEX})*)(?::[0-9]*)?"
    path = rf"(?://{authority}(?:/{character}*)*|(?!//)(?:{character}|/)*)"
    begin = _SCHEME if absolute else rf"(?:{_SCHEME}|(?![^/?#]*:))"
    return rf"{begin}{path}(?:\?(?:{character}|[/?])*)?(?:\#(?:{character}|[/?])*)?"


_GRAMMARS |= {
    "uri": _address(absolute=True, beyond=""),
    "uri-reference": _address(absolute=False, beyond=""),
    "iri": _address(absolute=True, beyond=_BEYOND_ASCII),
    "iri-reference": _address(absolute=False, beyond=_BEYOND_ASCII),
}
_OLD_NAMES = {"ip-address": "ipv4", "host-name": "hostname"}  # draft 3


@lru_cache(maxsize=32)
def _grammar(name: str) -> re.Pattern[str]:
    return re.compile(_GRAMMARS[name])


def _by_grammar(name: str) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if not isinstance(value, str):
            return True
        found = _grammar(name).fullmatch(value)
        if found and (literal := found.groupdict().get("ip")) and not literal.lower().startswith("v"):
            ipaddress.IPv6Address(literal)
        return bool(found)

    return fits


def _without_line_break(check: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: not (isinstance(value, str) and value.endswith("\n")) and check(value)


def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or bool(compiled(value))


class _Formats(FormatChecker):
    """Every format that is known; a check that raises says no."""

    def __init__(self) -> None:
        known = {name: check for name, (check, _) in Draft202012Validator.FORMAT_CHECKER.checkers.items()}
        known |= {name: _by_grammar(name) for name in _GRAMMARS}
        known |= {old: known[new] for old, new in _OLD_NAMES.items()}
        known["regex"] = _is_pattern
        for name in ("date-time", "time"):  # the library takes a line break at the end for nothing
            known[name] = _without_line_break(known[name])
        self.checkers = {name: (check, ()) for name, check in known.items()}

    def check(self, instance: object, format: str) -> None:  # noqa: A002, named by the base class
        """Raise FormatError unless the value fits the format."""
        if format not in self.checkers:
            return
        try:
            fits = self.checkers[format][0](instance)
        except (ValueError, TypeError, ArithmeticError, LookupError):
            fits = False
        if not fits:
            raise FormatError(f"{instance!r} is not a {format!r}")


FORMATS = _Formats()
