"""The functions of Camel's Simple language, each by its name; an unknown one is refused."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct, field

from pytest_iflow.iflow_engine.expressions.java_dates import java_date, shifted, time_zone
from pytest_iflow.iflow_engine.expressions.ognl import arguments, as_text, followed
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import EXCEPTION_PROPERTY, Message

SYNTAX_ERROR = "org.apache.camel.language.simple.types.SimpleIllegalSyntaxException"
_HEADER = re.compile(r"(?:in\.)?headers?(?P<rest>[.?:\[].*)", re.DOTALL)
_PROPERTY = re.compile(r"(?:exchangeProperty|property)(?P<rest>[.?:\[].*)", re.DOTALL)
_BODY = re.compile(r"(?:in\.)?body(?P<chain>[.?\[].*)?", re.DOTALL)
_TYPED_BODY = re.compile(r"(?:mandatoryB|b)odyAs\((?P<type>[^)]*)\)(?P<chain>.*)", re.DOTALL)
_TYPED_HEADER = re.compile(r"headerAs\((?P<arguments>[^)]*)\)(?P<chain>.*)", re.DOTALL)
_EXCEPTION = re.compile(r"exception(?P<chain>[.?\[].*)?", re.DOTALL)
_DATE = re.compile(r"date:(?P<command>[^:]+)(?::(?P<pattern>.*))?", re.DOTALL)
_DATE_IN_ZONE = re.compile(
    r"date-with-timezone:(?P<command>[^:]+):(?P<zone>[^:]*):(?P<pattern>.*)", re.DOTALL
)
_COMMAND = re.compile(r"(?P<what>.*?)(?P<offset>[+-]\s*\d+\s*(?:ms|[smhdwMyY]).*)?", re.DOTALL)
_RANDOM = re.compile(r"random\((?P<arguments>[^)]*)\)")
_FILE = re.compile(r"file:(?P<part>[\w.]+)")
_PLAIN_NAME = re.compile(r"[^.\[\]?()]+")
_DEFAULT_PATTERN = "EEE MMM dd HH:mm:ss zzz yyyy"
"""How Java writes a date where the expression names no pattern."""


class Scope(Struct):
    """What an expression may look at: the message, and who handles it.

    ``now`` gives the time; ``namespaces`` are those of the flow by prefix, for XPath.
    """

    message: Message
    exchange_id: str = ""
    message_id: str = ""
    camel_id: str = "local-tenant"
    route_id: str = ""
    step_id: str = ""
    namespaces: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


Expression = Callable[[Scope], object]


@lru_cache(maxsize=4096)
def function(text: str) -> Expression:
    """Return the function of a text without its ``${`` and ``}``; raises StepError where there is none."""
    name = text.strip()
    if name in _FIXED:
        return _FIXED[name]
    for pattern, make in _FAMILIES:
        if found := pattern.fullmatch(name):
            return make(found)
    if name.startswith(("sys.", "sysenv.", "env.", "bean:", "ref:", "type:", "properties:")):
        raise NotSupportedError(
            f"not supported by the local tenant: ${{{name}}} in an expression (only a tenant has an answer)"
        )
    raise StepError(f"Unknown function: {name}", SYNTAX_ERROR)


def _keyed(rest: str, value_of: Callable[[Message, str], object]) -> Expression:
    """Return the value by a name that may hold dots, else the chain from its first part.

    Camel looks for the whole name first.
    """
    key = rest.lstrip(".?:")
    if key.startswith("[") and key.endswith("]") and "[" not in key[1:]:
        key = key[1:-1]
    key = key.strip("'\"")
    if _PLAIN_NAME.fullmatch(key):
        return lambda scope: value_of(scope.message, key)
    first = re.match(r"\[?'?(?P<name>[^.\[\]?()']+)'?\]?", key)
    if first is None:
        raise StepError(f"{rest!r} names no header or property", SYNTAX_ERROR)
    name, chain = first["name"], key[first.end() :]

    def value(scope: Scope) -> object:
        whole = value_of(scope.message, key)
        return followed(value_of(scope.message, name), chain) if whole is None else whole

    return value


def _header(found: re.Match[str]) -> Expression:
    return _keyed(found["rest"], lambda message, name: message.headers.get(name))


def _property(found: re.Match[str]) -> Expression:
    return _keyed(found["rest"], lambda message, name: message.properties.get(name))


def _body(found: re.Match[str]) -> Expression:
    chain = found["chain"] or ""
    if not chain:
        return lambda scope: scope.message.text() if scope.message.body is not None else None
    return lambda scope: followed(scope.message.text() if scope.message.body is not None else None, chain)


def _typed_body(found: re.Match[str]) -> Expression:
    chain, wanted = found["chain"], found["type"].strip().strip("'\"")
    mandatory = found[0].startswith("mandatory")

    def value(scope: Scope) -> object:
        body = scope.message.body
        if body is None:
            if mandatory:
                raise StepError(
                    "No body available of type: " + wanted, "org.apache.camel.InvalidPayloadException"
                )
            return None
        return followed(typed(scope.message.text(), wanted), chain)

    return value


def _typed_header(found: re.Match[str]) -> Expression:
    name, wanted = (*arguments(found["arguments"]), "String")[:2]
    chain = found["chain"]
    return lambda scope: followed(typed(scope.message.headers.get(name), wanted), chain)


def _exception(found: re.Match[str]) -> Expression:
    chain = found["chain"] or ""
    return lambda scope: followed(scope.message.properties.get(EXCEPTION_PROPERTY), chain)


def _stack_trace(scope: Scope) -> str | None:
    """Java's stack trace begins with class and message; the lines of Java's code are not there."""
    caught = scope.message.properties.get(EXCEPTION_PROPERTY)
    return None if caught is None else f"{as_text(caught)}\n"


def typed(value: object, wanted: str) -> object:
    """Return a value as a Java class has it; raises StepError where it cannot be converted.

    Classes without a fit here leave the value as it is (assumed).
    """
    if value is None:
        return None
    name = wanted.rpartition(".")[2].lower()
    try:
        if name in {"integer", "int", "long", "short", "byte", "biginteger"}:
            return int(as_text(value).strip())
        if name in {"double", "float", "bigdecimal"}:
            return float(as_text(value).strip())
    except ValueError as error:
        raise StepError(
            "Error during type conversion from type: java.lang.String to the required type: "
            f"{wanted} with value {as_text(value)}",
            "org.apache.camel.TypeConversionException",
        ) from error
    if name == "boolean":
        return as_text(value).strip().lower() == "true"
    return as_text(value) if name == "string" else value


def _date(found: re.Match[str]) -> Expression:
    zone = found.groupdict().get("zone") or ""
    pattern = (found["pattern"] or "").strip() or _DEFAULT_PATTERN
    command = _COMMAND.fullmatch(found["command"].strip())
    what, offset = (command["what"].strip(), command["offset"] or "") if command else ("", "")

    def value(scope: Scope) -> str:
        instant = shifted(_instant(what, scope), offset)
        return java_date(pattern, instant.astimezone(time_zone(zone)))

    return value


def _instant(what: str, scope: Scope) -> datetime:
    if what == "now":
        return scope.now()
    value = function(what)(scope) if "." in what else None
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC)
    raise StepError(f"Cannot find Date/long object at command: {what}", "java.lang.IllegalArgumentException")


def _random(found: re.Match[str]) -> Expression:
    try:
        *start, end = [int(one) for one in arguments(found["arguments"])]
        low, high = start[0] if start else 0, end
    except ValueError as error:
        raise StepError(f"{found[0]} needs one or two whole numbers", SYNTAX_ERROR) from error
    if low >= high:
        raise StepError(f"{found[0]} has no number between its bounds", SYNTAX_ERROR)
    return lambda _scope: random.randrange(low, high)  # noqa: S311, as Camel does it


def _file(found: re.Match[str]) -> Expression:
    """Parts of the name of a file, by ``CamelFileName``, as a file sender sets it."""
    part = found["part"]

    def value(scope: Scope) -> object:
        name = scope.message.headers.get("CamelFileName")
        if name is None:
            return None
        folder, _, only = as_text(name).rpartition("/")
        stem, dot, ending = only.rpartition(".")
        stem = stem if dot else only
        parts = {
            "name": as_text(name),
            "name.noext": f"{folder}/{stem}".lstrip("/"),
            "name.ext": ending if dot else "",
            "ext": ending if dot else "",
            "onlyname": only,
            "onlyname.noext": stem,
            "parent": folder,
            "path": as_text(name),
        }
        if part not in parts:
            raise NotSupportedError(f"not supported by the local tenant: ${{file:{part}}} in an expression")
        return parts[part]

    return value


_FIXED: dict[str, Expression] = {
    "null": lambda _scope: None,
    "camelId": lambda scope: scope.camel_id,
    "exchangeId": lambda scope: scope.exchange_id,
    "id": lambda scope: scope.message_id or scope.exchange_id,
    "routeId": lambda scope: scope.route_id,
    "stepId": lambda scope: scope.step_id,
    "threadName": lambda _scope: "local-tenant",
    "hostname": lambda _scope: "local-tenant",
    "uuid": lambda _scope: str(uuid.uuid4()),
    "messageTimestamp": lambda scope: int(scope.now().timestamp() * 1000),
    "headers": lambda scope: scope.message.headers,
    "in.headers": lambda scope: scope.message.headers,
    "bodyOneLine": lambda scope: re.sub(r"[\r\n]", "", scope.message.text()),
    "exception.stacktrace": _stack_trace,
}
_FAMILIES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Expression]], ...] = (
    (_TYPED_HEADER, _typed_header),
    (_TYPED_BODY, _typed_body),
    (_HEADER, _header),
    (_PROPERTY, _property),
    (_BODY, _body),
    (_EXCEPTION, _exception),
    (_DATE_IN_ZONE, _date),
    (_DATE, _date),
    (_RANDOM, _random),
    (_FILE, _file),
)
