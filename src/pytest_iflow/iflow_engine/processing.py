"""One message on its way through one flow: what its steps may use."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.failures import LimitError
from pytest_iflow.iflow_engine.message import LARGEST_BODY, Message
from pytest_iflow.iflow_engine.receivers.receivers import Receivers
from pytest_iflow.iflow_engine.run_record import FlowRun, Limits, StepRun
from pytest_iflow.iflow_engine.stores import Stores
from pytest_iflow.iflow_engine.transactions import Transactions
from pytest_iflow.iflow_model.flow import Process, Step

_LARGEST_TRACED = 1024 * 1024
"""Bytes or characters of a body that the record of a step keeps."""

_LARGEST_VALUES = 4 * LARGEST_BODY
"""Bytes or characters of all headers and properties of a message."""

_MOST_KEPT = 8 * LARGEST_BODY
"""Bytes or characters that steps of one message keep beside it: in queues, traces, attachments, persisted."""


class Tenant(Protocol):
    """What the flows of one tenant share."""

    stores: Stores
    receivers: Receivers

    def scripts(self) -> ScriptRunner:
        """Return what runs scripts; made for the first one."""

    def now(self) -> datetime:
        """Return the time, in UTC."""

    def call_flow(self, address: str, message: Message, caller: Processing) -> Message:
        """Call the flow whose ProcessDirect sender has the address; return what it replies."""

    def enqueue(self, queue: str, message: Message, caller: Processing) -> None:
        """Put a message into a queue, from which a flow may take it later."""


if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner


class Budget:
    """What a message may still take, together with the flows that it calls."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._steps = 0
        self._depth = 0
        self._kept = 0
        self._deadline = time.monotonic() + limits.seconds

    def step(self) -> None:
        """Count one step; raises LimitError where it is one too many, or where the time is over."""
        self.check_time()
        self._steps += 1
        if self._steps > self.limits.steps:
            raise LimitError(
                f"the message took more than {self.limits.steps} steps: is there an endless loop?"
            )

    def check_time(self) -> None:
        """Raise LimitError where the time is over; for steps that take long by themselves."""
        if time.monotonic() > self._deadline:
            raise LimitError(f"the message took more than {self.limits.seconds:g} seconds")

    def keep(self, size: int) -> None:
        """Count what stays after its step; raises LimitError where the message keeps too much."""
        self._kept += size
        if self._kept > _MOST_KEPT:
            raise LimitError(
                f"the message keeps more than {_MOST_KEPT // 1024 // 1024} MB in queues, in attachments and "
                "by persist steps: is there an endless loop?"
            )

    @property
    def seconds_left(self) -> float:
        """Seconds until the message is ended."""
        return max(0.0, self._deadline - time.monotonic())

    def __enter__(self) -> None:
        """Enter a process, a part or a called flow; raises LimitError where they are nested too deeply."""
        if self._depth >= self.limits.nesting:
            raise LimitError(
                f"processes, splitters and flows are nested more than {self.limits.nesting} deep: "
                "does a process call itself?"
            )
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1


class Processing:
    """One run of a flow; belongs to one thread.

    ``synchronous`` says whether a sender waits for the reply. ``run_process`` runs a local process on a
    message and returns the message that it ends with. ``after_success`` are called once the message is
    completed.
    """

    def __init__(
        self,
        tenant: Tenant,
        deployed: DeployedFlow,
        run: FlowRun,
        budget: Budget,
        *,
        synchronous: bool,
        traced: bool = False,
    ) -> None:
        self.tenant = tenant
        self.deployed = deployed
        self.run = run
        self.budget = budget
        self.synchronous = synchronous
        self._traced = traced
        self.exchange_id = f"ID-local-tenant-{uuid.uuid4().hex[:16]}"
        self.run_process: Callable[[str, Message], Message] = _no_process
        self.after_success: list[Callable[[], Any]] = []
        self.transactions = Transactions()
        self.processes: list[Process] = []

    def scope(self, message: Message, step: Step | None = None) -> Scope:
        """Return what an expression of a step may look at."""
        return Scope(
            message,
            self.exchange_id,
            self.run.mpl_id,
            route_id=self.processes[-1].id if self.processes else "",
            step_id=step.id if step else "",
            namespaces=self.deployed.namespaces,
            now=self.tenant.now,
        )

    def begin(self, step: Step, process: Process, branch: str, message: Message) -> StepRun:
        """Begin the record of a step; raises LimitError."""
        self.budget.step()
        _require_bounded(message)
        body = message.body if self._traced and len(message.body or "") <= _LARGEST_TRACED else None
        self.budget.keep(len(body or ""))
        record = StepRun(
            len(self.run.steps) + 1,
            step.id,
            step.name,
            step.kind,
            process.id,
            branch,
            time.time(),
            body=body,
        )
        self.run.steps.append(record)
        return record


def _require_bounded(message: Message) -> None:
    """Raise LimitError where headers and properties are too large in all."""
    values = [*message.headers.held(), *message.properties.values()]
    if sum(len(one) for one in values if isinstance(one, str | bytes)) > _LARGEST_VALUES:
        raise LimitError(
            f"headers and properties are larger than {_LARGEST_VALUES // 1024 // 1024} MB in all"
        )


def _no_process(process: str, _message: Message) -> Message:
    raise LookupError(process)


Action = Callable[[Processing, Message], None]
"""What a step does with a message; it changes the message in place."""

Make = Callable[[Step, DeployedFlow], Action]
"""Makes the action of a step, once for all messages."""
