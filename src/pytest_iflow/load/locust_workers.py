"""Master and workers of a load run: who runs users, how fast all of them may call, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.runners import WORKER_REPORT_INTERVAL, MasterRunner, Runner, WorkerRunner

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.load.measured_calls import Throttle
from pytest_iflow.load.order import LoadOrder, rate_of_worker, word_to_workers
from pytest_iflow.tenants.model import Environment as TargetEnvironment

WORKERS_WITHIN = 120.0
"""Seconds that a master waits for its workers."""

_LOOK = 0.05
"""Seconds between two looks at what a master waits for."""

_BEGIN, _END, _ENDED, _REFUSED = "iflow-begin", "iflow-end", "iflow-ended", "iflow-refused"
"""Messages between master and workers, beside those of Locust.

Locust's own order to stop leaves a worker deaf for as long as users may take to end, and its last figures
come too late.
"""


class Worker:
    """A process that runs the users that its master gives it; ``end`` ends those of a runner."""

    def __init__(
        self,
        environment: Environment,
        order: LoadOrder,
        target: TargetEnvironment,
        throttle: Throttle,
        end: Callable[[Runner], None],
    ) -> None:
        self._environment, self._order, self._target = environment, order, target
        self._throttle, self._end = throttle, end

    def work(self, ended: Event) -> None:
        """Do what the master says, until it ends or ``ended`` is set.

        Raises ``IflowError`` without a master, ``ConfigurationError`` where it says what is not allowed.
        """
        runner, refused = self._connected(), list[IflowError]()

        def begin(msg: Any, **_: Any) -> None:
            try:
                self._throttle.set(rate_of_worker(self._order, msg.data, self._target))
            except IflowError as error:
                refused.append(error)
                runner.send_message(_REFUSED, {"why": error.what})

        def end(**_: Any) -> None:
            self._end(runner)
            data: dict[str, Any] = {}
            self._environment.events.report_to_master.fire(client_id=runner.client_id, data=data)
            runner.send_message(_ENDED, data)

        runner.register_message(_BEGIN, begin)
        runner.register_message(_END, end, concurrent=True)
        gevent.joinall([gevent.spawn(ended.wait), gevent.spawn(runner.greenlet.join)], count=1)
        if ended.is_set():
            end()
            runner.quit()
        if refused:
            raise refused[0]

    def _connected(self) -> WorkerRunner:
        host, port = self._order.host, self._order.port
        try:
            return self._environment.create_worker_runner(host, port)
        except OSError as error:
            raise IflowError(
                f"no master of a load answers at {host}:{port}",
                remedy="start it with --master, and name its machine with --master-host",
            ) from error


class Workers:
    """The workers of a master: told what to do, and listened to until the last one has ended.

    ``last_calls`` are the seconds that their users have to end.
    """

    def __init__(
        self, environment: Environment, master: MasterRunner, order: LoadOrder, last_calls: float
    ) -> None:
        self._environment, self._master, self._order = environment, master, order
        self._patience = last_calls + WORKER_REPORT_INTERVAL
        self._left: set[str] = set()
        self._refusal = ""
        master.register_message(_ENDED, self._has_ended)
        master.register_message(_REFUSED, self._was_refused)
        environment.events.test_start.add_listener(self._begin)

    def await_all(self, ended: Event) -> None:
        """Wait until as many have come as are expected."""
        waited = 0.0
        while len(self._master.clients.ready) < self._order.workers:
            if ended.wait(_LOOK):
                return
            waited += _LOOK
            if waited > WORKERS_WITHIN:
                raise IflowError(
                    f"{len(self._master.clients.ready)} of {self._order.workers} workers came within "
                    f"{WORKERS_WITHIN:g} s",
                    remedy="start them with --worker --master-host, or look there why they ended",
                )

    def _begin(self, **_: Any) -> None:
        order = self._order
        self._left = set(self._master.clients)
        for client in self._left:
            self._master.send_message(_BEGIN, word_to_workers(order, len(self._left)), client)

    def _has_ended(self, msg: Any, **_: Any) -> None:
        self._environment.events.worker_report.fire(client_id=msg.node_id, data=msg.data)
        self._left.discard(msg.node_id)

    def _was_refused(self, msg: Any, **_: Any) -> None:
        self._refusal = str(msg.data["why"])

    def check(self) -> None:
        """Raise ``ConfigurationError`` where a worker cannot do what it was told."""
        if self._refusal:
            self._master.quit()
            raise ConfigurationError(self._refusal, remedy="correct it on the machine of that worker")

    @property
    def lost(self) -> tuple[str, ...]:
        """A sentence for each worker whose last figures did not come."""
        return tuple(
            f"the last figures of the worker {name}: it did not answer" for name in sorted(self._left)
        )

    def end(self) -> None:
        """End the users of all workers, and take their last figures."""
        self._master.send_message(_END)
        waited = 0.0
        while self._left & {each.id for each in self._master.clients.all} and waited < self._patience:
            gevent.sleep(_LOOK)
            waited += _LOOK
        self.check()
