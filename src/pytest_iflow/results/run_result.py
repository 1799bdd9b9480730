"""What a run found out, and its form as ``summary.json``.

``summary.json`` is for machines and stable: within ``"schema": 1`` keys are added, never renamed,
removed or given another meaning. Times are seconds, moments are ISO 8601 in UTC, files are relative
to the rootdir with forward slashes. Keys of the document::

    schema             1
    tenant, environment
    verdict            passed | failed | nothing ran | interrupted   (follows from the rest)
    counts             {"passed": n, "failed": n, "broken": n, "skipped": n, "not run": n}   (follows, too)
    skip_reasons       reason: number of scenarios that were skipped for it   (follows, too)
    monitoring_requests  requests to the tenant's API that scenarios made   (follows, too)
    started, seconds, interrupted
    hosts, versions    name: text
    environment_problems  one text for each thing that was broken before the first scenario: none ran
    collection_errors  one text for each file that could not be collected
    selection          what the command line left out, as typed; empty for the whole suite
    artifacts          id of each artifact that is deployed on the tenant: its version
    runtime_version    version of the tenant's runtime; empty where nothing tells it
    leaks              one text for each secret that stands in a file of the run: file, place and kind
    unchecked_formats  formats of JSON Schema that nobody could check, each with its schema
    changes            what is other than in the run before, see history/changes.py; null for the first run
    scenarios          objects with the fields of ScenarioResult; "steps" with those of StepResult,
                       "calls" with those of CallResult. Python tests are among them, their kind is "test"
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pytest_iflow.errors import IflowError
from pytest_iflow.results.atomic_file import read_text, replace_text
from pytest_iflow.results.history.changes import RunChanges
from pytest_iflow.results.json_object import JsonObject, parse_json
from pytest_iflow.results.scenario_result import SCENARIO_STATUSES, ScenarioResult, ScenarioStatus

Verdict = Literal["passed", "failed", "nothing ran", "interrupted"]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run against one environment of one tenant; ``started`` is in UTC (ValueError if not).

    ``hosts`` maps a plane (token, runtime, api) to its host name, ``versions`` a product to its version.
    """

    tenant: str
    environment: str
    started: datetime
    seconds: float
    scenarios: tuple[ScenarioResult, ...]
    hosts: Mapping[str, str]
    versions: Mapping[str, str]
    interrupted: bool
    collection_errors: tuple[str, ...]
    environment_problems: tuple[str, ...] = ()
    selection: str = ""
    artifacts: Mapping[str, str] = field(default_factory=dict)
    runtime_version: str = ""
    leaks: tuple[str, ...] = ()
    unchecked_formats: tuple[str, ...] = ()
    changes: RunChanges | None = None

    def __post_init__(self) -> None:
        if self.started.utcoffset() != timedelta(0):
            raise ValueError(f"started is not a moment in UTC: {self.started}")

    @property
    def counts(self) -> dict[ScenarioStatus, int]:
        """Return the number of scenarios of each status, those of none included."""
        counts = dict.fromkeys(SCENARIO_STATUSES, 0)
        for scenario in self.scenarios:
            counts[scenario.status] += 1
        return counts

    @property
    def skip_reasons(self) -> dict[str, int]:
        """Return the number of skipped scenarios by the reason that they gave."""
        return dict(Counter(each.message for each in self.scenarios if each.status == "skipped"))

    @property
    def monitoring_requests(self) -> int:
        """Return how many requests to the tenant's API the scenarios made."""
        return sum(each.monitoring_requests for each in self.scenarios)

    @property
    def verdict(self) -> Verdict:
        """Return the one word for the run; part of a run gives no verdict on the whole, good or bad.

        A secret that leaked, and a file that could not be collected, are one all the same. A run that
        passed ran all that was selected: one with scenarios "not run" was cut short, too.
        """
        counts = self.counts
        if self.leaks or self.collection_errors:
            return "failed"
        if self.interrupted:
            return "interrupted"
        if counts["failed"] or counts["broken"]:
            return "failed"
        if counts["passed"] and counts["not run"]:
            return "interrupted"
        return "passed" if counts["passed"] else "nothing ran"

    def to_dict(self) -> dict[str, Any]:
        """Return the document that stands in ``summary.json``."""
        return {
            "schema": SCHEMA,
            "tenant": self.tenant,
            "environment": self.environment,
            "verdict": self.verdict,
            "counts": self.counts,
            "skip_reasons": self.skip_reasons,
            "monitoring_requests": self.monitoring_requests,
            "started": self.started.isoformat(),
            "seconds": self.seconds,
            "interrupted": self.interrupted,
            "hosts": dict(self.hosts),
            "versions": dict(self.versions),
            "environment_problems": list(self.environment_problems),
            "collection_errors": list(self.collection_errors),
            "selection": self.selection,
            "artifacts": dict(self.artifacts),
            "runtime_version": self.runtime_version,
            "leaks": list(self.leaks),
            "unchecked_formats": list(self.unchecked_formats),
            "changes": self.changes.to_dict() if self.changes else None,
            "scenarios": [scenario.to_dict() for scenario in self.scenarios],
        }

    @classmethod
    def from_dict(cls, data: object) -> RunResult:
        """Return the run that ``to_dict`` wrote; raises ValueError, which says what does not fit."""
        return cls.from_json(JsonObject(data))

    @classmethod
    def from_json(cls, document: JsonObject) -> RunResult:
        """Return the run that stands in a document; raises ValueError, which says what does not fit."""
        if (schema := document.integer("schema")) != SCHEMA:
            raise ValueError(f"it is written in schema {schema}, this version reads schema {SCHEMA}")
        return cls(
            tenant=document.text("tenant"),
            environment=document.text("environment"),
            started=document.moment("started"),
            seconds=document.number("seconds"),
            scenarios=tuple(map(ScenarioResult.from_json, document.objects("scenarios"))),
            hosts=document.text_by_name("hosts"),
            versions=document.text_by_name("versions"),
            interrupted=document.flag("interrupted"),
            collection_errors=document.texts("collection_errors"),
            environment_problems=document.later_texts("environment_problems"),
            selection=document.later_text("selection"),
            artifacts=document.later_text_by_name("artifacts"),
            runtime_version=document.later_text("runtime_version"),
            leaks=document.later_texts("leaks"),
            unchecked_formats=document.later_texts("unchecked_formats"),
            changes=RunChanges.from_json(changes) if (changes := document.later_object("changes")) else None,
        )

    def write(self, path: Path) -> None:
        """Write the run as ``summary.json``, in one move."""
        replace_text(path, json.dumps(self.to_dict(), ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> RunResult:
        """Read a ``summary.json``; raises IflowError if the file is broken or somebody else's."""
        try:
            return cls.from_dict(parse_json(read_text(path)))
        except (OSError, ValueError) as error:
            raise IflowError(
                f"The summary of a run cannot be read: {error}",
                where=str(path),
                remedy="Run the suite of this tenant and environment again: the run writes the file anew.",
            ) from error
