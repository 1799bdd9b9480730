"""What the page over all runs shows of each: the head of a ``summary.json``, its scenarios left unread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages.trend import VERDICTS
from pytest_iflow.results.atomic_file import read_text
from pytest_iflow.results.history.changes import RunChanges
from pytest_iflow.results.json_object import JsonObject, parse_json
from pytest_iflow.results.run_result import SCHEMA, RunResult, Verdict
from pytest_iflow.results.scenario_result import SCENARIO_STATUSES, ScenarioStatus


@dataclass(frozen=True, slots=True)
class RunHead:
    """Verdict, numbers and circumstances of a run; ``newly_failing`` is None for a first run."""

    verdict: Verdict
    counts: dict[ScenarioStatus, int]
    started: datetime
    seconds: float
    selection: str
    leaks: int
    newly_failing: int | None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a ``summary.json``; raises IflowError if the file is broken or somebody else's."""
        try:
            return cls._of(JsonObject(parse_json(read_text(path))))
        except (OSError, ValueError) as error:
            raise IflowError(
                f"The summary of a run cannot be read: {error}",
                where=str(path),
                remedy="Run the suite of this tenant and environment again: the run writes the file anew.",
            ) from error

    @classmethod
    def of(cls, run: RunResult) -> Self:
        """Return the head of a run that has no summary, for it was killed."""
        return cls._of(JsonObject(run.to_dict()))

    @classmethod
    def _of(cls, document: JsonObject) -> Self:
        if (schema := document.integer("schema")) != SCHEMA:
            raise ValueError(f"it is written in schema {schema}, this version reads schema {SCHEMA}")
        counts = document.later_object("counts") or JsonObject({})
        changes = document.later_object("changes")
        return cls(
            verdict=document.one_of("verdict", VERDICTS),
            counts={status: counts.later_integer(status) for status in SCENARIO_STATUSES},
            started=document.moment("started"),
            seconds=document.number("seconds"),
            selection=document.later_text("selection"),
            leaks=len(document.later_texts("leaks")),
            newly_failing=len(RunChanges.from_json(changes).of("newly failing")) if changes else None,
        )
