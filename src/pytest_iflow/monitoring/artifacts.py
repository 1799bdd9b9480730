"""What is deployed in the tenant, and where it answers (wire-facts 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pytest_iflow.monitoring.message_log import text
from pytest_iflow.monitoring.wire_date import read_date

_ADDRESS = "$endpointAddress="


@dataclass(frozen=True, slots=True)
class RuntimeArtifact:
    """A deployed artifact; ``status`` is STARTED, STARTING, ERROR or STOPPING (wire-facts 5.3)."""

    id: str
    version: str
    name: str
    type: str
    status: str
    deployed_on: datetime | None
    deployed_by: str

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> RuntimeArtifact:
        """Read an entity of IntegrationRuntimeArtifacts."""
        return cls(
            id=text(entity, "Id"),
            version=text(entity, "Version"),
            name=text(entity, "Name"),
            type=text(entity, "Type"),
            status=text(entity, "Status"),
            deployed_on=read_date(entity.get("DeployedOn")),
            deployed_by=text(entity, "DeployedBy"),
        )


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """An endpoint of an iFlow with all its entry points.

    ``iflow`` and ``address`` are the two halves of its id, ``<iflow>$endpointAddress=<address>``;
    ``protocol`` is REST, SOAP, AS2 and so on, ``urls`` are the addresses of its entry points.
    """

    iflow: str
    name: str
    title: str
    version: str
    protocol: str
    updated: datetime | None
    urls: tuple[str, ...]
    address: str

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> ServiceEndpoint:
        """Read an entity of ServiceEndpoints with its entry points expanded."""
        iflow, _, address = text(entity, "Id").partition(_ADDRESS)
        entry_points = (entity.get("EntryPoints") or {}).get("results", ())
        return cls(
            iflow=iflow,
            name=text(entity, "Name"),
            title=text(entity, "Title"),
            version=text(entity, "Version"),
            protocol=text(entity, "Protocol"),
            updated=read_date(entity.get("LastUpdated")),
            urls=tuple(text(point, "Url") for point in entry_points),
            address=address,
        )
