"""Entities as verbose JSON and as Atom, the two formats of OData V2 (wire-facts 5.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from lxml import etree

from pytest_iflow.emulator.odata.edm import EdmType, Value, as_json, as_text, uri_literal
from pytest_iflow.emulator.odata.model import (
    METADATA_NAMESPACE,
    ComplexProperty,
    EntityType,
    Model,
    Property,
    columns,
)
from pytest_iflow.emulator.odata.reader import Entity, Page

UNRESERVED_IN_KEY = "'$!*(),:="
ATOM = "http://www.w3.org/2005/Atom"
APP = "http://www.w3.org/2007/app"
DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
SCHEME = f"{DATA}/scheme"
RELATED = f"{DATA}/related/"
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
# XML has no place for the control characters that a message may bring along.
NOT_IN_XML = dict.fromkeys(
    [*(set(range(0x20)) - {0x09, 0x0A, 0x0D}), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF],
    "\N{REPLACEMENT CHARACTER}",
)


def entity_path(entity: Entity) -> str:
    """Return the path of an entity below the root: ``Products('HT-1')``, percent-encoded."""
    entity_set = entity.shape.entity_set
    return f"{entity_set.name}({quoted_key(entity_set.type, entity.values)})"


def quoted_key(entity_type: EntityType, values: Mapping[str, Value]) -> str:
    """Return a key as it stands in an address between the brackets, percent-encoded."""
    return quote(key_literal(entity_type, values), safe=UNRESERVED_IN_KEY)


def key_literal(entity_type: EntityType, values: Mapping[str, Value]) -> str:
    """Return a key as it stands between the brackets: ``'HT-1'``, or ``Name='A',Floor=1``."""
    properties = columns(entity_type)
    literals = {name: uri_literal(properties[name].type, values[name]) for name in entity_type.key}
    if len(literals) == 1:
        return next(iter(literals.values()))
    return ",".join(f"{name}={literal}" for name, literal in literals.items())


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """Renders what a service with this root and model has read."""

    root: str
    model: Model
    content_type: str = "application/json;charset=utf-8"

    def feed(self, page: Page, next_address: str | None, _address: str) -> bytes:
        """Render ``{"d":{"results":[…]}}``, with ``__count`` (a string) and ``__next`` if there are such."""
        content: dict[str, Any] = {}
        if page.count is not None:
            content["__count"] = str(page.count)
        content["results"] = [self._entity(each) for each in page.entities]
        if next_address is not None:
            content["__next"] = next_address
        return _json_document(content)

    def entry(self, entity: Entity) -> bytes:
        """Render ``{"d":{…}}``."""
        return _json_document(self._entity(entity))

    def single_property(self, entity: Entity, name: str) -> bytes:
        """Render ``{"d":{"<name>":…}}``."""
        return _json_document({name: self._value(entity, name)})

    def service_document(self) -> bytes:
        """Render the names of all entity sets."""
        return _json_document({"EntitySets": [each.name for each in self.model.sets]})

    def _entity(self, entity: Entity) -> dict[str, Any]:
        entity_type = entity.shape.entity_set.type
        address = f"{self.root}/{entity_path(entity)}"
        metadata = {"id": address, "uri": address, "type": f"{self.model.namespace}.{entity_type.name}"}
        if entity_type.media:
            content = f"{address}/$value"
            metadata |= {"content_type": "application/octet-stream", "media_src": content}
        members: dict[str, Any] = {"__metadata": metadata}
        members |= {name: self._value(entity, name) for name in entity.shape.properties}
        members |= {name: {"__deferred": {"uri": f"{address}/{name}"}} for name in entity.shape.deferred}
        members |= {name: self._expanded(inner) for name, inner in entity.expanded.items()}
        return members

    def _expanded(self, inner: list[Entity] | Entity | None) -> Any:
        if isinstance(inner, list):
            return {"results": [self._entity(each) for each in inner]}
        return None if inner is None else self._entity(inner)

    def _value(self, entity: Entity, name: str) -> Any:
        shown = entity.shape.entity_set.type.property(name)
        if isinstance(shown, Property):
            return as_json(shown.type, shown.scale, entity.values[name])
        if isinstance(shown, ComplexProperty):
            metadata = {"type": f"{self.model.namespace}.{shown.type_name}"}
            return {"__metadata": metadata} | {
                each.name: as_json(each.type, each.scale, entity.values[f"{name}/{each.name}"])
                for each in shown.properties
            }
        return None


def _json_document(content: object) -> bytes:
    return json.dumps({"d": content}, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class AtomFormat:
    """Renders what a service with this root and model has read."""

    root: str
    model: Model
    content_type: str = "application/xml;charset=utf-8"

    def feed(self, page: Page, next_address: str | None, address: str) -> bytes:
        """Render a feed, with ``m:count`` and a link to the next page if there are such."""
        feed = _root("feed")
        if page.count is not None:
            _child(feed, METADATA_NAMESPACE, "count", str(page.count))
        self._fill_feed(feed, page.entities, address)
        if next_address is not None:
            _child(feed, ATOM, "link", rel="next", href=next_address)
        return _xml_document(feed)

    def entry(self, entity: Entity) -> bytes:
        """Render an entry."""
        entry = _root("entry")
        self._fill_entry(entry, entity)
        return _xml_document(entry)

    def single_property(self, entity: Entity, name: str) -> bytes:
        """Render one element."""
        entry = _root("entry")
        self._property(entry, entity, name)
        return _xml_document(entry[0])

    def service_document(self) -> bytes:
        """Render the collections that the service has."""
        service = etree.Element(f"{{{APP}}}service", nsmap={None: APP, "atom": ATOM})
        service.set(XML_BASE, f"{self.root}/")
        workspace = _child(service, APP, "workspace")
        _child(workspace, ATOM, "title", "Default")
        for each in self.model.sets:
            collection = _child(workspace, APP, "collection", href=each.name)
            _child(collection, ATOM, "title", each.name)
        return _xml_document(service)

    def _fill_feed(self, feed: etree._Element, entities: list[Entity], address: str) -> None:
        _head(feed, address, unquote(address.rpartition("/")[2]))
        for each in entities:
            self._fill_entry(_child(feed, ATOM, "entry"), each)

    def _fill_entry(self, entry: etree._Element, entity: Entity) -> None:
        entity_type = entity.shape.entity_set.type
        path = entity_path(entity)
        address = f"{self.root}/{path}"
        _head(entry, address, unquote(path))
        _child(entry, ATOM, "category", term=f"{self.model.namespace}.{entity_type.name}", scheme=SCHEME)
        for navigation in entity_type.navigations:
            if navigation.name in entity.shape.deferred or navigation.name in entity.expanded:
                self._link(entry, entity, navigation.name, navigation.many)
        holder = entry
        if entity_type.media:
            _child(entry, ATOM, "content", type="application/octet-stream", src=f"{address}/$value")
        else:
            holder = _child(entry, ATOM, "content", type="application/xml")
        properties = _child(holder, METADATA_NAMESPACE, "properties")
        for name in entity.shape.properties:
            self._property(properties, entity, name)

    def _link(self, entry: etree._Element, entity: Entity, name: str, many: bool) -> None:
        address = f"{self.root}/{entity_path(entity)}/{name}"
        kind = f"application/atom+xml;type={'feed' if many else 'entry'}"
        link = _child(entry, ATOM, "link", rel=RELATED + name, type=kind, title=name, href=address)
        if name not in entity.expanded:
            return
        inline = _child(link, METADATA_NAMESPACE, "inline")
        inner = entity.expanded[name]
        if isinstance(inner, list):
            self._fill_feed(_child(inline, ATOM, "feed"), inner, address)
        elif inner is not None:
            self._fill_entry(_child(inline, ATOM, "entry"), inner)

    def _property(self, parent: etree._Element, entity: Entity, name: str) -> None:
        shown = entity.shape.entity_set.type.property(name)
        if isinstance(shown, ComplexProperty):
            holder = _child(parent, DATA, name)
            holder.set(f"{{{METADATA_NAMESPACE}}}type", f"{self.model.namespace}.{shown.type_name}")
            for each in shown.properties:
                _simple(holder, each, entity.values[f"{name}/{each.name}"])
        elif shown is not None:
            _simple(parent, shown, entity.values[name])


def _root(name: str) -> etree._Element:
    return etree.Element(f"{{{ATOM}}}{name}", nsmap={None: ATOM, "m": METADATA_NAMESPACE, "d": DATA})


def _child(
    parent: etree._Element, namespace: str, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    child = etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    child.text = text
    return child


def _head(element: etree._Element, identifier: str, title: str) -> None:
    _child(element, ATOM, "id", identifier)
    _child(element, ATOM, "title", title.translate(NOT_IN_XML), type="text")
    _child(element, ATOM, "updated", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _simple(parent: etree._Element, shown: Property, value: Value) -> None:
    element = _child(parent, DATA, shown.name)
    if shown.type is not EdmType.STRING:
        element.set(f"{{{METADATA_NAMESPACE}}}type", shown.type)
    if value is None:
        element.set(f"{{{METADATA_NAMESPACE}}}null", "true")
    else:
        element.text = as_text(shown.type, shown.scale, value).translate(NOT_IN_XML)


def _xml_document(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="utf-8", xml_declaration=True)
