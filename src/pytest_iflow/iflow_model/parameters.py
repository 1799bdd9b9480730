"""Externalised parameters: values, definitions, where they are used, how they are resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.iflow_model.flow import Adapter, Flow, Loop, Process, Route, Step
from pytest_iflow.iflow_model.kinds import adapter_address, condition_language
from pytest_iflow.iflow_model.xml_reading import parse_xml, plain_text

_REFERENCE = re.compile(r"\{\{(?P<name>[^\r\n]+?)\}\}")
_TABLE = re.compile(r"\s*<row>")
_NO_XML_TEXT = re.compile(r"[<>]|&(?!(?:lt|gt|amp|apos|quot|#\d+|#x[0-9A-Fa-f]+);)")
_LINE_GOES_ON = re.compile(r"(?<!\\)(?:\\\\)*\\$")
_KEY = re.compile(r"(?P<key>(?:\\.|[^\\=:\s])*)\s*[=:]?\s*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<other>.))", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


class Parameter(Struct, frozen=True):
    """An externalised parameter of a bundle.

    ``value`` is that of ``parameters.prop``, None where it has none. ``type`` and ``description`` are
    those of ``parameters.propdef``; ``defined`` says whether it stands there.
    """

    name: str
    value: str | None
    type: str = ""
    required: bool = False
    description: str = ""
    defined: bool = False


class ParameterUse(Struct, frozen=True):
    """A place where a parameter is used: the id and name of a step, route or adapter, and the property."""

    id: str
    name: str
    property: str


def read_properties(data: bytes) -> dict[str, str]:
    """Return keys and values of a file in the format of ``java.util.Properties``."""
    found = {}
    held = ""
    for raw in data.decode("latin-1").splitlines():
        line = held + raw.lstrip(" \t\f")
        if not held and line[:1] in ("", "#", "!"):
            continue
        if _LINE_GOES_ON.search(line):
            held = line[:-1]
            continue
        held = ""
        key = _KEY.match(line)
        if key is not None:
            found[_unescaped(key["key"])] = _unescaped(line[key.end() :])
    return found


def read_parameters(values: bytes, definitions: bytes, where: str) -> dict[str, Parameter]:
    """Return the parameters of a bundle by name, from its ``parameters.prop`` and ``parameters.propdef``.

    ``where`` names the definitions in the BundleError that is raised where they are no XML.
    """
    given = read_properties(values)
    found = {name: Parameter(name, value) for name, value in given.items()}
    if definitions.strip():
        for element in parse_xml(definitions, where).iter("parameter"):
            name = element.findtext("name") or ""
            found[name] = Parameter(
                name,
                given.get(name),
                element.findtext("type") or "",
                (element.findtext("isRequired") or "").strip() == "true",
                element.findtext("description") or "",
                defined=True,
            )
    return found


def names_in(text: str) -> list[str]:
    """Return the names of parameters in the text of a property."""
    names = [found["name"] for found in _REFERENCE.finditer(text)]
    return [plain_text(name) for name in names] if _TABLE.match(text) else names


def resolve(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its parameters replaced by ``values``; those without a value stay as they are.

    Values in a table of rows, which is XML, are escaped in ``parameters.prop`` already: of those in public
    packages with such characters, 262 of 268. One that is not is escaped here.
    """
    if "{{" not in text:
        return text
    table = _TABLE.match(text) is not None

    def value(found: re.Match[str]) -> str:
        name = plain_text(found["name"]) if table else found["name"]
        if name not in values:
            return found[0]
        given = values[name]
        return escape(given, quote=False) if table and _NO_XML_TEXT.search(given) else given

    return _REFERENCE.sub(value, text)


def _resolve_condition(text: str, values: Mapping[str, str]) -> str:
    """Resolve a condition; values are escaped as in tables, seen in the one public package that has some."""
    return resolve(text, {name: plain_text(value) for name, value in values.items()})


def resolve_flow(flow: Flow, values: Mapping[str, str]) -> Flow:
    """Return the flow with all parameters replaced by ``values``; those without a value stay as they are."""

    def table(properties: Mapping[str, str]) -> dict[str, str]:
        return {name: resolve(text, values) for name, text in properties.items()}

    def step(one: Step) -> Step:
        properties = table(one.properties)
        loop = one.loop and Loop(
            _resolve_condition(one.loop.condition, values),
            condition_language(properties.get("expressionType", "")),
            resolve(one.loop.maximum, values),
        )
        return replace(one, properties=properties, loop=loop)

    def process(one: Process) -> Process:
        return replace(
            one,
            steps={name: step(held) for name, held in one.steps.items()},
            routes=tuple(
                replace(route, condition=_resolve_condition(route.condition, values)) for route in one.routes
            ),
            properties=table(one.properties),
        )

    def adapter(one: Adapter) -> Adapter:
        properties = table(one.properties)
        return replace(one, properties=properties, address=adapter_address(one.kind, properties))

    return replace(
        flow,
        processes={name: process(one) for name, one in flow.processes.items()},
        adapters=tuple(adapter(one) for one in flow.adapters),
        properties=table(flow.properties),
    )


def uses(flow: Flow) -> dict[str, list[ParameterUse]]:
    """Return where each parameter is used, by its name, whether it is defined or not."""
    found: dict[str, list[ParameterUse]] = {}
    for one, properties in _texts(flow):
        for name, text in properties:
            for parameter in dict.fromkeys(names_in(text)):
                found.setdefault(parameter, []).append(ParameterUse(one.id, one.name, name))
    return found


def _texts(flow: Flow) -> Iterator[tuple[Step | Route | Adapter | Process, list[tuple[str, str]]]]:
    for process in flow.processes.values():
        yield process, list(process.properties.items())
        for step in process.steps.values():
            loop = (
                [("loopCondition", step.loop.condition), ("loopMaximum", step.loop.maximum)]
                if step.loop
                else []
            )
            yield step, [*step.properties.items(), *loop]
        for route in process.routes:
            yield route, [("condition", route.condition)]
    for adapter in flow.adapters:
        yield adapter, list(adapter.properties.items())


def _unescaped(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found["code"]:
            return chr(int(found["code"], 16))
        return _ESCAPED.get(found["other"], found["other"])

    return _ESCAPE.sub(plain, text)
