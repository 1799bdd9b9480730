"""Verdicts on many messages under faults that a seed decides, each compared with the emulator's own log."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_iflow.errors import AmbiguousMessageError, CheckError, MonitoringError
from pytest_iflow.monitoring.odata import read_date
from pytest_iflow.monitoring.verdict import expect_status
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.transport.exchange import Exchange
from tests.monitoring.order_tenant import EmulatedTenant
from tests.side_by_side import side_by_side

BATCH = 10
"""Most messages that are under way at a time."""

SURELY = 0.3
"""Seconds before its deadline at which a log has to have told it for a red verdict to be wrong."""

FAULTS: tuple[dict[str, float], ...] = (
    {},
    {},
    {"log_delay": 0.2},
    {"log_delay": 0.9},
    {"clock_skew": 40},
    {"clock_skew": -3600, "log_delay": 0.3},
    {"api.latency": 0.15},
    {"api.status_429": 0.4},
    {"api.status_503": 0.6},
    {"api.status_500": 0.3, "api.truncated": 0.3},
    {"api.reset_before": 0.3},
    {"api.status_503": 1},
    {"api.truncated": 1},
)
"""Those that one batch meets; shares are of requests, times in seconds."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message: what becomes of it, how it is found, and how long it is waited for, in seconds."""

    number: str
    outcome: str
    seconds: float
    within: float
    application_id: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the verdict was (``green``, or the kind of red) and what the emulator says of the message.

    ``deadline`` is until when it was waited for, in seconds since 1970.
    """

    case: Case
    faults: dict[str, float]
    verdict: str
    judged: str | None
    deadline: float
    truth: dict[str, Any]

    @property
    def is_false_green(self) -> bool:
        """Whether a message was let pass that had not completed, or for another's log."""
        right = self.truth["Status"] == "COMPLETED" and self.judged == self.truth["MessageGuid"]
        return self.verdict == "green" and not right

    @property
    def is_false_red(self) -> bool:
        """Whether it was failed though a healthy API could tell in time that it had completed."""
        sick = any(name.startswith("api.") for name in self.faults)
        if self.truth["Status"] != "COMPLETED" or sick:
            return False
        ended = read_date(self.truth["LogEnd"])
        assert ended is not None
        told = ended.timestamp() - self.faults.get("clock_skew", 0.0) + self.faults.get("log_delay", 0.0)
        return told + SURELY < self.deadline and self.verdict not in {"green", "ambiguous"}


def batches(seed: int, cases: int, *, with_ids: bool) -> Iterator[tuple[dict[str, float], list[Case]]]:
    """Draw batches of cases with their faults; without application ids some have few messages."""
    draw = random.Random(seed)  # noqa: S311, it has to repeat
    left = cases
    while left > 0:
        size = min(left, BATCH if with_ids else draw.choice((1, 1, 2, 5, BATCH)))
        left -= size
        yield (
            draw.choice(FAULTS),
            [
                Case(
                    number=str(draw.getrandbits(64)),
                    outcome=draw.choice(("COMPLETED", "COMPLETED", "FAILED", "RETRY")),
                    seconds=draw.choice((0.0, 0.1, 0.4, 1.0)),
                    within=draw.choice((0.0, 0.2, 0.5, 1.0, 2.0)),
                    application_id=f"{ONE_CALL_PREFIX}{draw.getrandbits(128)}" if with_ids else None,
                )
                for _ in range(size)
            ],
        )


def judged(tenant: EmulatedTenant, seed: int, cases: int, *, with_ids: bool) -> Iterator[Outcome]:
    """Have all cases judged, a batch at a time, and tell what came of each."""
    for faults, batch in batches(seed, cases, with_ids=with_ids):
        tenant.emulator.reset()
        tenant.emulator.set_faults(faults, seed)
        verdicts = side_by_side(lambda case: _verdict(tenant, case), batch, limit=BATCH)
        for case, (verdict, log, deadline) in zip(batch, verdicts, strict=True):
            yield Outcome(case, faults, verdict, log, deadline, _truth(tenant, case))


def counts(outcomes: Iterator[Outcome]) -> Counter[str]:
    """Count verdicts, and those that were wrong."""
    found: Counter[str] = Counter()
    for outcome in outcomes:
        found[outcome.verdict] += 1
        found["false green"] += outcome.is_false_green
        found["false red"] += outcome.is_false_red
    return found


def _verdict(tenant: EmulatedTenant, case: Case) -> tuple[str, str | None, float]:
    exchange: Exchange = tenant.order(
        case.number, application_id=case.application_id, seconds=str(case.seconds), outcome=case.outcome
    )
    search = tenant.search(exchange)
    deadline = time.time() + case.within
    try:
        sighting = expect_status(search, "COMPLETED", case.within)
    except AmbiguousMessageError:
        return "ambiguous", None, deadline
    except CheckError as error:
        return " ".join(error.what.split()[:4]).rstrip(","), None, deadline
    except MonitoringError as error:
        return f"API {error.kind}", None, deadline
    return "green", sighting.log.message_id if sighting.log else None, deadline


def _truth(tenant: EmulatedTenant, case: Case) -> dict[str, Any]:
    """Wait without any fault until the message has ended, and return its log; not by the code under test."""
    emulator = tenant.emulator
    emulator.set_faults({})
    wanted = case.application_id or case.number
    url = f"{emulator.api}/api/v1/MessageProcessingLogs"
    query = {"$filter": f"ApplicationMessageId eq '{wanted}' and IntegrationArtifact/Id eq 'Orders'"}
    assert tenant.run.monitor is not None
    token = tenant.run.tokens.token(tenant.run.monitor.api.client).value
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    until = time.monotonic() + 20
    while time.monotonic() < until:
        answer = emulator.request("GET", url, params=query, headers=headers)
        logs = answer.json()["d"]["results"]
        if logs and logs[0]["Status"] == case.outcome:
            return dict(logs[0])
        time.sleep(0.05)
    raise AssertionError(f"the emulator never told of {case}")
