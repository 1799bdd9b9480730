"""Transactions of processes: what is undone where a process fails, and what leaves only when it ends.

A process, or a local one, has *Required for JDBC* or *Required for JMS*: data stores and variables follow the
first, queues the second. A local process may use that of who calls it (SAP's pages "Define Transaction
Handling" and "Transaction Handling Characteristics and Restrictions").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from pytest_iflow.iflow_engine.failures import EscalatedError, TerminatedError
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_model.flow import Process
from pytest_iflow.iflow_model.kinds import variant_of

Resource = Literal["JDBC", "JMS"]

_RESOURCES: dict[str, Resource] = {"Required": "JDBC", "Required JMS": "JMS"}
"""The values of the property in public packages."""


class Transactions:
    """The transactions of one message in one flow; those of processes within each other join."""

    def __init__(self) -> None:
        self._open: set[Resource] = set()
        self._undo: list[Callable[[], None]] = []
        self._later: list[Callable[[], None]] = []

    @contextmanager
    def of(self, process: Process, settings: Settings) -> Iterator[None]:
        """Hold the transaction of a process: end it as the process ends, which an error sub-process may mend.

        That an escalation or a terminate end does not roll it back is assumed.
        """
        resource = _resource(process, settings)
        if resource is None or resource in self._open:
            yield
            return
        self._open.add(resource)
        try:
            yield
        except (EscalatedError, TerminatedError):
            self._end(resource, commits=True)
            raise
        except BaseException:
            self._end(resource, commits=False)
            raise
        self._end(resource, commits=True)

    def note_change(self, undo: Callable[[], None]) -> None:
        """Remember how to undo a change in a data store or of a variable."""
        if "JDBC" in self._open:
            self._undo.append(undo)

    def send(self, send: Callable[[], None]) -> None:
        """Put a message into a queue: at once, or when the transaction ends well."""
        if "JMS" in self._open:
            self._later.append(send)
        else:
            send()

    def _end(self, resource: Resource, *, commits: bool) -> None:
        self._open.discard(resource)
        if resource == "JDBC":
            actions, self._undo = self._undo[::-1], []
            commits = not commits
        else:
            actions, self._later = self._later, []
        if commits:
            for act in actions:
                act()


def _resource(process: Process, settings: Settings) -> Resource | None:
    """Return what a process has a transaction for; version 1.0 had one without saying so (SAP's page)."""
    said = settings.text("transactionalHandling")
    version = variant_of(process.properties.get("cmdVariantUri", ""))[1]
    if not said and process.kind == "main" and version.startswith("1.0"):
        return "JDBC"
    return _RESOURCES.get(said)
