"""Formats of JSON Schema, those of every draft under one name: a tester who writes one means it.

``jsonschema`` has checks of its own for some. For the others it imports libraries, where they are installed:
rfc3987-syntax takes more than a second at each start, and several take what their RFC forbids, such as a line
break at the end of an address, a blank in a template, or ``²`` for a digit. So their grammars stand here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import FormatError

from pytest_iflow.checks import ecma_pattern

_HEX = r"%[0-9A-Fa-f]{2}"
_BEYOND_ASCII = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"  # ucschar, RFC 3987
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST = rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*\.?"  # RFC 1123, 2.1
_POINTER = r"(?:/(?:[^~/]|~[01])*)*"  # RFC 6901
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~BEYOND-]+"
_MAILBOX = (  # RFC 5321, 4.1.2
    rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[^"\\]|\\.)*")@(?:[A-Za-z0-9BEYOND](?:[A-Za-z0-9.BEYOND-]*[A-Za-z0-9BEYOND])?'
    r"|\[(?:IPv6:(?P<ip>[^\]]+)|(?P<ipv4>[0-9.]+)|[A-Za-z0-9-]*[A-Za-z0-9]:[^\]]+)\])"
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
    # RFC 3339, 5.6: hour, minute, second, and the sign, hours and minutes of the offset.
    "time": r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))",
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
_LIBRARY = Draft202012Validator.FORMAT_CHECKER.checkers
_is_date = _LIBRARY["date"][0]
_MINUTES_OF_A_DAY = 24 * 60
_OLD_NAMES = {"ip-address": "ipv4", "host-name": "hostname"}  # draft 3


@lru_cache(maxsize=32)
def _grammar(name: str) -> re.Pattern[str]:
    return re.compile(_GRAMMARS[name])


def _by_grammar(name: str) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if not isinstance(value, str):
            return True
        found = _grammar(name).fullmatch(value)
        hosts = found.groupdict() if found else {}
        if (literal := hosts.get("ip")) and not literal.lower().startswith("v"):
            ipaddress.IPv6Address(literal)
        if literal := hosts.get("ipv4"):
            ipaddress.IPv4Address(literal)
        return bool(found)

    return fits


def _is_time(value: object) -> bool:
    """RFC 3339, 5.6; a leap second ends the last minute of a day in UTC."""
    if not isinstance(value, str):
        return True
    if (found := _grammar("time").fullmatch(value)) is None:
        return False
    sign, parts = found[4], [int(found[group] or 0) for group in (1, 2, 3, 5, 6)]
    hour, minute, _, zone_hour, zone_minute = parts
    offset = (60 * zone_hour + zone_minute) * (-1 if sign == "-" else 1)
    is_last_minute = (60 * hour + minute - offset) % _MINUTES_OF_A_DAY == _MINUTES_OF_A_DAY - 1
    limits = (24, 60, 61 if is_last_minute else 60, 24, 60)
    return all(part < limit for part, limit in zip(parts, limits, strict=True))


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    date, mark, time = value[:10], value[10:11], value[11:]
    return mark in {"T", "t"} and _is_date(date) and _is_time(time)


def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or bool(ecma_pattern.compiled(value))


class _Formats(FormatChecker):
    """Every format that is known; a check that raises says no."""

    def __init__(self) -> None:
        known = {name: check for name, (check, _) in _LIBRARY.items()}
        known |= {name: _by_grammar(name) for name in _GRAMMARS}
        known |= {old: known[new] for old, new in _OLD_NAMES.items()}
        known |= {"regex": _is_pattern, "time": _is_time, "date-time": _is_date_time}
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
