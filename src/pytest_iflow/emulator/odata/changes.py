"""Creates, changes and deletes: OData V2, "Operations"; what the errors say is assumed.

The tables are named as the entity sets, their columns as the properties.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from lxml import etree

from pytest_iflow.emulator.odata.edm import Value, from_json, from_text
from pytest_iflow.emulator.odata.formats import DATA, key_literal, quoted_key
from pytest_iflow.emulator.odata.model import (
    METADATA_NAMESPACE,
    EntitySet,
    Model,
    ODataError,
    Property,
    columns,
)
from pytest_iflow.emulator.odata.resource_path import Segment, entity_not_found, read_segments
from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.wire_answer import WireAnswer

PARTIAL = frozenset({"PATCH", "MERGE"})
NULL = f"{{{METADATA_NAMESPACE}}}null"


class Rows:
    """The rows of tables that are named as entity sets, their columns as properties.

    Names are those of a model; what a caller sends is a parameter. Whoever changes rows holds the lock of the
    database.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def has(self, table: str, key: Mapping[str, Any]) -> bool:
        """Tell whether there is a row of this key."""
        found = self._database.execute(f'SELECT 1 FROM "{table}" WHERE {_where(key)}', (*key.values(),))  # noqa: S608
        return found.fetchone() is not None

    def insert(self, table: str, values: Mapping[str, Any]) -> None:
        """Insert a row; raises sqlite3.IntegrityError where its key is taken and the table has one."""
        names, marks = ", ".join(f'"{each}"' for each in values), ", ".join("?" * len(values))
        self._database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', (*values.values(),))  # noqa: S608

    def change(self, table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        """Change the row of a key; tells whether there is one."""
        changes = ", ".join(f'"{each}" = ?' for each in values)
        statement = f'UPDATE "{table}" SET {changes} WHERE {_where(key)}'  # noqa: S608
        return self._database.execute(statement, (*values.values(), *key.values())).rowcount > 0

    def put(self, table: str, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change the row of a key, or insert it."""
        if not self.change(table, key, values):
            self.insert(table, {**key, **values})

    def delete(self, table: str, key: Mapping[str, Any]) -> bool:
        """Delete the row of a key, all rows for an empty one; tells whether there was one."""
        where = f"WHERE {_where(key)}" if key else ""
        return self._database.execute(f'DELETE FROM "{table}" {where}', (*key.values(),)).rowcount > 0  # noqa: S608


def _where(key: Mapping[str, Any]) -> str:
    return " AND ".join(f'"{name}" = ?' for name in key)


class Changes:
    """Changes the entities of one service below the URL ``root``; ``service`` reads them."""

    def __init__(self, root: str, model: Model, database: sqlite3.Connection, service: ODataService) -> None:
        self._root = root
        self._model = model
        self._rows = Rows(database)
        self._service = service

    def make(
        self, method: str, path: str, body: bytes, content_type: str, accept: str
    ) -> tuple[WireAnswer, str]:
        """Make a change; returns the answer and the key of what was changed. Raises ODataError."""
        segments = read_segments(path)
        if len(segments) != 1:
            raise ODataError(HTTPStatus.NOT_IMPLEMENTED, "Only entities of a set can be changed.")
        (segment,) = segments
        entity_set = self._model.set(segment.name)
        is_create = method == "POST"
        if is_create is (segment.key is not None) or method not in {"POST", "PUT", "DELETE", *PARTIAL}:
            raise ODataError(HTTPStatus.METHOD_NOT_ALLOWED, f"The method {method} is not allowed here.")
        if is_create:
            return self._create(entity_set, read_entity(body, content_type, entity_set), accept)
        key = string_key(entity_set, segment)
        if method == "DELETE":
            found = self._rows.delete(entity_set.name, key)
        else:
            found = self._change(entity_set, key, read_entity(body, content_type, entity_set), method)
        if not found:
            raise entity_not_found(entity_set)
        return WireAnswer(HTTPStatus.NO_CONTENT, (("dataserviceversion", "2.0"),)), _text(key)

    def _create(self, entity_set: EntitySet, values: dict[str, Value], accept: str) -> tuple[WireAnswer, str]:
        key = {name: values.get(name) for name in entity_set.type.key}
        if empty := next((name for name, value in key.items() if value in {None, ""}), None):
            raise ODataError(HTTPStatus.BAD_REQUEST, f"The key {empty} has no value.")
        try:
            self._rows.insert(entity_set.name, values)
        except sqlite3.IntegrityError as error:
            raise ODataError(
                HTTPStatus.CONFLICT, f"An entity with the key '{_text(key)}' exists already."
            ) from error
        read = self._service.read(f"{entity_set.name}({key_literal(entity_set.type, key)})", {}, accept)
        place = f"{entity_set.name}({quoted_key(entity_set.type, key)})"
        headers = (*read.headers, ("location", f"{self._root}/{place}"))
        return WireAnswer(HTTPStatus.CREATED, headers, read.body), _text(key)

    def _change(
        self, entity_set: EntitySet, key: Mapping[str, str], values: dict[str, Value], method: str
    ) -> bool:
        known = [each for each in columns(entity_set.type) if each not in key]
        # PUT empties what it does not name.
        changed = {each: values.get(each) for each in known if each in values or method not in PARTIAL}
        if not changed:
            return True
        return self._rows.change(entity_set.name, key, changed)


def string_key(entity_set: EntitySet, segment: Segment) -> dict[str, str]:
    """Return the key of an entity, whose values are strings; raises ODataError for another."""
    names = entity_set.type.key
    key = {name or names[0]: value for name, value in segment.key or ()}
    if set(key) != set(names) or not all(isinstance(value, str) for value in key.values()):
        kind = "is a string" if len(names) == 1 else f"is made of {', '.join(names)}, which are strings"
        raise ODataError(HTTPStatus.BAD_REQUEST, f"The key of {entity_set.name} {kind}.")
    return {name: str(value) for name, value in key.items()}


def _text(key: Mapping[str, Value]) -> str:
    return ", ".join(str(value) for value in key.values())


def read_entity(
    body: bytes, content_type: str, entity_set: EntitySet, more: Iterable[str] = ()
) -> dict[str, Value]:
    """Read an entity in JSON or Atom; ``more`` are texts that it may have beside its properties.

    Raises ODataError, 415 for a body of another type or of none (assumed, after Olingo).
    """
    if not any(each in content_type.lower() for each in ("json", "xml")):
        raise ODataError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Unsupported content type: '{content_type}'.")
    sent = _read_atom(body) if "xml" in content_type else _read_json(body)
    properties = columns(entity_set.type) | {name: Property(name) for name in more}
    values: dict[str, Value] = {}
    for name, value in sent.items():
        if name == "__metadata" or isinstance(value, dict):
            continue
        if name not in properties:
            raise ODataError(HTTPStatus.BAD_REQUEST, f"Invalid property '{name}'.")
        reader = from_text if "xml" in content_type else from_json
        try:
            values[name] = None if value is None else reader(properties[name].type, value)
        except (ValueError, TypeError) as error:
            raise ODataError(HTTPStatus.BAD_REQUEST, f"Invalid value for property '{name}'.") from error
        longest = properties[name].longest
        if longest is not None and len(str(values[name] or "")) > longest:
            text = f"The value of property '{name}' has more than {longest} characters."
            raise ODataError(HTTPStatus.BAD_REQUEST, text)
    return values


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        # An example of SAP's OpenAPI for credentials.
        text = "An exception of type 'MalformedJsonException' occurred."
        raise ODataError(HTTPStatus.BAD_REQUEST, text) from error
    sent = sent.get("d", sent) if isinstance(sent, dict) else None
    if not isinstance(sent, dict):
        raise ODataError(HTTPStatus.BAD_REQUEST, "The request body is no entity.")
    return sent


def _read_atom(body: bytes) -> dict[str, Any]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        entry = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"The request body is no XML: {error}.") from error
    properties = entry.find(f".//{{{METADATA_NAMESPACE}}}properties")
    return {
        etree.QName(each).localname: None if each.get(NULL) == "true" else (each.text or "")
        for each in (() if properties is None else properties)
        if isinstance(each.tag, str) and etree.QName(each).namespace == DATA
    }
