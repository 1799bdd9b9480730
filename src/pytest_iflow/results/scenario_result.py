"""What became of one scenario. Field by field it is an object of ``summary.json``."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.gherkin.source import UNREADABLE
from pytest_iflow.results.json_format import Seconds
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import Exchange

StepStatus = Literal["passed", "failed", "skipped", "undefined"]
ScenarioStatus = Literal["passed", "failed", "broken", "skipped", "not run"]
ScenarioKind = Literal["scenario", "test"]

SCENARIO_STATUSES: tuple[ScenarioStatus, ...] = get_args(ScenarioStatus)
RED: frozenset[ScenarioStatus] = frozenset({"failed", "broken"})
"""Statuses that fail a run."""
SLOWEST = 10
"""Calls of one scenario that are kept, and calls of a run that its page shows."""
PASSED_IN_FULL, PASSED_ROWS, PASSED_ROOM = 1_000, 10, 3_000_000
"""Scenarios that passed of which more is kept, and shown, than the names of steps.

At most so many in all and of one outline, and so many characters of these.
"""


class StepResult(Struct, frozen=True, omit_defaults=True):
    """One step of a scenario as it ran; ``line`` is its line in the feature file.

    ``doc_string`` and ``table`` are what stands below it, as far as that is kept.
    """

    keyword: str
    text: str
    line: int
    status: StepStatus
    seconds: Seconds
    doc_string: str = ""
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def texts(self) -> Iterator[str]:
        """Return every text that may hold a secret."""
        yield self.text
        if self.doc_string:
            yield self.doc_string
        for row in self.table:
            yield from row

    def masked(self, mask: Callable[[str], str]) -> StepResult:
        """Return the step with each of its texts as ``mask`` returns it."""
        return replace(
            self,
            text=mask(self.text),
            doc_string=mask(self.doc_string),
            table=tuple(tuple(map(mask, row)) for row in self.table),
        )


class Difference(Struct, frozen=True):
    """What a check expected at a place and what it found there, in words."""

    place: str
    expected: str
    found: str


class GoldenPlace(Struct, frozen=True):
    """Where an answer differs from a golden message; ``golden`` is its file, named as ``file`` of a result.

    ``path`` is that of a rule ``ignore`` there, empty where no rule can be.
    """

    golden: str
    path: str


class CallResult(Struct, frozen=True):
    """One call of an iFlow: method and URL without query, status of the answer, seconds to its last byte."""

    call: str
    status: int
    seconds: Seconds

    @classmethod
    def of(cls, exchange: Exchange) -> CallResult:
        """Return what is kept of an exchange; secrets are masked."""
        request = exchange.request
        call = mask(f"{request.method} {request.url.partition('?')[0]}")
        return cls(call, exchange.response.status, exchange.seconds)


def in_order_of_files(scenarios: Iterable[ScenarioResult]) -> list[ScenarioResult]:
    """Return scenarios by file and line: workers report in any order, a report has the same each time."""
    return sorted(scenarios, key=attrgetter("file", "line", "data_file", "data_line", "node_id"))


def slowest(calls: Iterable[CallResult]) -> tuple[CallResult, ...]:
    """Return the calls that took longest, the slowest first."""
    return tuple(heapq.nlargest(SLOWEST, calls, key=attrgetter("seconds")))


class ScenarioResult(Struct, frozen=True):
    """One scenario, one row of an outline, or one Python test, as it ran; all texts are masked already.

    ``kind`` tells a scenario of a feature file from a "test", which is all else that pytest runs: its title
    is that of its function, its ``feature`` the file. A scenario that Python binds is one, too, under the
    words of its feature. An expected failure (xfail) counts as skipped.

    ``file`` is relative to the rootdir, with forward slashes. ``message`` is the cause of a status
    other than passed, the reason of a skip included; "not run" is what a broken environment, or the end of
    the run, kept from running. ``exchange`` is readable request and response: of the call that a failure is
    about; of a scenario that passed all its calls in short, as far as they are kept. ``message_log`` is what
    the tenant knows about the message of a failure. ``differences`` are those of the check that failed, where
    they are known one by one, ``golden_places`` all places of it where an answer differs from golden messages
    and nothing else failed. ``monitoring_requests`` counts the
    questions to the tenant's API. ``cause`` is the id of the likeliest cause of a refused call (see
    ``docs/troubleshooting.md``), empty where none is known. ``iflows`` are the iFlows that were called, by
    artifact id where it is known; ``calls`` the slowest calls of these. ``reruns`` counts the tries before
    the last. Where the row of an outline comes from a data file, ``data_file`` is that file, named as
    ``file``, and ``data_line`` its line there; ``line`` is that of the table. ``other_environments`` were
    called beside the one of the run; each is tenant/environment. ``message_ids`` are those of the message
    logs of its calls, where flow coverage is measured; ``application_ids`` are sent by the calls whose
    answers named no message log.
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
    seconds: Seconds
    message: str
    exchange: str
    steps: tuple[StepResult, ...]
    message_log: str = ""
    monitoring_requests: int = 0
    cause: str = ""
    iflows: tuple[str, ...] = ()
    reruns: int = 0
    calls: tuple[CallResult, ...] = ()
    kind: ScenarioKind = "scenario"
    data_file: str = ""
    data_line: int = 0
    other_environments: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    message_ids: tuple[str, ...] = ()
    application_ids: tuple[str, ...] = ()
    golden_places: tuple[GoldenPlace, ...] = ()

    @property
    def data_place(self) -> str:
        """File and line of the row in a data file, such as ``data/products.csv:17``; empty without one."""
        return f"{self.data_file}:{self.data_line}" if self.data_file else ""

    @property
    def outline(self) -> str:
        """Return the title that the rows of an outline share, as the feature has it; else its own.

        A node id has no bracket but the one before the row.
        """
        return self.node_id.partition("::")[2].partition("[")[0] if self.example else self.scenario

    @property
    def room(self) -> int:
        """Return how many characters its calls and steps take."""
        return len(self.exchange) + sum(len(text) for step in self.steps for text in step.texts)

    @property
    def is_unreadable_file(self) -> bool:
        """Whether it stands for all scenarios of a feature file that cannot be read."""
        return self.scenario == UNREADABLE

    @property
    def texts(self) -> list[str]:
        """Return every text that may hold a secret."""
        texts = [self.node_id, self.feature, self.rule or "", self.scenario, self.file, self.message]
        texts += [self.data_file, self.exchange, self.message_log, *self.tags, *self.iflows]
        texts += self.other_environments
        texts += [*self.example, *self.example.values()]
        for step in self.steps:
            texts += step.texts
        for each in self.differences:
            texts += (each.place, each.expected, each.found)
        for place in self.golden_places:
            texts += (place.golden, place.path)
        return texts + [call.call for call in self.calls]

    def masked(self, mask: Callable[[str], str]) -> ScenarioResult:
        """Return the result with each of its texts as ``mask`` returns it."""
        return replace(
            self,
            node_id=mask(self.node_id),
            feature=mask(self.feature),
            rule=mask(self.rule) if self.rule else self.rule,
            scenario=mask(self.scenario),
            example={mask(column): mask(value) for column, value in self.example.items()},
            file=mask(self.file),
            data_file=mask(self.data_file),
            tags=tuple(map(mask, self.tags)),
            message=mask(self.message),
            exchange=mask(self.exchange),
            steps=tuple(step.masked(mask) for step in self.steps),
            differences=tuple(
                Difference(mask(each.place), mask(each.expected), mask(each.found))
                for each in self.differences
            ),
            golden_places=tuple(
                GoldenPlace(mask(each.golden), mask(each.path)) for each in self.golden_places
            ),
            message_log=mask(self.message_log),
            iflows=tuple(map(mask, self.iflows)),
            other_environments=tuple(map(mask, self.other_environments)),
            calls=tuple(replace(call, call=mask(call.call)) for call in self.calls),
        )
