"""What a ``.mmap`` file says: the target fields, and the expression of sources and functions for each.

The file is XML: a ``brick`` of type ``Dst`` for each target field, with bricks of the types ``Src`` and
``Func`` within it. A brick that has only ``object_uid`` stands for an earlier one (read off public packages).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree
from msgspec import Struct

from pytest_iflow.iflow_engine.message import BodyError, parsed_xml

STANDARD = "dflt"
"""The library of the functions that the editor brings along."""

_STEP = re.compile(r"(@?)(?:([^:\[\]@]+):)?([^:\[\]@]+)(?:\[(\d+)\])?")


class MappingFileError(Exception):
    """The file is no message mapping that is understood; the text says why."""


class PathStep(Struct, frozen=True):
    """One name of a path; ``place`` counts copies of a target field that the editor made."""

    name: str
    namespace: str | None = None
    attribute: bool = False
    place: int = 0

    @property
    def tag(self) -> str:
        """The name as lxml writes it: ``{namespace}name``."""
        return f"{{{self.namespace}}}{self.name}" if self.namespace else self.name


Path = tuple[PathStep, ...]


class SourceField(Struct, frozen=True):
    """A field of the source; ``context`` is the path of the field whose instances separate its values.

    ``as_xml`` says that the value is the field with its tags.
    """

    path: Path
    context: Path
    as_xml: bool = False


class Call(Struct, frozen=True):
    """A function with its arguments; ``settings`` are what its dialog has, ``table`` that of fixed values."""

    library: str
    function: str
    arguments: tuple[Expression, ...]
    settings: Mapping[str, str] = {}
    table: Mapping[str, str] = {}


class OutputOf(Struct, frozen=True):
    """One more output of a function that writes several; ``number`` is 1 for the second one."""

    call: Call
    number: int


Expression = SourceField | Call | OutputOf


class TargetField(Struct, frozen=True):
    """A target field and what makes its values; ``text`` is the path as the file has it."""

    text: str
    path: Path
    expression: Expression


class Schema(Struct, frozen=True):
    """A structure of the mapping: the kind of its file ("xsd", "wsdl", "json"), its path, the root's name."""

    kind: str
    path: str
    root: str
    namespace: str = ""


class MessageMapping(Struct, frozen=True):
    """A message mapping; ``libraries`` are the script files of its own functions, by the library's name."""

    name: str
    fields: tuple[TargetField, ...]
    sources: tuple[Schema, ...]
    targets: tuple[Schema, ...]
    prefixes: Mapping[str, str]
    libraries: Mapping[str, str]


def read_mapping(content: bytes, name: str) -> MessageMapping:
    """Return the mapping of a file; raises MappingFileError where it is no such file."""
    try:
        root = parsed_xml(content)
    except BodyError as error:
        raise MappingFileError("a file that is no XML") from error
    transformation = next(_named(root, "transformation"), None)
    if transformation is None:
        raise MappingFileError("a file of the Enterprise Services Repository, whose content is packed")
    properties = (
        one for space in _children(transformation, "namespaces") for one in _named(space, "property")
    )
    prefixes = {one.text or "": one.get("name") or "" for one in properties}
    reading = _Reading(prefixes)
    fields = tuple(reading.fields(transformation))
    return MessageMapping(
        name,
        fields,
        tuple(_schemas(root, "SOURCE_IFR_MESS")),
        tuple(_schemas(root, "TARGET_IFR_MESS")),
        prefixes,
        _libraries(root),
    )


