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
    other_environments  tenant/environment: number of scenarios that called it, too   (follows, too)
    started, seconds, interrupted
    hosts, versions    name: text
    environment_problems  one text for each thing that was broken before the first scenario: none ran
    collection_errors  one text for each file that could not be collected
    selection          what the command line left out, as typed; empty for the whole suite
    shard              the part of the suite that this machine ran, such as "2/4"; empty for all of it
    artifacts          id of each artifact that is deployed on the tenant: its version
    runtime_version    version of the tenant's runtime; empty where nothing tells it
    leaks              one text for each secret that stands in a file of the run: file, place and kind
    unchecked_formats  formats and keywords of JSON Schema that nobody checked, each with its schema
    written_goldens    name of each golden message that the run wrote (--update-golden)
    flow_coverage      of each exported iFlow that the engine of the local tenant ran: its name, and how many
                       of its branches and steps were passed; such a run is of an engine, not of SAP, unless
                       flow_coverage_source is there
    flow_coverage_source  what flow_coverage of a tenant is based on, such as its message logs
    changes            what is other than in the run before, see changes.py; null for the first run
    scenarios          objects with the fields of ScenarioResult; "steps" with those of StepResult,
                       "calls" with those of CallResult. Python tests are among them, their kind is "test"
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from msgspec import Struct, field

from pytest_iflow.errors import IflowError
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.files import replace_file
from pytest_iflow.results.json_format import Moment, Seconds, decode, encode, keep_in_utc, values_by_field
from pytest_iflow.results.scenario_result import RED, SCENARIO_STATUSES, ScenarioResult, ScenarioStatus
from pytest_iflow.tenants.suite_files import open_regular, read_regular

