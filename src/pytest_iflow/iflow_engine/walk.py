"""The way of a message through the processes of a flow, from the start event to an end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from pytest_iflow.iflow_engine.failures import (
    EscalatedError,
    NotSupportedError,
    StepError,
    TerminatedError,
    as_step_error,
    may_be_handled,
)
from pytest_iflow.iflow_engine.message import EXCEPTION_PROPERTY, BodyError, Message
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.registry import action_of, gather_of, splitter_of
from pytest_iflow.iflow_engine.run_record import StepRun
from pytest_iflow.iflow_engine.steps.routing import branches, chosen_route
from pytest_iflow.iflow_engine.steps.splitters import SPLITTERS
from pytest_iflow.iflow_model.flow import Process, Route, Step

MULTICASTS = frozenset({"parallel multicast", "sequential multicast"})
STARTS = frozenset({"start", "message start", "timer start", "error start"})
PASSED = frozenset({*STARTS, "end", "join"})
"""Steps that leave the message as it is."""


class Arrival(NamedTuple):
    """Where a message got to: an end (``step`` None), or the gather or join that waits for other parts."""

    step: Step | None
    message: Message


class Walk:
    """Runs the processes of one flow for one message."""

    def __init__(self, processing: Processing) -> None:
        self._processing = processing
        self._deployed = processing.deployed
        self._flow = processing.deployed.flow
        processing.run_process = self.local_process

    def local_process(self, process: str, message: Message) -> Message:
        """Run a local process from its start, and return the message that it ends with.

        Its exceptions are not for the exception sub-process of who called it (SAP's page "Define Exception
        Subprocess").
        """
        held = self._flow.processes.get(process)
        starts = held.starts() if held else []
        if held is None or not starts:
            raise StepError(f"the process call names the process {process}, which has no start")
        try:
            return self.run(held, starts[0], message)
        except StepError as error:
            error.of_called_process = True
            raise

    def run(self, process: Process, start: Step, message: Message) -> Message:
        """Run a process in its transaction; return the last message."""
        with self._processing.transactions.of(process, self._deployed.settings(process.properties)):
            return self._run(process, start, message)

    def _run(self, process: Process, start: Step, message: Message) -> Message:
        """Run a process, with its exception sub-process where a step fails."""
        self._processing.processes.append(process)
        try:
            with self._processing.budget:
                return self._follow(process, start, message, "").message
        except (StepError, BodyError) as raised:
            error = as_step_error(raised)
            handler = self._flow.exception_process(process.id)
            if handler is None or error.of_called_process or not may_be_handled(error):
                raise error from raised
            return self._handle(handler, error, error.at or message)
        finally:
            self._processing.processes.pop()

    def _handle(self, handler: Process, error: StepError, message: Message) -> Message:
        """Run an exception sub-process; raises the error again where it ends with an error end."""
        caught = error.caught()
        self._processing.run.handled.append(caught)
        message.properties[EXCEPTION_PROPERTY] = caught
        starts = handler.starts()
        if not starts:
            raise error
        with self._processing.budget:
            return self._follow(handler, starts[0], message, "", error).message

    def _follow(
        self, process: Process, step: Step, message: Message, branch: str, caught: StepError | None = None
    ) -> Arrival:
        """Run steps one after the other, until an end, or within a branch until a gather or join."""
        while True:
            if branch and step.kind in {"gather", "join"}:
                return Arrival(step, message)
            record = self._processing.begin(step, process, branch, message)
            try:
                following, message = self._run_step(process, step, message, record, caught)
            except TerminatedError:
                raise
            except Exception as raised:
                error = as_step_error(raised)
                self._fail(error, step, message, record)
                raise error from raised
            finally:
                record.stopped = time.time()
            if following is None:
                return Arrival(None, message)
            step = following

    def _fail(self, error: StepError, step: Step, message: Message, record: StepRun) -> None:
        record.error = error.message
        if not error.step:
            error.step, error.step_name = step.id, step.name
        if error.at is None:
            error.at = message

    def _run_step(
        self, process: Process, step: Step, message: Message, record: StepRun, caught: StepError | None
    ) -> tuple[Step | None, Message]:
        """Run one step; return the step that follows, and the message that goes there."""
        kind = step.kind
        if kind in SPLITTERS:
            return self._split(process, step, message, record)
        if kind in MULTICASTS:
            return self._multicast(process, step, message, record)
        if kind == "router":
            route = chosen_route(self._deployed, process, step, self._processing.scope(message, step))
            if route is None:
                return None, message
            record.route = route.id
            return _target(process, route), message
        if kind in {"error end", "escalation end", "terminate end"}:
            self._end(step, process, message, caught)
            return None, message
        if kind == "gather":
            message = gather_of(step, self._deployed)(self._processing, [message])
        elif kind not in PASSED:
            action_of(step, self._deployed)(self._processing, message)
        return self._next(process, step, record), message

    def _next(self, process: Process, step: Step, record: StepRun) -> Step | None:
        routes = self._deployed.routes_from(process, step.id)
        if not routes:
            return None
        if len(routes) > 1:
            raise NotSupportedError(
                f"not supported by the local tenant: {step.name}, {len(routes)} routes leave a {step.kind}"
            )
        record.route = routes[0].id
        return _target(process, routes[0])

    def _end(self, step: Step, process: Process, message: Message, caught: StepError | None) -> None:
        """End a process by an event that is no plain end (SAP's page "Escalation End Event Behavior")."""
        if step.kind == "terminate end":
            raise TerminatedError(message)
        if step.kind == "error end":
            if caught is not None:
                raise caught
            thrown = message.properties.get(EXCEPTION_PROPERTY)
            words = (
                thrown.message if thrown is not None else f"error event {step.name or step.id} was reached"
            )
            raise StepError(words, "com.sap.esb.error.ErrorEventException")
        category = self._deployed.settings(step.properties).text("ErrorCode", "Others")
        in_called = process.kind == "local" and caught is None
        if in_called and not self._processing.synchronous:
            return
        error = EscalatedError(category)
        error.cause = caught
        raise error

    def _split(
        self, process: Process, step: Step, message: Message, record: StepRun
    ) -> tuple[Step | None, Message]:
        """Send each part through the steps that follow, until a gather; without one the whole goes on.

        What a part that failed leaves where the splitter does not stop is gathered, too (SAP's page "Handle
        Exceptions When Using the Splitter Pattern").
        """
        following = self._next(process, step, record)
        if following is None:
            return None, message
        split = splitter_of(step, self._deployed)
        stops = self._deployed.settings(step.properties).flag("StopOnExecution", default=True)
        gathered: list[Message] = []
        at: Step | None = None
        parts = list(split(self._processing, message))
        for number, part in enumerate(parts):
            branch = f"{step.id}[{number}]"
            try:
                with self._processing.budget:
                    arrival = self._follow(process, following, part, branch)
            except TerminatedError:
                continue
            except StepError as error:
                if stops or not may_be_handled(error):
                    raise
                arrival = Arrival(
                    at or self._gather_after(process, following), self._left_by(process, error, part)
                )
            arrival.message.release_tree()
            if arrival.step is not None:
                at = arrival.step
                gathered.append(arrival.message)
        if not parts or at is None:
            return None, message
        return self._gathered(process, at, gathered, message)

    def _left_by(self, process: Process, error: StepError, part: Message) -> Message:
        """Return what is left of a part that failed, once the exception sub-process had it."""
        handler = self._flow.exception_process(process.id)
        if handler is None or error.of_called_process:
            self._processing.run.handled.append(error.caught())
            return error.at or part
        return self._handle(handler, error, error.at or part)

    def _gather_after(self, process: Process, step: Step) -> Step | None:
        """Return the gather that a part would have come to, following first routes."""
        seen: set[str] = set()
        while step.kind != "gather":
            routes = self._deployed.routes_from(process, step.id)
            if not routes or step.id in seen:
                return None
            seen.add(step.id)
            step = _target(process, routes[0])
        return step

    def _multicast(
        self, process: Process, step: Step, message: Message, record: StepRun
    ) -> tuple[Step | None, Message]:
        """Send a copy along each branch, one after the other, until a join.

        Without a join the reply of the last branch is the reply (Camel's page "Multicast").
        """
        arrived: list[Message] = []
        at: Step | None = None
        last = message
        for number, route in enumerate(branches(self._deployed, process, step)):
            if number:
                record = self._processing.begin(step, process, f"{step.id}[{number}]", message)
                record.stopped = time.time()
            record.route = route.id
            target = _target(process, route)
            try:
                with self._processing.budget:
                    arrival = self._follow(process, target, message.copy(), f"{step.id}[{number}]")
            except TerminatedError:
                continue
            last = arrival.message
            if arrival.step is not None:
                at = arrival.step
                arrived.append(arrival.message)
        if at is None:
            return None, last
        return self._gathered(process, at, arrived, message)

    def _gathered(
        self, process: Process, at: Step, arrived: Sequence[Message], before: Message
    ) -> tuple[Step | None, Message]:
        """Run the join and the gather that parts came to, and return what follows."""
        record = self._processing.begin(at, process, "", before)
        try:
            if at.kind == "join":
                following = self._next(process, at, record)
                record.stopped = time.time()
                if following is None or following.kind != "gather":
                    return following, arrived[-1]
                at = following
                record = self._processing.begin(at, process, "", before)
            merged = gather_of(at, self._deployed)(self._processing, arrived)
            return self._next(process, at, record), merged
        except Exception as raised:
            error = as_step_error(raised)
            self._fail(error, at, before, record)
            raise error from raised
        finally:
            record.stopped = time.time()


def _target(process: Process, route: Route) -> Step:
    """Return the step that a route leads to."""
    if route.target not in process.steps:
        step = process.steps[route.source]
        raise NotSupportedError(
            f"not supported by the local tenant: {step.name or step.kind}, "
            f"a route to a step that is not there: {route.target or 'no name'}"
        )
    return process.steps[route.target]