class _Reading:
    """Bricks as they are read; those with ``object_uid`` are kept, since others stand for them."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._known: dict[str, Expression] = {}
        self._steps: dict[str, PathStep] = {}

    def fields(self, transformation: etree._Element) -> Iterator[TargetField]:
        """Yield the target fields that have a mapping and are not switched off."""
        for brick in _children(transformation, "brick"):
            text = brick.get("path") or ""
            arguments = self._arguments(brick)
            settings = {one.get("name"): one.text for one in _named(brick, "property")}
            if arguments and settings.get("switchedOff") != "true":
                yield TargetField(text, self.path(text), arguments[0])

    def path(self, text: str) -> Path:
        """Return the steps of a path such as ``/ns1:Order/Item[1]/@id``; raises MappingFileError."""
        parts = text.strip("/").split("/")
        for part in parts:
            if part not in self._steps:
                self._steps[part] = self._step(part, text)
        return tuple(self._steps[part] for part in parts)

    def _step(self, part: str, text: str) -> PathStep:
        found = _STEP.fullmatch(part)
        if found is None or (found[2] and found[2] not in self._prefixes):
            raise MappingFileError(f"the path {text}")
        namespace = self._prefixes[found[2]] if found[2] else None
        return PathStep(found[3], namespace, bool(found[1]), int(found[4] or 0))

    def _arguments(self, brick: etree._Element) -> tuple[Expression, ...]:
        found = [
            (int(one.get("pin") or 0), _output(self._expression(inner), int(one.get("from") or 0)))
            for one in _children(brick, "arg")
            for inner in _children(one, "brick")
        ]
        return tuple(expression for _, expression in sorted(found, key=lambda pair: pair[0]))

    def _expression(self, brick: etree._Element) -> Expression:
        own_id = brick.get("object_uid") or ""
        made: Expression
        if brick.get("type") == "Src":
            path = self.path(brick.get("path") or "")
            context = self.path(brick.get("context") or "") if brick.get("context") else path[:-1]
            made = SourceField(path, context, brick.get("asXml") is not None)
        elif brick.get("type") == "Func":
            made = Call(
                brick.get("fns") or "",
                brick.get("fname") or "",
                self._arguments(brick),
                _settings(brick),
                _table(brick),
            )
        elif own_id in self._known:
            return self._known[own_id]
        else:
            raise MappingFileError(f"a brick of the kind {brick.get('type')}")
        if own_id:
            self._known[own_id] = made
        return made


def _output(expression: Expression, number: int) -> Expression:
    """Return an output of a function, by its number from 0; other things have one."""
    return OutputOf(expression, number) if number and isinstance(expression, Call) else expression


def _settings(brick: etree._Element) -> dict[str, str]:
    """Return the settings of a function: a text, or the first attribute of what the value holds."""
    found = {}
    for one in _parameters(brick):
        value = next(_children(one, "value"), None)
        inner = value[0] if value is not None and len(value) else None
        attributes = list(inner.attrib.values()) if inner is not None else []
        found[one.get("name") or ""] = (
            str(attributes[0]) if attributes else ("" if value is None else value.text or "")
        )
    return found


def _table(brick: etree._Element) -> dict[str, str]:
    return {
        each.get("name") or "": each.text or ""
        for one in _parameters(brick)
        if one.get("name") == "table"
        for each in _named(one, "property")
    }


def _parameters(brick: etree._Element) -> Iterator[etree._Element]:
    for bindings in _children(brick, "bindings"):
        yield from _children(bindings, "param")


def _schemas(root: etree._Element, role: str) -> Iterator[Schema]:
    for link in _named(root, "lnkRole"):
        if link.get("role") == role:
            for key in _named(link, "key"):
                texts = [one.text or "" for one in _children(key, "elem")] + [""] * 4
                folder = texts[1].strip("/")
                yield Schema(key.get("typeID") or "", f"{folder}/{texts[0]}", texts[2], texts[3])


def _libraries(root: etree._Element) -> dict[str, str]:
    """Return the script file of each library of own functions, by its name."""
    found = {}
    for storage in _named(root, "libstorage"):
        for entry in _children(storage, "entry"):
            for reference in _children(entry, "libref"):
                if (file := next(_named(reference, "elem"), None)) is not None:
                    found[entry.get("name") or ""] = file.text or ""
    return found


def _named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the descendants of a local name: exported files have them in a namespace or in none."""
    return element.iterdescendants(f"{{*}}{name}")


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return element.iterchildren(f"{{*}}{name}")