Verdict = Literal["passed", "failed", "nothing ran", "interrupted"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

SCHEMA = 1

ENGINE = "engine, not SAP"
"""How a run is marked whose iFlows the engine of the local tenant ran."""

_SCENARIOS = b',"scenarios":['
"""What stands before the first scenario; within a text its quotes would be escaped."""
_BLOCK = 256 * 1024
"""Bytes of a document that are read at once."""

_Kind = TypeVar("_Kind")


class FlowCount(Struct, frozen=True, omit_defaults=True):
    """How much of a flow was passed: branches, and steps.

    Of ``branches_unknown`` nothing tells whether they were passed; they count as not passed.
    """

    name: str
    branches_passed: int
    branches: int
    steps_passed: int
    steps: int
    branches_unknown: int = 0

    def __str__(self) -> str:
        """Say it in a few words."""
        unknown = f" ({self.branches_unknown} unknown)" if self.branches_unknown else ""
        branches = f"{self.branches_passed} of {self.branches} branches{unknown}, " if self.branches else ""
        return f"{self.name} {branches}{self.steps_passed} of {self.steps} steps"


class RunResult(Struct, frozen=True):
    """One run against one environment of one tenant.

    ``started`` is in UTC: a moment of another zone is turned into that, one without a zone is a ValueError.
    ``hosts`` maps a plane (token, runtime, api) to its host name, ``versions`` a product to its version.
    ``shard`` is K/N as ``--shard`` has it, which is a part of ``selection``, too.
    """

    tenant: str
    environment: str
    started: Moment
    seconds: Seconds
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
    shard: str = ""
    written_goldens: tuple[str, ...] = ()
    flow_coverage: tuple[FlowCount, ...] = ()
    flow_coverage_source: str = ""

    def __post_init__(self) -> None:
        keep_in_utc(self, "started")

    @property
    def options(self) -> str:
        """Return the options of a command that name the tenant and the environment."""
        return f"--tenant={self.tenant} --environment={self.environment}"

    @property
    def counts(self) -> dict[ScenarioStatus, int]:
        """Return the number of scenarios of each status, those of none included."""
        found = Counter(map(attrgetter("status"), self.scenarios))
        return {status: found[status] for status in SCENARIO_STATUSES}

    @property
    def skip_reasons(self) -> dict[str, int]:
        """Return the number of skipped scenarios by the reason that they gave."""
        return dict(Counter(each.message for each in self.scenarios if each.status == "skipped"))

    @property
    def is_of_engine(self) -> bool:
        """Return whether the engine of the local tenant ran iFlows, which proves nothing of a tenant."""
        return bool(self.flow_coverage) and not self.flow_coverage_source

    @property
    def lost_flow_coverage(self) -> bool:
        """Return whether a run was cut short before it was asked what its messages passed in iFlows."""
        return (
            self.interrupted and not self.flow_coverage and any(each.message_ids for each in self.scenarios)
        )

    @property
    def monitoring_requests(self) -> int:
        """Return how many requests to the tenant's API the scenarios made."""
        return sum(each.monitoring_requests for each in self.scenarios)

    @property
    def other_environments(self) -> dict[str, int]:
        """Return how many scenarios called each environment beside that of the run, by its name."""
        return dict(Counter(name for each in self.scenarios for name in each.other_environments))

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

    @property
    def unknown_failures(self) -> list[str]:
        """Return the node ids of failing scenarios that did not fail before; without a history all."""
        known = set(self.changes.of("still failing")) if self.changes else set()
        failing = (each.node_id for each in self.scenarios if each.status in RED)
        return [node_id for node_id in failing if node_id not in known]

    @property
    def is_as_before(self) -> bool:
        """Return whether nothing is wrong but what was wrong before, which ``--fail-on=new`` lets pass.

        A scenario that the end of the run kept from running could be wrong, and so counts.
        """
        cut_short = self.interrupted or self.environment_problems or self.counts["not run"]
        return not (cut_short or self.collection_errors or self.leaks or self.unknown_failures)

    @property
    def document(self) -> dict[str, Any]:
        """Return the run as it stands in ``summary.json``, with the keys that follow from the others."""
        return {**self._head, "scenarios": self.scenarios}

    @property
    def _head(self) -> dict[str, Any]:
        """The document without its scenarios; they stand last, so that a reader sees the rest first."""
        held = values_by_field(self)
        del held["scenarios"]
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "counts": self.counts,
            "skip_reasons": self.skip_reasons,
            "monitoring_requests": self.monitoring_requests,
            "other_environments": self.other_environments,
            **held,
            "changes": self.changes and values_by_field(self.changes),
        }

    def write(self, path: Path) -> None:
        """Write the run as ``summary.json``, in one move."""
        replace_file(path, self._parts())

    def _parts(self) -> Iterator[bytes]:
        """The document part by part: its head, then the scenarios one by one."""
        yield encode(self._head).removesuffix(b"}") + _SCENARIOS
        for number, scenario in enumerate(self.scenarios):
            yield b"," + encode(scenario) if number else encode(scenario)
        yield b"]}\n"

    @classmethod
    def read(cls, path: Path) -> RunResult:
        """Read a ``summary.json``; raises IflowError if the file is broken or somebody else's."""
        return _read(path, cls, read_regular)


def read_head(path: Path, kind: type[_Kind]) -> _Kind:
    """Return what ``kind`` holds of a ``summary.json``; its scenarios are not read.

    Raises IflowError as ``RunResult.read``.
    """
    return _read(path, kind, _bytes_of_head)


def _bytes_of_head(path: Path) -> bytes:
    """The document up to its scenarios; all of it where these do not stand as this version writes them."""
    data = b""
    with open_regular(path) as file:
        while block := file.read(_BLOCK):
            head, scenarios, _ = (data + block).partition(_SCENARIOS)
            if scenarios:
                return head + b"}"
            data = head
    return data


def _read(path: Path, kind: type[_Kind], read: Callable[[Path], bytes]) -> _Kind:
    try:
        return decode(read(path), kind, SCHEMA)
    except (OSError, ValueError) as error:
        raise IflowError(
            f"The summary of a run cannot be read: {error}",
            where=str(path),
            remedy="Run the suite of this tenant and environment again: the run writes the file anew.",
        ) from error
