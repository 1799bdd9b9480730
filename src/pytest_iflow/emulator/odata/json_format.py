"""Entities as verbose JSON, the format of OData V2 that says ``d`` (wire-facts 5.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pytest_iflow.emulator.odata.addresses import entity_path
from pytest_iflow.emulator.odata.edm import as_json
from pytest_iflow.emulator.odata.model import ComplexProperty, Model, Property
from pytest_iflow.emulator.odata.reader import Entity, Page


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
        return _document(content)

    def entry(self, entity: Entity) -> bytes:
        """Render ``{"d":{…}}``."""
        return _document(self._entity(entity))

    def single_property(self, entity: Entity, name: str) -> bytes:
        """Render ``{"d":{"<name>":…}}``."""
        return _document({name: self._value(entity, name)})

    def service_document(self) -> bytes:
        """Render the names of all entity sets."""
        return _document({"EntitySets": [each.name for each in self.model.sets]})

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


def _document(content: object) -> bytes:
    return json.dumps({"d": content}, ensure_ascii=False, separators=(",", ":")).encode()
