"""How long the tenant itself took: the message logs of the time of a load run, read when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from pytest_iflow.load.figures import SCENARIO, Measured, Processing, percentile
from pytest_iflow.monitoring.discovery import artifact_at, described_artifact
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.odata import instant, literal
from pytest_iflow.places import pause
from pytest_iflow.run import Run
from pytest_iflow.runtime.addresses import runtime_path

MOST = 20_000
"""Logs of an iFlow that are read; the API gives 1,000 at a time (wire-facts 5.1)."""

LOOKS = 3
"""How often the logs of an iFlow are asked for while some are still to come."""

APART = 2.0
"""Seconds between two looks: a log may show itself a moment after the answer (assumed)."""

_GOOD = frozenset({"COMPLETED", "DISCARDED"})


def processing_times(run: Run, measured: Measured) -> list[Processing]:
    """Return what the logs say of each iFlow that was called; empty without a service key of plan api.

    Raises ``IflowError`` where the tenant does not say.
    """
    monitor = run.monitor
    if monitor is None:
        return []
    return [
        _of_iflow(name, artifact, _logs(run, monitor, artifact, measured, count))
        for name, (artifact, count) in _artifacts(run, monitor, _calls(measured)).items()
    ]


def _calls(measured: Measured) -> dict[str, int]:
    """Return how many calls of each iFlow reached it for all that is known: those that did not fail."""
    calls: dict[str, int] = {}
    for each in measured.figures:
        if each.kind != SCENARIO:
            calls[each.name] = calls.get(each.name, 0) + each.count - each.failures
    return calls


def _artifacts(run: Run, monitor: Monitor, calls: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    """Return the artifact ids and the number of calls, by the names that features use."""
    found = {}
    for name, count in calls.items():
        path = runtime_path(name) if name.startswith("/") else run.discovery.path(name)
        artifact = described_artifact(name, path, run.environment)
        artifact = artifact or artifact_at(path, run.discovery.endpoints(monitor))
        if artifact is not None:
            found[name] = artifact, count
    return found


def _logs(run: Run, monitor: Monitor, artifact: str, measured: Measured, count: int) -> list[MessageLog]:
    """Return the logs of an iFlow that began while the load went on; waits a little for the last."""
    margin = timedelta(seconds=run.clock.uncertainty)
    begin = run.clock.to_tenant(measured.started) - margin
    end = run.clock.to_tenant(measured.ended) + margin
    where = " and ".join(
        (
            f"IntegrationArtifact/Id eq {literal(artifact)}",
            f"LogStart ge {instant(begin)}",
            f"LogStart le {instant(end)}",
        )
    )
    logs: list[MessageLog] = []
    for look in range(LOOKS):
        if look:
            pause(APART)
        logs = monitor.message_logs(where, top=MOST)
        if len(logs) >= min(count, MOST) and all(log.is_final for log in logs):
            break
    return logs


def _of_iflow(name: str, artifact: str, logs: Iterable[MessageLog]) -> Processing:
    logs = list(logs)
    times = sorted(_spans(logs))
    return Processing(
        iflow=name,
        artifact=artifact,
        messages=len(logs),
        failed=sum(log.is_final and log.status not in _GOOD for log in logs),
        unfinished=len(logs) - len(times),
        median=percentile(times, 0.5),
        p95=percentile(times, 0.95),
        p99=percentile(times, 0.99),
        longest=times[-1] if times else 0.0,
    )


def _spans(logs: Iterable[MessageLog]) -> Iterator[float]:
    """Yield the seconds from start to end of each log that has ended."""
    for log in logs:
        if log.is_final and log.end is not None:
            yield max((log.end - log.start).total_seconds(), 0.0)
