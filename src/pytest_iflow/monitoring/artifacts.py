"""What is deployed, where it answers (wire-facts 5.3), and whether it is what a feature expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pytest_iflow.errors import CheckError, closest_names
from pytest_iflow.monitoring.odata import Entity, date_at, read_by, text, text_at

_ADDRESS = "$endpointAddress="


@dataclass(frozen=True, slots=True)
class RuntimeArtifact(Entity):
    """A deployed artifact; ``status`` is STARTED, STARTING, ERROR or STOPPING (wire-facts 5.3)."""

    id: str = text_at("Id")
    version: str = text_at("Version")
    name: str = text_at("Name")
    type: str = text_at("Type")
    status: str = text_at("Status")
    deployed_on: datetime | None = date_at("DeployedOn")
    deployed_by: str = text_at("DeployedBy")


@dataclass(frozen=True, slots=True)
class ServiceEndpoint(Entity):
    """An endpoint of an iFlow with all its entry points, which have to be expanded.

    ``iflow`` and ``address`` are the two halves of its id, ``<iflow>$endpointAddress=<address>``. There the
    address has no slash in front, here it has one, as in a tenant file. ``protocol`` is REST, SOAP, AS2 and
    so on, ``urls`` are the addresses of its entry points.
    """

    iflow: str = read_by(lambda entity: text(entity, "Id").partition(_ADDRESS)[0])
    name: str = text_at("Name")
    title: str = text_at("Title")
    version: str = text_at("Version")
    protocol: str = text_at("Protocol")
    updated: datetime | None = date_at("LastUpdated")
    urls: tuple[str, ...] = read_by(
        lambda entity: tuple(
            text(each, "Url") for each in (entity.get("EntryPoints") or {}).get("results", ())
        )
    )
    address: str = read_by(lambda entity: f"/{text(entity, 'Id').partition(_ADDRESS)[2].removeprefix('/')}")

    @property
    def paths(self) -> Iterable[str]:
        """The paths of its addresses; the channel's pattern for whatever follows, ``/*``, included."""
        return (urlsplit(url).path for url in self.urls)


STARTED = "STARTED"


def find(wanted: str, artifacts: Sequence[RuntimeArtifact]) -> RuntimeArtifact | None:
    """Return the artifact whose id is ``wanted``, else the one with this name; None if there is none."""
    by_id = (artifact for artifact in artifacts if artifact.id == wanted)
    by_name = (artifact for artifact in artifacts if artifact.name == wanted)
    return next(by_id, None) or next(by_name, None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question after the names most like ``name``; empty if none is like it."""
    close = closest_names(name, set(known) - {name, ""})
    quoted = " or ".join(f'"{each}"' for each in close)
    return f"Did you mean {quoted}? " if close else ""


def require_deployed(name: str, wanted: str, artifacts: Sequence[RuntimeArtifact]) -> RuntimeArtifact:
    """Return what is deployed under the id or name ``wanted``; raises ``CheckError`` if nothing is.

    ``name`` is what features and tenant file call the iFlow.
    """
    artifact = find(wanted, artifacts)
    if artifact is None:
        known = {text for each in artifacts for text in (each.id, each.name)}
        raise CheckError(
            f'the iFlow "{name}" is not deployed',
            where=f"artifact {wanted}",
            remedy=f"{did_you_mean(wanted, known)}Deploy it, or correct artifact in the tenant file: "
            "the id of the iFlow as Manage Integration Content shows it",
        )
    return artifact


def require_started(name: str, artifact: RuntimeArtifact, error_of: Callable[[str], str | None]) -> None:
    """Raise ``CheckError``, with the tenant's own words, unless the artifact is started."""
    if artifact.status == STARTED:
        return
    said = error_of(artifact.id) if artifact.status == "ERROR" else None
    raise CheckError(
        f'the iFlow "{name}" is not started: its status is {artifact.status or "unknown"}'
        + (f" ({said})" if said else ""),
        where=f"artifact {artifact.id}, version {artifact.version}",
        remedy="see Manage Integration Content in the Monitor, and deploy it again",
    )


def require_version(name: str, artifact: RuntimeArtifact, version: str) -> None:
    """Raise ``CheckError`` unless the artifact is deployed in this version."""
    if artifact.version != version:
        raise CheckError(
            f'the iFlow "{name}" is deployed in version {artifact.version}, expected {version}',
            where=f"artifact {artifact.id}",
            remedy=f"deploy version {version}, or correct what is expected",
        )
