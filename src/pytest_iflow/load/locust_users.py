"""The users of a load run in Locust: alone in one process, or as a master with its workers.

Locust runs its users as greenlets of gevent. The sockets of this package, locks and pauses included, are
those of Python's standard library, which gevent replaces when the process starts (``__main__``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import gevent
from gevent.event import Event
from locust import User, constant, task
from locust.env import Environment
from locust.event import Events
from locust.exception import StopUser
from locust.runners import Runner
from locust.stats import StatsEntry

from pytest_iflow.load.figures import SCENARIO, Failure, Figures, Measured, Progress
from pytest_iflow.load.locust_workers import Worker, Workers
from pytest_iflow.load.measured_calls import Throttle
from pytest_iflow.load.order import LoadOrder
from pytest_iflow.load.scenarios import ScenarioRuns
from pytest_iflow.places import PLACES, Places, RunCutShort
from pytest_iflow.tenants.model import Environment as TargetEnvironment

MILLISECONDS = 1000

LAST_CALLS = 30.0
"""Seconds that scenarios have to come to their end when the time is over; then they are broken off."""


class LoadUsers:
    """The users of one process; ``tell`` is where calls and scenarios report to.

    ``ended`` is set to end the load early. ``runs`` may be None in a master, which runs nothing itself.
    """

    def __init__(self, order: LoadOrder, target: TargetEnvironment, throttle: Throttle) -> None:
        self.ended = Event()
        self.runs: ScenarioRuns | None = None
        self._order, self._target, self._throttle = order, target, throttle
        self._places = Places(order.users)
        self._environment = Environment(
            user_classes=[self._user_class()], events=Events(), stop_timeout=LAST_CALLS
        )

    def tell(self, kind: str, name: str, seconds: float, length: int, failed: str | None) -> None:
        """Count a call or a scenario."""
        self._environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=seconds * MILLISECONDS,
            response_length=length,
            exception=failed,
            context={},
        )

    def _user_class(self) -> type[User]:
        load = self

        class ScenarioUser(User):
            wait_time = constant(load._order.pause)

            @task
            def run_a_scenario(self) -> None:
                load._run_next()

        return ScenarioUser

    def _run_next(self) -> None:
        assert self.runs is not None  # noqa: S101, only a master has none, and it has no users
        PLACES.set(self._places)
        try:
            self._places.take()
            self.runs.run_next()
        except RunCutShort:
            raise StopUser from None
        finally:
            self._places.give_back()

    def load(self, report: Callable[[Progress], None]) -> Measured | None:
        """Make the load, telling ``report`` of it each second; None in a worker: its master has the figures.

        Raises ``IflowError`` where no worker comes, or a worker cannot do what is asked.
        """
        order = self._order
        if order.role == "worker":
            worker = Worker(self._environment, order, self._target, self._throttle, self._end)
            worker.work(self.ended)
            return None
        if order.role == "master":
            master = self._environment.create_master_runner(order.host, order.port)
            with_workers = Workers(self._environment, master, order, LAST_CALLS)
            with_workers.await_all(self.ended)
            measured = self._lead(master, with_workers.end, report, with_workers.check)
            return replace(measured, left_out=with_workers.lost)
        self._throttle.set(order.rate)
        runner = self._environment.create_local_runner()
        return self._lead(runner, lambda: self._end(runner), report)

    def _lead(
        self,
        runner: Runner,
        end: Callable[[], None],
        report: Callable[[Progress], None],
        check: Callable[[], None] = lambda: None,
    ) -> Measured:
        started = datetime.now(UTC)
        spawning = gevent.spawn(runner.start, self._order.users, self._order.spawn_rate)
        watching = gevent.spawn(self._watch, runner, started, report)
        interrupted = self._pause_until_end(check)
        end()
        ended = datetime.now(UTC)
        gevent.killall([spawning, watching])
        measured = self._measured(started, ended, interrupted=interrupted)
        runner.quit()
        return measured

    def _pause_until_end(self, check: Callable[[], None]) -> bool:
        """Wait for the end of the load; return whether it came early."""
        ends = time.monotonic() + self._order.seconds
        while (left := ends - time.monotonic()) > 0 and not self.ended.wait(min(left, 1.0)):
            check()
        return bool(self.ended.is_set())

    def _end(self, runner: Runner) -> None:
        """Let each scenario that waits end at once, and those that call when they have their answer."""
        self._places.end()
        runner.stop()

    def _watch(self, runner: Runner, started: datetime, report: Callable[[Progress], None]) -> None:
        while True:
            gevent.sleep(1)
            calls = [each for each in runner.stats.entries.values() if each.method != SCENARIO]
            report(
                Progress(
                    seconds=(datetime.now(UTC) - started).total_seconds(),
                    users=runner.user_count,
                    calls=sum(each.num_requests for each in calls),
                    failures=sum(each.num_failures for each in calls),
                )
            )

    def _measured(self, started: datetime, ended: datetime, *, interrupted: bool) -> Measured:
        stats = self._environment.stats
        seconds = max((ended - started).total_seconds(), 1e-3)
        entries = sorted(stats.entries.values(), key=lambda each: (each.method == SCENARIO, each.name))
        failures = sorted(stats.errors.values(), key=lambda each: -each.occurrences)
        return Measured(
            started,
            ended,
            interrupted,
            tuple(_figures(each, seconds) for each in entries if each.num_requests),
            tuple(Failure(each.method, each.name, str(each.error), each.occurrences) for each in failures),
        )


def _figures(entry: StatsEntry, seconds: float) -> Figures:
    def part(share: float) -> float:
        return entry.get_response_time_percentile(share) / MILLISECONDS

    return Figures(
        entry.method,
        entry.name,
        entry.num_requests,
        entry.num_failures,
        part(0.5),
        part(0.95),
        part(0.99),
        entry.max_response_time / MILLISECONDS,
        entry.num_requests / seconds,
        entry.avg_content_length,
    )
