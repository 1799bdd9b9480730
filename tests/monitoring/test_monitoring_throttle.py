"""Requests stay below what the tenant allows, over all workers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.monitoring.throttle import Throttle
from pytest_iflow.run import Run
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue

WORKERS = 16
REQUESTS = 7
"""Of each worker; so many of all of them at once would be twice what a second allows."""


@pytest.fixture
def emulator() -> Iterator[LocalTenant]:
    """A tenant whose limits nobody else uses up."""
    with ExitStack() as resources:
        tenant = LocalTenant()
        resources.callback(tenant.stop)
        yield tenant


def seconds_for(throttle: Throttle, path: str, requests: int) -> float:
    """Return how long so many requests have to wait, all in all."""
    began = time.monotonic()
    for _ in range(requests):
        throttle.wait(path)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("path", "workers", "share"),
    [
        ("MessageProcessingLogs('x')/Attachments", 16, 5),
        ("MessageProcessingLogs?$top=1", 20, 4),
        ("IntegrationRuntimeArtifacts('x')", 16, 2),
        ("ServiceEndpoints?$expand=EntryPoints", 10, 4),
        ("IntegrationDesigntimeArtifacts(Id='x',Version='active')", 4, 1),
        ("IntegrationRuntimeArtifacts", 20, 1),
    ],
)
def test_a_worker_sends_no_more_than_its_share_within_a_second(path: str, workers: int, share: int) -> None:
    """One more has to wait until the second is over."""
    assert seconds_for(Throttle(workers), path, share + 1) >= 1.0


def test_a_share_of_less_than_one_a_second_is_kept_too() -> None:
    """Requests are as far apart as it takes: 80 for 100 workers is one in 1.25 s."""
    assert seconds_for(Throttle(100), "MessageProcessingLogs", 2) >= 1.25


def test_each_area_has_limits_of_its_own() -> None:
    """Who has used up the one need not wait for the other."""
    throttle = Throttle(160)
    throttle.wait("MessageProcessingLogs")
    waiting = threading.Thread(target=throttle.wait, args=("MessageProcessingLogs",))
    waiting.start()
    throttle.wait("ServiceEndpoints")
    assert waiting.is_alive()
    waiting.join()


def test_sixteen_workers_are_never_refused(emulator: LocalTenant, tmp_path: Path) -> None:
    """All begin at once and ask as fast as they may for what has the lowest limit; none is one too many."""
    environment = Catalogue(None, {}).environment(LOCAL)
    ready = threading.Barrier(WORKERS)

    def work(run: Run) -> int:
        monitor = run.monitor
        assert monitor is not None
        monitor.message_logs("Status eq 'FAILED'", top=1)
        ready.wait()
        for _ in range(REQUESTS):
            monitor.runtime_artifact("Orders")
        return monitor.api.requests

    with ExitStack() as runs, ThreadPoolExecutor(WORKERS) as threads:
        controller = Run(environment, {}, tmp_path, str(emulator.keys()))
        runs.enter_context(closing(controller))
        tokens = controller.tokens.export()
        workers = [Run(environment, {}, tmp_path, str(emulator.keys()), WORKERS) for _ in range(WORKERS)]
        for worker in workers:
            runs.enter_context(closing(worker))
            worker.tokens.adopt(tokens)
        sent = sum(threads.map(work, workers))
        url = controller.credentials.service_key("monitoring").url
        answer = controller.connections.api("monitoring").send("GET", f"{url}/emulator/counters", headers={})
    assert sent == WORKERS * (REQUESTS + 1)  # what is refused would be sent again
    assert json.loads(answer.response.body)["received"]["planes"]["api"] == sent
