"""What changed on a tenant between two runs: versions of artifacts and of its runtime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

MOST_NAMED = 3
"""Updates that are named in one sentence about a scenario."""


class DeployedAt(Protocol):
    """A run, past or present, with what was deployed then."""

    @property
    def artifacts(self) -> Mapping[str, str]:
        """Version by artifact id; empty where nobody asked."""
        ...

    @property
    def runtime_version(self) -> str:
        """Version of the runtime; empty where nobody told it."""
        ...


def artifact_updates(before: DeployedAt, after: DeployedAt) -> dict[str, str]:
    """Return a sentence for each artifact with another version, by its id; none where a run knows none."""
    if not before.artifacts or not after.artifacts:
        return {}
    return {
        name: _sentence(name, before.artifacts.get(name), after.artifacts.get(name))
        for name in sorted(before.artifacts.keys() | after.artifacts.keys())
        if before.artifacts.get(name) != after.artifacts.get(name)
    }


def runtime_update(before: DeployedAt, after: DeployedAt) -> tuple[str, ...]:
    """Return the sentence on another version of the runtime; none where it is the same or not known."""
    was, now = before.runtime_version, after.runtime_version
    return (f"the tenant's runtime is {now}, was {was}",) if was and now and was != now else ()


def updates_for(before: DeployedAt, after: DeployedAt, iflows: Iterable[str]) -> str:
    """Return in one sentence what may have broken a scenario that calls ``iflows``; empty if unknown.

    An update of what it calls is named alone; without one all updates are, up to ``MOST_NAMED``.
    """
    artifacts = artifact_updates(before, after)
    called = [artifacts[name] for name in iflows if name in artifacts]
    sentences = [*runtime_update(before, after), *(called or artifacts.values())]
    more = len(sentences) - MOST_NAMED
    return "; ".join(sentences[:MOST_NAMED]) + (f"; and {more} more updates" if more > 0 else "")


def _sentence(name: str, was: str | None, now: str | None) -> str:
    if was is None:
        return f"{name} is deployed in version {now}, was not deployed"
    if now is None:
        return f"{name} is not deployed any more, was version {was}"
    return f"{name} is deployed in version {now}, was {was}"
