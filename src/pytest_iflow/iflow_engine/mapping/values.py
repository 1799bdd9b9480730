"""Standard functions of message mappings that make one value of one value of each argument.

SAP's page "Standard Functions" describes them: values are text; what should be a number and is none fails;
"true" and "1" in any case are true, all else is false. Names are those that the files have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation

from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.mapping.formats import formatted_number

Settings = Mapping[str, str]
Of = Callable[[list[str], Settings], str]

MAPPING_ERROR = "com.sap.xi.mapping.camel.XiMappingException"
"""The class that a tenant names where a message mapping fails; assumed."""


_LARGEST_EXPONENT = 308
"""As a double of Java has it; what is beyond is no number (assumed)."""


def is_true(text: str) -> bool:
    """Tell whether a value counts as true."""
    return text.strip().lower() in ("true", "1")


def said(truth: bool) -> str:
    """Return how a truth is written."""
    return "true" if truth else "false"


def number(text: str) -> Decimal:
    """Return a value as a number; raises StepError where it is none."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > _LARGEST_EXPONENT:
        raise StepError(f"{text!r} is no number", MAPPING_ERROR)
    return found


def written(value: Decimal) -> str:
    """Return a number as text, without zeros at its end (SAP's wiki, "Standard Functions")."""
    text = format(+value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _by_number(made: Callable[..., Decimal]) -> Of:
    def run(values: list[str], _settings: Settings) -> str:
        try:
            return written(made(*map(number, values)))
        except (ArithmeticError, ValueError) as error:
            raise StepError(f"cannot calculate with {', '.join(values)}", MAPPING_ERROR) from error

    return run


def _by_text(made: Callable[..., str | int | bool]) -> Of:
    def run(values: list[str], _settings: Settings) -> str:
        result = made(*values)
        return said(result) if isinstance(result, bool) else str(result)

    return run


def _compared(made: Callable[[Decimal, Decimal], bool]) -> Of:
    return lambda values, _settings: said(made(number(values[0]), number(values[1])))


def _of_truths(made: Callable[..., bool]) -> Of:
    return lambda values, _settings: said(made(*map(is_true, values)))


def _place(text: str) -> int:
    return int(number(text))


def _java_trim(text: str) -> str:
    return text.strip("".join(map(chr, range(33))))


def _java_compare(one: str, other: str) -> int:
    """Compare as Java's ``compareTo``: the difference of the first letters that differ, else of length."""
    for left, right in zip(one, other, strict=False):
        if left != right:
            return ord(left) - ord(right)
    return len(one) - len(other)


def _substring(values: list[str], settings: Settings) -> str:
    start = _place(settings.get("start") or "0")
    return values[0][start : start + _place(settings["count"])]


def _replaced(text: str, searched: str, by: str) -> str:
    return text.replace(searched, by) if searched else text


def _formatted(values: list[str], settings: Settings) -> str:
    return formatted_number(number(values[0]), settings.get("nformat", ""), settings.get("separator", "."))


def _rounded(how: str) -> Of:
    return _by_number(lambda one: one.to_integral_value(rounding=how))


BY_VALUE: dict[str, tuple[int, Of]] = {
    "concat": (2, lambda values, settings: settings.get("delimeter", "").join(values)),
    "substring": (1, _substring),
    "stringEquals": (2, _by_text(lambda one, other: one == other)),
    "indexOf2": (2, _by_text(lambda text, part: text.find(part))),
    "indexOf3": (3, _by_text(lambda text, part, start: text.find(part, _place(start)))),
    "lastIndexOf2": (2, _by_text(lambda text, part: text.rfind(part))),
    "lastIndexOf3": (3, _by_text(lambda text, part, last: text.rfind(part, 0, _place(last) + len(part)))),
    "compare": (2, _by_text(_java_compare)),
    "replaceString": (3, _by_text(_replaced)),
    "length": (1, _by_text(len)),
    "endWith": (2, _by_text(lambda text, part: text.endswith(part))),
    "startWith2": (2, _by_text(lambda text, part: text.startswith(part))),
    "startWith3": (3, _by_text(lambda text, part, start: text.startswith(part, _place(start)))),
    "toUpperCase": (1, _by_text(str.upper)),
    "toLowerCase": (1, _by_text(str.lower)),
    "trim": (1, _by_text(_java_trim)),
    "and": (2, _of_truths(lambda one, other: one and other)),
    "or": (2, _of_truths(lambda one, other: one or other)),
    "not": (1, _of_truths(lambda one: not one)),
    "equals": (2, _of_truths(lambda one, other: one == other)),
    "notEquals": (2, _of_truths(lambda one, other: one != other)),
    "add": (2, _by_number(lambda one, other: one + other)),
    "sub": (2, _by_number(lambda one, other: one - other)),
    "mul": (2, _by_number(lambda one, other: one * other)),
    "div": (2, _by_number(lambda one, other: one / other)),
    "max": (2, _by_number(max)),
    "min": (2, _by_number(min)),
    "abs": (1, _by_number(abs)),
    "sqrt": (1, _by_number(lambda one: one.sqrt())),
    "sqr": (1, _by_number(lambda one: one * one)),
    "sign": (1, _by_number(lambda one: Decimal((one > 0) - (one < 0)))),
    "neg": (1, _by_number(lambda one: -one)),
    "inv": (1, _by_number(lambda one: 1 / one)),
    "power": (2, _by_number(lambda one, other: Decimal(math.pow(one, other)))),
    "ceil": (1, _rounded(ROUND_CEILING)),
    "floor": (1, _rounded(ROUND_FLOOR)),
    "round": (1, _rounded(ROUND_HALF_UP)),
    "equalsA": (2, _compared(lambda one, other: one == other)),
    "greater": (2, _compared(lambda one, other: one > other)),
    "less": (2, _compared(lambda one, other: one < other)),
    "formatNumber": (1, _formatted),
}
"""How many arguments a function has, and what it makes of their values."""
