"""Methods and fields on values within Simple: ``${header.x.trim().length()}``, ``${property.list[0]}``.

Camel calls any public method of Java's object; here are those of text, numbers, lists and maps that flows
use. Any other one is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import regex

from pytest_iflow.iflow_engine.failures import LimitError, NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import LARGEST_BODY, CaughtException

_LINK = re.compile(
    r"""(?P<safe>\?)?\.(?P<name>[A-Za-z_]\w*)(?P<call>\((?P<arguments>[^()]*)\))?  # .trim()
    |\[(?P<key>[^\]]*)\]                                                          # [0], [last], ['name']
    """,
    re.VERBOSE,
)
_ARGUMENT = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([^,]+))\s*(?:,|$)")
_PATTERN_SECONDS = 2


def as_text(value: object) -> str:
    """Return a value as Camel's type converter makes text of it; None is empty."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, CaughtException):
        return f"{value.class_name}: {value.message}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={as_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_text, value)) + "]"
    return str(value)


def followed(value: object, chain: str) -> object:
    """Return what a chain such as ``.split(',')[0]`` leads to from a value.

    Nothing follows from None: Camel says null there where the link is ``?.``, and else raises; that it is
    null in both cases is assumed. Raises NotSupportedError for methods that are not known here.
    """
    position = 0
    while position < len(chain):
        link = _LINK.match(chain, position)
        if link is None:
            raise StepError(
                f"the expression {chain!r} cannot be read from {chain[position:]!r} on",
                "org.apache.camel.language.simple.types.SimpleIllegalSyntaxException",
            )
        position = link.end()
        if value is None:
            return None
        if link["key"] is not None:
            value = _at(value, link["key"].strip())
        else:
            value = _called(value, link["name"], arguments(link["arguments"] or ""))
    return value


def arguments(text: str) -> list[str]:
    """Return the arguments within the brackets of a call, quotes taken off."""
    if not text.strip():
        return []
    return [quoted or double or bare.strip() for quoted, double, bare in _ARGUMENT.findall(text)]


def _at(value: object, key: str) -> object:
    name = key.strip("'\"")
    if isinstance(value, Mapping):
        return value.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise StepError(
            f"[{key}] does not fit a value that is no list", "java.lang.IndexOutOfBoundsException"
        )
    number = re.fullmatch(r"(last)?\s*-?\s*(\d+)?", name)
    if number is None:
        raise StepError(f"[{key}] is no place of a list", "java.lang.IndexOutOfBoundsException")
    place = len(value) - 1 - int(number[2] or 0) if number[1] else int(number[2] or 0)
    if not 0 <= place < len(value):
        raise StepError(
            f"Index: {place}, Size: {len(value)}",
            "java.lang.IndexOutOfBoundsException",
        )
    return value[place]


def _called(value: object, name: str, given: list[str]) -> object:
    """Call a method, or read the field of that name by its getter, as Camel does."""
    method = name[3].lower() + name[4:] if re.match("get[A-Z]", name) and not given else name
    if isinstance(value, CaughtException):
        known = _OF_EXCEPTIONS
    elif isinstance(value, Mapping):
        known = _OF_MAPS
        if method not in known and not given:
            return value.get(name)
    elif isinstance(value, list | tuple):
        known = _OF_LISTS
    else:
        known = _OF_TEXT
        value = as_text(value)
    if method not in known:
        raise NotSupportedError(f"not supported by the local tenant: the method {name} in an expression")
    return _result(known[method], value, name, given)


def _result(method: Callable[..., Any], value: object, name: str, given: list[str]) -> object:
    try:
        return method(value, *given)
    except (TypeError, ValueError, IndexError, regex.error, TimeoutError) as error:
        shown = ", ".join(given)
        raise StepError(f"{name}({shown}) cannot be called on {as_text(value)[:100]!r}") from error


def _substring(text: str, start: str, end: str = "") -> str:
    first, last = int(start), int(end) if end else len(text)
    if not 0 <= first <= last <= len(text):
        raise StepError(
            f"begin {first}, end {last}, length {len(text)}", "java.lang.StringIndexOutOfBoundsException"
        )
    return text[first:last]


def _split(text: str, pattern: str) -> list[str]:
    parts = regex.split(pattern, text, timeout=_PATTERN_SECONDS)
    while len(parts) > 1 and parts[-1] == "":
        parts.pop()
    return [part or "" for part in parts]


def _require_bounded(text: str, replaced: int, by: str) -> None:
    """Raise LimitError where a text would be too large once so many parts of it are replaced."""
    if len(text) + replaced * len(by) > LARGEST_BODY:
        raise LimitError(f"a text of an expression is larger than the local tenant takes ({LARGEST_BODY})")


def _replaced_all(text: str, old: str, new: str = "") -> str:
    _require_bounded(text, text.count(old), new)
    return text.replace(old, new)


def _replaced(text: str, pattern: str, by: str) -> str:
    if len(text) * len(by) > LARGEST_BODY:
        found = regex.finditer(pattern, text, timeout=_PATTERN_SECONDS)
        _require_bounded(text, sum(1 for _ in found), by)
    return regex.sub(pattern, re.sub(r"\$(\d)", r"\\\1", by), text, timeout=_PATTERN_SECONDS)


_OF_TEXT: dict[str, Callable[..., object]] = {
    "trim": str.strip,
    "length": len,
    "size": len,
    "bytes": lambda text: text.encode(),
    "toString": str,
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "substring": _substring,
    "split": _split,
    "replace": _replaced_all,
    "replaceAll": _replaced,
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "equals": lambda text, other: text == other,
    "equalsIgnoreCase": lambda text, other: text.lower() == other.lower(),
    "isEmpty": lambda text: text == "",
    "indexOf": str.find,
    "lastIndexOf": str.rfind,
    "charAt": lambda text, place: text[int(place)],
    "concat": lambda text, other: text + other,
    "matches": lambda text, pattern: regex.fullmatch(pattern, text, timeout=_PATTERN_SECONDS) is not None,
}
_OF_LISTS: dict[str, Callable[..., object]] = {
    "size": len,
    "length": len,
    "isEmpty": lambda values: not values,
    "get": _at,
    "contains": lambda values, one: one in map(as_text, values),
    "toString": as_text,
}
_OF_MAPS: dict[str, Callable[..., object]] = {
    "size": len,
    "isEmpty": lambda values: not values,
    "get": lambda values, key: values.get(key),
    "containsKey": lambda values, key: key in values,
    "keySet": list,
    "values": lambda values: list(values.values()),
    "toString": as_text,
}
_OF_EXCEPTIONS: dict[str, Callable[..., object]] = {
    "message": lambda caught: caught.message,
    "localizedMessage": lambda caught: caught.message,
    "cause": lambda _caught: None,
    "class": lambda caught: {"name": caught.class_name, "simpleName": caught.class_name.rpartition(".")[2]},
    "statusCode": lambda caught: caught.status_code,
    "statusText": lambda caught: caught.status_text,
    "responseBody": lambda caught: caught.response_body,
    "responseHeaders": lambda caught: caught.response_headers,
    "toString": as_text,
}
