"""What is deployed, judged: whether an iFlow is there, started, and in the version that is expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_iflow.errors import CheckError
from pytest_iflow.tenants.nearest import closest

if TYPE_CHECKING:  # the plugin's own start needs none of it
    from pytest_iflow.monitoring.artifacts import RuntimeArtifact
    from pytest_iflow.monitoring.monitor import Monitor

STARTED = "STARTED"


def find(wanted: str, artifacts: Sequence[RuntimeArtifact]) -> RuntimeArtifact | None:
    """Return the artifact whose id is ``wanted``, else the one with this name; None if there is none."""
    by_id = (artifact for artifact in artifacts if artifact.id == wanted)
    by_name = (artifact for artifact in artifacts if artifact.name == wanted)
    return next(by_id, None) or next(by_name, None)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question after the names most like ``name``; empty if none is like it."""
    close = closest(name, set(known) - {name, ""})
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


def require_started(name: str, artifact: RuntimeArtifact, monitor: Monitor) -> None:
    """Raise ``CheckError``, with the tenant's own words, unless the artifact is started."""
    if artifact.status == STARTED:
        return
    said = monitor.artifact_error(artifact.id) if artifact.status == "ERROR" else None
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
