"""The addresses of entities below a service's root."""

from __future__ import annotations

from urllib.parse import quote

from pytest_iflow.emulator.odata.edm import uri_literal
from pytest_iflow.emulator.odata.model import columns
from pytest_iflow.emulator.odata.reader import Entity

UNRESERVED_IN_KEY = "'$!*(),:"


def entity_path(entity: Entity) -> str:
    """Return the path of an entity below the root: ``Products('HT-1')``, percent-encoded."""
    entity_set = entity.shape.entity_set
    properties = columns(entity_set.type)
    literals = {
        name: quote(uri_literal(properties[name].type, entity.values[name]), safe=UNRESERVED_IN_KEY)
        for name in entity_set.type.key
    }
    if len(literals) == 1:
        return f"{entity_set.name}({next(iter(literals.values()))})"
    return f"{entity_set.name}({','.join(f'{name}={literal}' for name, literal in literals.items())})"
