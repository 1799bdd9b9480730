"""The engine: the flows of one tenant, called by whoever has a message for them."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.failures import EscalatedError, StepError, TerminatedError, as_step_error
from pytest_iflow.iflow_engine.message import BodyError, Headers, Message
from pytest_iflow.iflow_engine.processing import Budget, Processing
from pytest_iflow.iflow_engine.receivers.receivers import NoReceivers, Receivers
from pytest_iflow.iflow_engine.run_record import FlowRun, Limits
from pytest_iflow.iflow_engine.senders import queue_read_by, set_headers
from pytest_iflow.iflow_engine.stores import GLOBAL, Stores
from pytest_iflow.iflow_engine.walk import Walk
from pytest_iflow.iflow_model.flow import Adapter, Step

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner

NO_CONSUMER = "org.apache.camel.component.direct.DirectConsumerNotAvailableException"
_MOST_POLLED = 1000
_ALWAYS_ALLOWED = frozenset({"content-type"})


class Call(Struct, frozen=True):
    """How a message comes to a flow: through which start event, and who waits for the reply.

    ``traced`` keeps the body at each step. ``mpl_id`` and ``correlation_id`` are those of the message log,
    made here where they are empty.
    """

    start: Step
    synchronous: bool = True
    mpl_id: str = ""
    correlation_id: str = ""
    traced: bool = False


class Engine:
    """The flows of a tenant and what they share; safe in threads, each of which runs a message.

    ``finished`` is told of each run that ends and was not called by ProcessDirect: of those that take their
    message from a queue, too. ``clock`` gives the time. ``new_id`` makes ids of message logs, ``scripts``
    what runs scripts, once one is run.
    """

    def __init__(
        self,
        receivers: Receivers | None = None,
        stores: Stores | None = None,
        limits: Limits | None = None,
        clock: Callable[[], datetime] | None = None,
        finished: Callable[[FlowRun], None] | None = None,
        scripts: Callable[[], ScriptRunner] | None = None,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.receivers: Receivers = receivers or NoReceivers()
        self.stores = stores or Stores()
        self.limits = limits or Limits()
        self.flows: dict[str, DeployedFlow] = {}
        self._clock = clock or (lambda: datetime.now(UTC))
        self._finished = finished or (lambda _run: None)
        self._queues: dict[str, deque[tuple[Message, str]]] = {}
        self._lock = threading.Lock()
        self._new_id = new_id
        self._make_scripts = scripts or self._own_scripts
        self._scripts: ScriptRunner | None = None

    def scripts(self) -> ScriptRunner:
        """Return what runs scripts; made for the first one."""
        with self._lock:
            if self._scripts is None:
                self._scripts = self._make_scripts()
            return self._scripts

    def _own_scripts(self) -> ScriptRunner:
        from pytest_iflow.iflow_engine.scripting.runner import ScriptRunner
        from pytest_iflow.iflow_engine.scripting.services import Services

        return ScriptRunner(Services(number_ranges=self.stores))

    def close(self) -> None:
        """End what runs scripts, and close the stores."""
        with self._lock:
            if self._scripts is not None:
                self._scripts.close()
        self.stores.close()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self._clock()

    def deploy(self, flow: DeployedFlow) -> None:
        """Deploy a flow, in place of one of its id."""
        self.flows[flow.id] = flow

    def undeploy(self, flow: str) -> None:
        """Take a flow away; its entries and variables stay."""
        self.flows.pop(flow, None)

    def run(self, flow: DeployedFlow, message: Message, call: Call) -> FlowRun:
        """Run a message through a flow; whatever goes wrong is in the run."""
        return self._run(flow, message, call, Budget(self.limits))

    def start(self, flow: str, message: Message, start: str = "") -> FlowRun:
        """Run a message through a deployed flow, from the start event of an id, else from its first one.

        Raises KeyError where the flow is not deployed.
        """
        deployed = self.flows[flow]
        found = next(one for one in starts(deployed) if not start or one.id == start)
        return self.run(deployed, message, Call(found, found.kind != "timer start"))

    def call_flow(self, address: str, message: Message, caller: Processing) -> Message:
        """Call the flow whose ProcessDirect sender has an address; raises StepError where it fails.

        Where nobody waits for a reply an escalation in that flow is no failure of the one that calls it
        (SAP's page "Configure the ProcessDirect Receiver Adapter").
        """
        deployed, adapter = self._consumer("ProcessDirect", address)
        passed = Message(message.body, log=None, attachments=message.attachments)
        passed.headers = Headers(
            (name, value) for name, value in message.headers.items() if allowed(deployed, name)
        )
        start = deployed.process_of(adapter.step).steps[adapter.step]
        with caller.budget:
            call = Call(start, caller.synchronous, correlation_id=caller.run.correlation_id)
            run = self._run(deployed, passed, call, caller.budget)
        caller.run.called.append(run)
        goes_on = run.status == "ESCALATED" and not caller.synchronous
        if run.error is not None and not goes_on:
            raise StepError(
                run.error.message,
                run.error.class_name,
                status_code=run.error.status_code,
                status_text=run.error.status_text,
                response_body=run.error.response_body,
                response_headers=run.error.response_headers,
            )
        return run.message

    def enqueue(self, queue: str, message: Message, caller: Processing) -> None:
        """Put a message into a queue; it is taken when ``take_from_queues`` is called."""
        with self._lock:
            self._queues.setdefault(queue, deque()).append((message, caller.run.correlation_id))

    def queued(self, queue: str) -> list[Message]:
        """Return the messages that wait in a queue."""
        with self._lock:
            return [message for message, _ in self._queues.get(queue, ())]

    def take_from_queues(self, correlation: str = "") -> list[FlowRun]:
        """Run what waits in queues through the flows that read them, until nothing is left that can be taken.

        With a ``correlation`` id only what messages of it have put there: others work off their own.
        A message whose run fails is tried three times in all, at once, and is gone then; on a tenant it is
        tried at intervals until somebody takes it away, unless a dead-letter queue is set.
        """
        runs: list[FlowRun] = []
        readers = [
            (deployed, adapter, queue)
            for deployed in list(self.flows.values())
            for adapter in deployed.flow.senders()
            if (queue := queue_read_by(adapter, deployed))
        ]
        taken = True
        while taken:
            taken = False
            for deployed, adapter, queue in readers:
                waiting = self._take(queue, correlation)
                if waiting is not None:
                    taken = True
                    runs += self._tried(deployed, adapter, *waiting)
        return runs

    def take_from_stores(self) -> list[FlowRun]:
        """Run the entries of data stores through the flows that poll them, each once.

        An entry is deleted where its run is completed; else it waits for the next time, as on a tenant.
        """
        runs = []
        for deployed in list(self.flows.values()):
            for adapter in deployed.flow.senders():
                if adapter.kind == "DataStoreConsumer":
                    settings = deployed.settings(adapter.properties)
                    owner = GLOBAL if settings.text("visibility", "local") == "global" else deployed.id
                    start = deployed.process_of(adapter.step).steps[adapter.step]
                    for entry in self.stores.select(settings.text("storageName"), owner, _MOST_POLLED):
                        message = Message(entry.body, {**entry.headers, "SapDataStoreId": entry.id})
                        run = self.run(deployed, message, Call(start, synchronous=False))
                        runs.append(run)
                        if run.status == "COMPLETED":
                            self.stores.delete(entry.store, entry.owner, entry.id)
        return runs

    def _tried(
        self, deployed: DeployedFlow, adapter: Adapter, message: Message, correlation: str
    ) -> list[FlowRun]:
        runs: list[FlowRun] = []
        start = deployed.process_of(adapter.step).steps[adapter.step]
        for attempt in range(3):
            tried = message.copy()
            tried.log = type(message.log)()
            tried.headers["SAPJMSRetries"] = attempt
            run = self.run(deployed, tried, Call(start, synchronous=False, correlation_id=correlation))
            runs.append(run)
            if run.error is None:
                break
        return runs

    def _take(self, queue: str, correlation: str) -> tuple[Message, str] | None:
        with self._lock:
            waiting = self._queues.get(queue, deque())
            for number, (_, own) in enumerate(waiting):
                if correlation in ("", own):
                    found = waiting[number]
                    del waiting[number]
                    return found
        return None

    def _consumer(self, kind: str, address: str) -> tuple[DeployedFlow, Adapter]:
        for deployed in list(self.flows.values()):
            for adapter in deployed.flow.senders():
                if adapter.kind == kind and _plain(adapter.address) == _plain(address):
                    return deployed, adapter
        raise StepError(f"No consumers available on endpoint: {address}", NO_CONSUMER)

    def _run(self, flow: DeployedFlow, message: Message, call: Call, budget: Budget) -> FlowRun:
        mpl_id = call.mpl_id or self._new_id()
        run = FlowRun(
            flow.id, flow.bundle.name, mpl_id, call.correlation_id or mpl_id, message, started=time.time()
        )
        message.headers["SAP_MessageProcessingLogID"] = run.mpl_id
        message.properties["SAP_MessageProcessingLogID"] = run.mpl_id
        message.headers["SAP_MplCorrelationId"] = run.correlation_id
        processing = Processing(self, flow, run, budget, synchronous=call.synchronous, traced=call.traced)
        process = flow.process_of(call.start.id)
        try:
            set_headers(message, flow, call.start)
            run.message = Walk(processing).run(process, call.start, message)
            run.status = "COMPLETED"
        except TerminatedError as ended:
            run.message = ended.message
            run.status = "COMPLETED"
        except (StepError, BodyError) as raised:
            error = as_step_error(raised)
            run.error = error.caught()
            run.message = error.at or message
            run.status = "ESCALATED" if isinstance(error, EscalatedError) else "FAILED"
        if run.status == "COMPLETED":
            for action in processing.after_success:
                action()
        run.stopped = time.time()
        self._finished(run)
        return run


def starts(deployed: DeployedFlow) -> list[Step]:
    """Return the start events of a flow's main processes, those with a sender first."""
    found = [
        step
        for process in deployed.flow.processes.values()
        if process.kind == "main"
        for step in process.starts()
    ]
    called = {adapter.step for adapter in deployed.flow.senders()}
    return sorted(found, key=lambda step: step.id not in called)


def allowed(deployed: DeployedFlow, header: str) -> bool:
    """Tell whether a header comes to a flow that is called by ProcessDirect.

    Public packages list the headers that their ProcessDirect flows read as allowed ones, so the list counts.
    """
    return header.lower() in _ALWAYS_ALLOWED or deployed.allows(header)


def _plain(address: str) -> str:
    return address.strip().strip("/")
