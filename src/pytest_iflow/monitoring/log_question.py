"""What a message log is looked for by, alone or together with others, and which logs are the ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.odata import instant, literal

MOST_CANDIDATES = 50
"""Logs that are read for one question."""


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """What a message log is looked for by; what is empty or None does not matter.

    It is either ``message_id``, or the others: ``iflow`` is the id of the artifact, and the log starts from
    ``begin`` to ``end``, by the tenant's clock.
    """

    message_id: str = ""
    application_id: str = ""
    iflow: str = ""
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def filter(self) -> str:
        """The question as a ``$filter``."""
        return " and ".join((*self._of_iflow, *self._own_clauses))

    @property
    def kind(self) -> tuple[bool, str]:
        """Questions of one kind can be asked together."""
        return bool(self.message_id), self.iflow

    @property
    def own_part(self) -> str:
        """What distinguishes it from other questions of its kind, between brackets if need be."""
        clauses = self._own_clauses if self.end or not self.application_id else self._own_clauses[:1]
        return f"({' and '.join(clauses)})" if len(clauses) > 1 else clauses[0]

    def together(self, others: Iterable[LogQuestion]) -> str:
        """Return a ``$filter`` that fits every log that this question fits or one of ``others`` of its kind.

        That a tenant takes such a filter is assumed: SAP shows ``and`` and comparisons (wire-facts 5.2).
        """
        all_of_them = (self, *others)
        begins = [each.begin for each in all_of_them if each.begin]
        since = [f"LogStart ge {instant(min(begins))}"] if begins else []
        any_of_them = " or ".join(each.own_part for each in all_of_them)
        return " and ".join((*self._of_iflow, *since, f"({any_of_them})"))

    @property
    def _of_iflow(self) -> tuple[str, ...]:
        return (f"IntegrationArtifact/Id eq {literal(self.iflow)}",) if self.iflow else ()

    @property
    def _own_clauses(self) -> list[str]:
        if self.message_id:
            return [f"MessageGuid eq {literal(self.message_id)}"]
        clauses = [f"ApplicationMessageId eq {literal(self.application_id)}"] if self.application_id else []
        clauses += [f"LogStart ge {instant(self.begin)}"] if self.begin else []
        return clauses + ([f"LogStart le {instant(self.end)}"] if self.end else [])

    def fits(self, log: MessageLog) -> bool:
        """Tell whether a log is one that the tenant would give for ``filter``."""
        start = instant(log.start)  # as precise as what the tenant was asked for
        return (
            (not self.message_id or log.message_id == self.message_id)
            and (not self.application_id or log.application_id == self.application_id)
            and (not self.iflow or log.iflow == self.iflow)
            and (self.begin is None or start >= instant(self.begin))
            and (self.end is None or start <= instant(self.end))
        )
