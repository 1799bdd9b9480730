"""A load run as the command makes it: permission, processes, message logs, and the files that it leaves."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_iflow.errors import IflowError
from pytest_iflow.load.figures import LoadResult, Measured, Processing, Progress, result_of
from pytest_iflow.load.order import MASTER_PORT, LoadOrder, Thresholds, permitted_rate
from pytest_iflow.load.page import DATA, write_load
from pytest_iflow.load.processes import LOOPBACK, free_port, make_load, require_locust
from pytest_iflow.load.processing_times import processing_times
from pytest_iflow.reporting.masking.leak_gate import leaks_below
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.run import Run

SHOWN_EACH = 5.0
"""Seconds between two lines that say where the load is."""

ANY_ADDRESS = "*"
"""All addresses of this machine, in the words of Locust."""


@dataclass(frozen=True, slots=True)
class LoadWish:
    """What the command line says of a load run; see its help."""

    tag: str
    paths: tuple[str, ...]
    tenants: Path
    reports: Path
    users: int
    seconds: float
    spawn_rate: float
    pause: float
    max_rate: float | None
    max_failures: float
    max_p95: float | None
    workers: int
    expect_workers: int
    role: Literal["alone", "master", "worker"]
    host: str
    port: int = MASTER_PORT
    may_load: bool = False

    @property
    def local_workers(self) -> int:
        """Processes that run users on this machine, beside a master; 0 where the only process does."""
        return max(self.workers, 1) if self.role == "worker" else self.workers


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What came of a load run: its result and page, and a line for each secret that is found in its files."""

    result: LoadResult
    page: Path
    leaks: tuple[str, ...]


def run_load(run: Run, wish: LoadWish, say: Callable[[str], None]) -> LoadOutcome | None:
    """Make the load and write what came of it; None for a worker, whose master has that.

    Raises ``IflowError`` where it cannot be made.
    """
    environment = run.environment
    rate = permitted_rate(environment, wish.max_rate, may_load=wish.may_load)
    require_locust()
    folder = RunFolder(wish.reports / environment.tenant / environment.name)
    if wish.role != "worker":
        folder.require_writable()
    run.check_default_client()
    order = _order(run, wish, rate)
    if wish.role == "worker":
        say(f"doing what the master at {order.host}:{order.port} says")
    elif rate:
        say(f"at most {rate:g} calls a second")
    measured = make_load(order, wish.local_workers, _Progress(wish, say), say)
    if measured is None:
        return None
    processing, without_logs = _processing(run, measured)
    thresholds = Thresholds(wish.max_failures, wish.max_p95)
    shown, page = write_load(result_of(order, measured, processing, without_logs, thresholds), folder.path)
    return LoadOutcome(shown, page, tuple(leaks_below((page, folder.path / DATA), Path.cwd())))


def _order(run: Run, wish: LoadWish, rate: float | None) -> LoadOrder:
    """Return what the first process has to do; the token of each client is asked for here, once."""
    role = "master" if wish.role == "alone" and wish.workers else wish.role
    at = {"worker": (wish.host, wish.port), "master": (ANY_ADDRESS, wish.port)}.get(
        wish.role, (LOOPBACK, free_port())
    )
    return LoadOrder(
        tenant=run.environment.tenant,
        environment=run.environment.name,
        tenants=str(wish.tenants),
        tag=wish.tag,
        paths=wish.paths,
        users=wish.users,
        seconds=wish.seconds,
        spawn_rate=wish.spawn_rate,
        pause=wish.pause,
        rate=rate,
        may_load=wish.may_load,
        role=role,
        workers=max(wish.workers + wish.expect_workers, 1),
        host=at[0],
        port=at[1],
        emulator_keys=run.emulator_keys,
        tokens=base64.b64encode(run.tokens.export()).decode(),
    )


def _processing(run: Run, measured: Measured) -> tuple[list[Processing], str]:
    """Return what the tenant's logs say of its own times, or why there is nothing."""
    try:
        if run.monitor is None:
            return [], "There is no service key of plan api to read message logs with."
        return processing_times(run, measured), ""
    except IflowError as error:
        return [], error.what


class _Progress:
    """Says every few seconds where the load is."""

    def __init__(self, wish: LoadWish, say: Callable[[str], None]) -> None:
        self._wish, self._say = wish, say
        self._next = SHOWN_EACH

    def __call__(self, progress: Progress) -> None:
        if progress.seconds < self._next:
            return
        self._next = progress.seconds + SHOWN_EACH
        self._say(
            f"{progress.seconds:.0f} of {self._wish.seconds:g} s: {progress.users:,} users, "
            f"{progress.calls:,} calls, {progress.failures:,} failed, "
            f"{progress.calls / progress.seconds:.1f} calls a second"
        )
