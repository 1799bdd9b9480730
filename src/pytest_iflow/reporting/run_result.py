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
    scenarios          objects with the fields of ScenarioResult; "steps" with those of StepResult
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.atomic_file import replace_text
from pytest_iflow.reporting.json_object import JsonObject

StepStatus = Literal["passed", "failed", "skipped", "undefined"]
ScenarioStatus = Literal["passed", "failed", "broken", "skipped", "not run"]
Verdict = Literal["passed", "failed", "nothing ran", "interrupted"]

SCHEMA = 1
STEP_STATUSES: tuple[StepStatus, ...] = ("passed", "failed", "skipped", "undefined")
SCENARIO_STATUSES: tuple[ScenarioStatus, ...] = ("passed", "failed", "broken", "skipped", "not run")


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of a scenario as it ran; ``line`` is its line in the feature file."""

    keyword: str
    text: str
    line: int
    status: StepStatus
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the step in plain JSON types."""
        return {
            "keyword": self.keyword,
            "text": self.text,
            "line": self.line,
            "status": self.status,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, data: JsonObject) -> StepResult:
        """Return the step that ``to_dict`` wrote; raises UnfitJsonError."""
        return cls(
            keyword=data.text("keyword"),
            text=data.text("text"),
            line=data.integer("line"),
            status=data.one_of("status", STEP_STATUSES),
            seconds=data.number("seconds"),
        )


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """One scenario, or one example row of an outline, as it ran; all texts are masked already.

    ``file`` is relative to the rootdir, with forward slashes. ``message`` is the cause of a status
    other than passed, the reason of a skip included; "not run" is what a broken environment kept from
    running. ``exchange`` is readable request and response, ``message_log`` what the tenant knows about the
    message; both are empty for a scenario that passed. ``monitoring_requests`` counts the questions to the
    tenant's API.
    """

    node_id: str
    feature: str
    rule: str | None
    scenario: str
    example: Mapping[str, str]
    file: str
    line: int
    tags: tuple[str, ...]
    status: ScenarioStatus
    seconds: float
    message: str
    exchange: str
    steps: tuple[StepResult, ...]
    message_log: str = ""
    monitoring_requests: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the scenario in plain JSON types, fit to travel from an xdist worker."""
        return {
            "node_id": self.node_id,
            "feature": self.feature,
            "rule": self.rule,
            "scenario": self.scenario,
            "example": dict(self.example),
            "file": self.file,
            "line": self.line,
            "tags": list(self.tags),
            "status": self.status,
            "seconds": self.seconds,
            "message": self.message,
            "exchange": self.exchange,
            "steps": [step.to_dict() for step in self.steps],
            "message_log": self.message_log,
            "monitoring_requests": self.monitoring_requests,
        }

    @classmethod
    def from_dict(cls, data: object) -> ScenarioResult:
        """Return the scenario that ``to_dict`` wrote; raises UnfitJsonError."""
        return cls.from_json(JsonObject(data))

    @classmethod
    def from_json(cls, data: JsonObject) -> ScenarioResult:
        """Return the scenario that stands in a document; raises UnfitJsonError."""
        return cls(
            node_id=data.text("node_id"),
            feature=data.text("feature"),
            rule=data.text_or_none("rule"),
            scenario=data.text("scenario"),
            example=data.text_by_name("example"),
            file=data.text("file"),
            line=data.integer("line"),
            tags=data.texts("tags"),
            status=data.one_of("status", SCENARIO_STATUSES),
            seconds=data.number("seconds"),
            message=data.text("message"),
            exchange=data.text("exchange"),
            steps=tuple(StepResult.from_json(step) for step in data.objects("steps")),
            message_log=data.later_text("message_log"),
            monitoring_requests=data.later_integer("monitoring_requests"),
        )


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
        """Return the one word for the run; what went wrong outweighs that the run was cut short."""
        counts = self.counts
        if counts["failed"] or counts["broken"] or self.collection_errors:
            return "failed"
        if self.interrupted:
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
            "scenarios": [scenario.to_dict() for scenario in self.scenarios],
        }

    @classmethod
    def from_dict(cls, data: object) -> RunResult:
        """Return the run that ``to_dict`` wrote; raises ValueError, which says what does not fit."""
        document = JsonObject(data)
        if (schema := document.integer("schema")) != SCHEMA:
            raise ValueError(f"it is written in schema {schema}, this version reads schema {SCHEMA}")
        return cls(
            tenant=document.text("tenant"),
            environment=document.text("environment"),
            started=datetime.fromisoformat(document.text("started")),
            seconds=document.number("seconds"),
            scenarios=tuple(map(ScenarioResult.from_json, document.objects("scenarios"))),
            hosts=document.text_by_name("hosts"),
            versions=document.text_by_name("versions"),
            interrupted=document.flag("interrupted"),
            collection_errors=document.texts("collection_errors"),
            environment_problems=document.later_texts("environment_problems"),
        )

    def write(self, path: Path) -> None:
        """Write the run as ``summary.json``, in one move."""
        replace_text(path, json.dumps(self.to_dict(), ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> RunResult:
        """Read a ``summary.json``; raises IflowError if the file is broken or somebody else's."""
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, OverflowError, RecursionError) as error:
            raise IflowError(
                f"The summary of a run cannot be read: {error}",
                where=str(path),
                remedy="Run the suite of this tenant and environment again: the run writes the file anew.",
            ) from error
