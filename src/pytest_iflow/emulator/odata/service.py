"""The engine: answers read requests for a model whose entities stand in a database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from pytest_iflow.emulator.odata.edm import as_text
from pytest_iflow.emulator.odata.filter import TRUE, PropertyPaths, Sql, all_of
from pytest_iflow.emulator.odata.formats import AtomFormat, JsonFormat
from pytest_iflow.emulator.odata.metadata_document import metadata_document
from pytest_iflow.emulator.odata.model import Model, ODataError, Property
from pytest_iflow.emulator.odata.query_options import (
    FORMATS,
    check_options,
    filter_condition,
    read_selection,
    read_shape,
)
from pytest_iflow.emulator.odata.reader import Entity, Reader
from pytest_iflow.emulator.odata.resource_path import Target, entity_not_found, read_segments, resolve
from pytest_iflow.emulator.wire_answer import WireAnswer

JSON = "application/json"
PLAIN = "text/plain;charset=utf-8"
# The types of entities and lists, and what stands for any of them.
SERVED = frozenset(
    {JSON, "application/xml", "application/atom+xml", "text/xml", "application/*", "text/*", "*/*"}
)
QUALITY = re.compile(r"[01](?:\.\d{0,3})?")


@dataclass(frozen=True, slots=True)
class ODataCall:
    """A request of an OData service: ``path`` is below its root, percent-decoded."""

    method: str
    path: str
    options: Mapping[str, str]
    accept: str
    body: bytes = b""
    content_type: str = ""


class ODataService:
    """An OData V2 service below the URL ``root``, read-only; ``lock`` is held while the database is read."""

    def __init__(
        self, root: str, model: Model, database: sqlite3.Connection, lock: AbstractContextManager[Any]
    ) -> None:
        self._root = root
        self._model = model
        self._reader = Reader(model, database, lock)
        self._json = JsonFormat(root, model)
        self._atom = AtomFormat(root, model)

    def read(self, path: str, options: Mapping[str, str], accept: str, within: Sql = TRUE) -> WireAnswer:
        """Answer a request for a resource path (percent-decoded, without a slash in front).

        ``within`` is a condition beside ``$filter`` that a list has to meet.
        """
        try:
            return self._read(path, options, accept, within)
        except ODataError as error:
            return error_answer(error, options, accept)

    def _read(self, path: str, options: Mapping[str, str], accept: str, within: Sql) -> WireAnswer:
        form = self._json if wants_json(options, accept) else self._atom
        if not path:
            return odata_answer(form.service_document(), form.content_type)
        if path == "$metadata":
            return odata_answer(metadata_document(self._model), self._atom.content_type)
        if path == "$batch":
            raise ODataError(HTTPStatus.NOT_IMPLEMENTED, "Batch requests are not supported.")
        found = resolve(read_segments(path), self._model, self._reader)
        counted = found.part == "$count"
        effective = check_options(options, found.entity_set, single=found.single, counted=counted)
        if found.navigated:
            ignored = self._model.ignored_in_navigation
            effective = {name: text for name, text in effective.items() if name not in ignored}
        if found.part not in {"$value", "$count"} and not found.raw:
            _require_acceptable(options, accept)
        if found.single:
            return self._one(found, effective, accept, form)
        list_refusal = found.entity_set.list_refusal
        if list_refusal and not found.navigated:
            raise list_refusal.error()
        limited = replace(found, condition=all_of((found.condition, within)))
        if found.part == "$count":
            return self._count(limited, effective)
        return self._list(f"{self._root}/{quote(path)}", limited, effective, form)

    def _count(self, found: Target, options: Mapping[str, str]) -> WireAnswer:
        entity_set = found.entity_set
        if "$count" in entity_set.refused:
            raise entity_set.refused["$count"].error()
        wanted = filter_condition(options, PropertyPaths(self._model, entity_set), found.condition)
        return odata_answer(str(self._reader.count(entity_set, wanted)).encode(), PLAIN)

    def _list(
        self, address: str, found: Target, options: Mapping[str, str], form: JsonFormat | AtomFormat
    ) -> WireAnswer:
        wanted = read_selection(options, self._model, found.entity_set, found.condition)
        page = self._reader.page(wanted)
        next_address = None
        if page.delivered is not None:
            query = {**options, "$skiptoken": page.delivered}
            next_address = f"{address}?{urlencode(query, quote_via=quote, safe='$')}"
        return odata_answer(form.feed(page, next_address, address), form.content_type)

    def _one(
        self, found: Target, options: Mapping[str, str], accept: str, form: JsonFormat | AtomFormat
    ) -> WireAnswer:
        if found.part == "$value":
            return self._content(found, accept)
        entity_set = found.entity_set
        if entity_set.entity_refusal:
            raise entity_set.entity_refusal.error()
        shown = read_shape(
            self._model, entity_set, found.part or options.get("$select"), options.get("$expand")
        )
        entity = self._reader.entity(shown, found.condition)
        if entity is None:
            return _nothing(found)
        if found.part is None:
            return odata_answer(form.entry(entity), form.content_type)
        if found.raw:
            return _raw(entity, found.part)
        return odata_answer(form.single_property(entity, found.part), form.content_type)

    def _content(self, found: Target, accept: str) -> WireAnswer:
        content = self._reader.content(found.entity_set, found.condition)
        if content is None:
            return _nothing(found)
        if found.entity_set.content_without_json and JSON in accept:
            raise ODataError(HTTPStatus.NOT_ACCEPTABLE, "The content is not served as JSON.")
        if content.name is None:
            return odata_answer(content.content, content.content_type)
        return file_answer(content.content, content.content_type, content.name)


def wants_json(options: Mapping[str, str], accept: str) -> bool:
    """Tell whether a caller wants JSON; a ``$format`` that there is outweighs the header ``Accept``.

    Of several types in the header the one of the highest quality counts, and of those the first.
    """
    explicit = options.get("$format")
    if explicit in FORMATS:
        return explicit == "json"
    served = (each for each in _media_ranges(accept) if each in SERVED)
    return next(served, "") == JSON


def _require_acceptable(options: Mapping[str, str], accept: str) -> None:
    """Raise ODataError where nothing of what is accepted is served (assumed, after Olingo)."""
    ranges = _media_ranges(accept)
    if ranges and options.get("$format") not in FORMATS and not SERVED.intersection(ranges):
        raise ODataError(HTTPStatus.NOT_ACCEPTABLE, f"Not supported accept header: '{accept}'.")


def _media_ranges(accept: str) -> list[str]:
    """Return the types of a header ``Accept``, the best ones first, without their parameters."""
    found: list[tuple[float, str]] = []
    for each in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in each.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        weight = float(quality) if QUALITY.fullmatch(quality) else 1.0
        if media_type and weight:
            found.append((weight, media_type))
    return [media_type for _, media_type in sorted(found, key=lambda each: -each[0])]


def error_answer(error: ODataError, options: Mapping[str, str], accept: str) -> WireAnswer:
    """Answer with an error, in XML unless JSON is asked for (wire-facts 5.1)."""
    if wants_json(options, accept):
        return odata_answer(error.as_json(), f"{JSON};charset=utf-8", error.status)
    return odata_answer(error.as_xml(), "application/xml;charset=utf-8", error.status)


def without_body(status: HTTPStatus) -> WireAnswer:
    """Make the answer to a change that says nothing but its status."""
    return WireAnswer(status, (("dataserviceversion", "2.0"), ("content-length", "0")))


def odata_answer(body: bytes, content_type: str, status: int = HTTPStatus.OK) -> WireAnswer:
    """Answer with the headers of an OData service."""
    headers = (("content-type", content_type), ("dataserviceversion", "2.0"))
    return WireAnswer(status, (*headers, ("content-length", str(len(body)))), body)


def file_answer(content: bytes, content_type: str, name: str) -> WireAnswer:
    """Answer with a file, its name as Piper's source expects it (wire-facts 5.6)."""
    answer = odata_answer(content, content_type)
    disposition = ("content-disposition", f"attachment; filename={_file_name(name)}")
    return replace(answer, headers=(*answer.headers, disposition))


def _file_name(name: str) -> str:
    """Return a name as a parameter of a header: in quotes where it is no token of RFC 9110."""
    plain = quote(name, safe=" !#$&'()+,;=@[]{}~")
    return plain if re.fullmatch(r"[\w.~!#$&'+-]+", plain, re.ASCII) else f'"{plain}"'


def _nothing(found: Target) -> WireAnswer:
    """Answer where a navigation ends at no entity (204, wire-facts 5.2), or the key is unknown (404)."""
    if found.navigated:
        return WireAnswer(HTTPStatus.NO_CONTENT, (("dataserviceversion", "2.0"),))
    raise entity_not_found(found.entity_set)


def _raw(entity: Entity, name: str) -> WireAnswer:
    shown = entity.shape.entity_set.type.property(name)
    value = entity.values.get(name)
    if not isinstance(shown, Property) or value is None:
        raise ODataError(HTTPStatus.NOT_FOUND, f"The property {name} has no value.")
    return odata_answer(as_text(shown.type, shown.scale, value).encode(), PLAIN)
