"""Variables in the texts of a scenario: ``${order}``, ``${uuid}``, ``${today+3d:dd.MM.yyyy}``.

A variable is a column of the Examples, what the scenario remembers, what the tenant file gives, or one that
is made anew each time: ``uuid``, ``now``, ``today``, ``number(8)``, ``text(8)``. ``$${`` is ``${``, and
``${header.order}`` stays: an expression of Camel. JSON, XML and addresses have their values escaped.
"""

from __future__ import annotations

import difflib
import json
import random
import re
import string
import uuid
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from pytest_bdd.parser import Step

from pytest_iflow.checks.quoting import as_text
from pytest_iflow.gherkin.outline import mapped_step, texts_of
from pytest_iflow.gherkin.parameter_types import STRING
from pytest_iflow.lazy_pattern import lazy_pattern

_VARIABLE = lazy_pattern(r"\$\$\{|\$\{([^{}\n]*)\}")
_NESTED = lazy_pattern(r"(?<!\$)\$\{([^{}\n]*)\$\{[^{}\n]*\}([^{}\n]*)\}")
_UNIT = "s|min|h|d|w|mo|y"
_CLOCK = lazy_pattern(rf"(now|today)((?:[+-]\d{{1,6}}(?:{_UNIT}))*)(?:@([\w/+-]+))?(?::(.+))?", re.ASCII)
_SHIFT = lazy_pattern(rf"([+-]\d+)({_UNIT})", re.ASCII)
_QUOTED = lazy_pattern(f"({STRING})")
_EXAMPLES_OUTSIDE = ("1", "1000000000", "-1000000000", '"2026-01-31"')
EXAMPLES = ("1", "1000000000", "-1000000000", "a", "$.a", "/a", "2026-01-31")
_MADE_UP = lazy_pattern(r"(number|text)\(([1-9]\d{0,2})\)", re.ASCII)
_PART_OF_DATE = lazy_pattern(r"'([^']*)'|(yyyy|yy|MM|M|dd|d|HH|H|mm|ss|SSS|XXX)|([A-Za-z]+)|([^A-Za-z']+)")
_ADDRESS = lazy_pattern(r"""(?:(?<=\biFlow ["'])/|(?<=\bpath ends with ["']))[^"']*""")
_JSON_PART = lazy_pattern(r'"(?:[^"\\]|\\.)*(?:"|$)|[^"]+', re.DOTALL)
_CDATA = lazy_pattern(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_JSON_NUMBER = lazy_pattern(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_EXPRESSION = lazy_pattern(r"\w+(?:\.[\w\[\]'\"-]+)+")
"""An expression of Camel, such as ``header.order``, which stays as it is."""
_SECONDS, _MONTHS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}, {"mo": 1, "y": 12}
_JAVA = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
"""Letters of a date in the patterns of Java, which SAP's own tools take, and what Python calls them."""

MADE_ANEW = (
    "uuid, now and today (also as now-2h, today+3d:dd.MM.yyyy, now@Europe/Berlin:HH:mm), number(8), text(8)"
)

Values = Mapping[str, Any]
"""Values by name: texts of rows and tenant files, and what a scenario remembers, which may be any value."""


def has_variables(step: Step) -> bool:
    """Tell whether a step has a variable, or an escaped one, in any of its texts."""
    return any("${" in text for text, _ in texts_of(step))


def names_in(text: str) -> Iterator[str]:
    """Yield the names of the variables of a text, as they are written; one within another makes no name."""
    yield from (found[1] for found in _VARIABLE.finditer(text) if found[1] is not None)
    for found in _NESTED.finditer(text):
        if not _EXPRESSION.fullmatch(f"{found[1]}x{found[2]}"):
            yield found[0][2:-1]


def check_name(name: str, known: Iterable[str], unset: Mapping[str, str] | None = None) -> None:
    """Raise ValueError for a variable that is neither ``known`` nor made anew, or that is written wrongly.

    ``unset`` are those that stand for one of the process that is not set.
    """
    known = sorted(known)
    if unset and name in unset and name not in known:
        raise ValueError(f"${{{name}}} is env:{unset[name]} in the tenant file, which is not set")
    if name in known or _maker(name) is not None or _EXPRESSION.fullmatch(name):
        return
    near = difflib.get_close_matches(name, (*known, "uuid", "now", "today"), n=1)
    hint = f" Did you mean ${{{near[0]}}}?" if near else ""
    here = f"This scenario has {', '.join(known)}, and " if known else "There are "
    raise ValueError(f"there is no variable ${{{name}}}.{hint} {here}{MADE_ANEW}; ${{ itself is $${{")


def fill(text: str, values: Values, written: Callable[[Any], str] = as_text) -> str:
    """Return a text with the values of its variables, each as ``written`` says.

    Raises ValueError for a variable that is not known.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "${"
        if name in values:
            return written(values[name])
        make = _maker(name)
        if make is None:
            check_name(name, values)
            return found[0]
        return written(make())

    return _VARIABLE.sub(value, text)


def fill_message(text: str, values: Values) -> str:
    """Return a message with the values of its variables, escaped as JSON or XML wants it at their place.

    In JSON a variable outside of quotes becomes a value: a number, true, false and null as they are, a text
    with quotes. Raises as ``fill`` does.
    """
    first = text.lstrip("\ufeff \t\r\n")[:1]
    if first in {"{", "["}:
        parts = _JSON_PART.findall(text)
        return "".join(fill(part, values, _in_json if part[0] == '"' else _json_value) for part in parts)
    if first == "<":
        parts = _CDATA.split(text)
        return "".join(
            fill(part, values, _in_cdata if number % 2 else _in_xml) for number, part in enumerate(parts)
        )
    return fill(text, values)


def fill_names(text: str, names: Iterable[str], fill_one: Callable[[str], str]) -> str:
    """Return a text in which variables of these names are filled in, and all others are left."""
    known = frozenset(names)
    return _VARIABLE.sub(lambda found: fill_one(found[0]) if found[1] in known else found[0], text)


def filled_step(
    step: Step, values: Values, *, has_markers: bool, fits: Callable[[str], bool] = lambda _: True
) -> Step:
    """Return a step with the values of its variables; ``fits`` tells whether a text is one of its phrase.

    A value outside of quotes stands as it is, or where that does not fit as JSON has it: texts in quotes.
    With ``has_markers`` what stands below it is an expected message: there only ``values`` are variables,
    and all else is left to its reader. Raises ValueError as ``fill`` does, and where the values do not fit.
    """
    name = _ADDRESS.sub(lambda found: fill(found[0], values, _in_address), step.name)
    below: Callable[[str], str] = partial(fill_message, values=values)
    if has_markers:
        below = partial(_fill_expected, values=values)
    filled = fill(name, values, _in_quotes)
    if not fits(filled):
        filled = _outside_quotes(name, lambda part: fill(part, values, _json_value))
        filled = fill(filled, values, _in_quotes)
        if not fits(filled):
            raise ValueError(f"with the values of its variables the step cannot be read: {filled}")
    return mapped_step(step, filled, below, partial(fill, values=values))


def _outside_quotes(name: str, change: Callable[[str], str]) -> str:
    """Return the text of a step with all changed that stands outside of quotes."""
    parts = _QUOTED.split(name)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def texts_with_examples(name: str) -> Iterator[str]:
    """Yield the text of a step with examples in place of its variables, whose values nobody knows yet.

    Outside of quotes that is a number, then a date in quotes. Within them it is one thing after the other.
    """
    for outside in _EXAMPLES_OUTSIDE:
        text = _outside_quotes(name, partial(with_example, value=outside))
        yield text
        if _VARIABLE.search(text):
            yield from (with_example(text, within) for within in EXAMPLES)
        if text == name:  # no variable stands outside of quotes
            return


def with_example(text: str, value: str) -> str:
    """Return a text with an example in place of each of its variables."""
    return _VARIABLE.sub(lambda found: found[0] if found[1] is None else value, text)


def _fill_expected(text: str, values: Values) -> str:
    """Fill in what has a value; a marker, such as ``${number}``, and ``$${`` stay."""
    hidden = _VARIABLE.sub(lambda found: found[0] if found[1] in values else "$" + found[0], text)
    return fill_message(hidden, values)


@lru_cache(maxsize=256)
def _maker(name: str) -> Callable[[], str] | None:
    """Return what makes a value of this name; raises ValueError where its format or zone is none."""
    if name == "uuid":
        return lambda: str(uuid.uuid4())
    if found := _MADE_UP.fullmatch(name):
        return partial(_random, found[1], int(found[2]))
    found = _CLOCK.fullmatch(name)
    if found is None:
        return None
    word, shifts, zone, pattern = found.groups()
    place = _zone(zone, name) if zone else UTC
    write = _writer(name, pattern or ("yyyy-MM-dd'T'HH:mm:ssXXX" if word == "now" else "yyyy-MM-dd"))

    def make() -> str:
        moment = datetime.now(place)
        for count, unit in _SHIFT.findall(shifts):
            moment = _shifted(moment, int(count), unit, name)
        return write(moment)

    make()  # a shift beyond all calendars is found before anything is sent
    return make


def _zone(zone: str, name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise ValueError(
            f'"{zone}" in ${{{name}}} is no time zone; write one as Europe/Berlin or America/New_York'
        ) from None


def _random(kind: str, length: int) -> str:
    # These are to be other ones in each run, and are no secrets.
    if kind == "text":
        return "".join(random.choices(string.ascii_letters, k=length))  # noqa: S311
    return random.choice("123456789") + "".join(random.choices(string.digits, k=length - 1))  # noqa: S311


def _shifted(moment: datetime, count: int, unit: str, name: str) -> datetime:
    try:
        if unit in _SECONDS:
            return moment + timedelta(seconds=count * _SECONDS[unit])
        months = moment.year * 12 + moment.month - 1 + count * _MONTHS[unit]
        year, month = divmod(months, 12)
        day = min(moment.day, monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day)
    except (ValueError, OverflowError, IndexError):
        raise ValueError(f"${{{name}}} is beyond all calendars") from None


def _writer(name: str, pattern: str) -> Callable[[datetime], str]:
    """Return what writes a point in time by a pattern of Java's letters; raises ValueError for others."""
    parts: list[Callable[[datetime], str]] = []
    end = 0
    for found in _PART_OF_DATE.finditer(pattern):
        literal, letters, wrong, other = found.groups()
        if wrong is not None or found.start() != end:
            raise ValueError(
                f"{wrong or pattern[end:]} in ${{{name}}} is no part of a date; there are yyyy, yy, MM, M, "
                "dd, d, HH, H, mm, ss, SSS, XXX, and a text in single quotes"
            )
        end = found.end()
        parts.append(
            partial(_part, letters) if letters else partial(_constant, literal if other is None else other)
        )
    if end != len(pattern):
        raise ValueError(f"{pattern[end:]} in ${{{name}}} is no part of a date")
    return lambda moment: "".join(part(moment) for part in parts)


def _constant(text: str, _moment: datetime) -> str:
    return text or "'"


def _part(letters: str, moment: datetime) -> str:
    if letters in _JAVA:
        return moment.strftime(_JAVA[letters])
    if letters == "SSS":
        return f"{moment.microsecond // 1000:03}"
    if letters == "XXX":
        offset = moment.isoformat()[-6:]
        return "Z" if offset == "+00:00" else offset
    return str({"M": moment.month, "d": moment.day, "H": moment.hour}[letters])


def _in_quotes(value: Any) -> str:
    """Write a value for a text in quotes of a step."""
    return re.sub(r"([\"'])", r"\\\1", as_text(value))


def _in_address(value: Any) -> str:
    return quote(as_text(value), safe="")


def _in_json(value: Any) -> str:
    return json.dumps(as_text(value), ensure_ascii=False)[1:-1]


def _json_value(value: Any) -> str:
    if isinstance(value, str) and (value in {"true", "false", "null"} or _JSON_NUMBER.fullmatch(value)):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else as_text(value)


def _in_xml(value: Any) -> str:
    return escape(as_text(value), {'"': "&quot;", "'": "&apos;", "\r": "&#13;"})


def _in_cdata(value: Any) -> str:
    return as_text(value).replace("]]>", "]]]]><![CDATA[>")
