"""Runs flows in threads and keeps the log of each message, also after its answer."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import replace
from urllib.parse import urljoin

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Later, Message, Reply
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from pytest_iflow.emulator.flows.processing_log import ProcessingLog
from pytest_iflow.emulator.flows.unsteady_receiver import RECEIVER_PATH
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_ids import MessageIds
from pytest_iflow.emulator.runtime.answers import logged_text
from pytest_iflow.emulator.runtime.incoming import describe


class Processor:
    """Has messages processed; what goes on after the answer ends with the event loop."""

    def __init__(self, landscape: Landscape, threads: Executor) -> None:
        self._landscape = landscape
        self._threads = threads
        self._surroundings = Surroundings(
            products=ODataReceiver(landscape.planes.products),
            stopping=landscape.stopping,
            receiver=urljoin(landscape.planes.products, RECEIVER_PATH),
        )
        self._under_way: set[asyncio.Task[None]] = set()

    async def process(self, flow: Flow, message: Message) -> Reply:
        """Run a flow for a message, and log it if that went well; raises FlowFailureError."""
        reply = await asyncio.get_running_loop().run_in_executor(
            self._threads, flow.run, message, self._surroundings
        )
        log = message.log
        self._landscape.message_logs.put(log.record("PROCESSING" if reply.later else "COMPLETED"))
        if reply.later:
            task = asyncio.create_task(self._finish(message, reply.later))
            # The loop itself keeps no hold of a task.
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return reply

    def fail(self, log: ProcessingLog, error: FlowFailureError) -> None:
        """Log a message that failed."""
        self._landscape.message_logs.put(log.record(error.status, logged_text(error, log.ids.message)))

    async def _finish(self, message: Message, later: Later) -> None:
        await asyncio.sleep(later.seconds)
        try:
            if later.child:
                await self._call(later.child, message)
        except FlowFailureError as error:
            self.fail(message.log, error)
        else:
            self._landscape.message_logs.put(message.log.record(later.status, later.error))

    async def _call(self, path: str, message: Message) -> None:
        destination = self._landscape.deployment.at(path)
        if destination is None:
            # The words are assumed.
            raise FlowFailureError(f"No flow is deployed at {path}.")
        ids = replace(MessageIds.new(), correlation=message.log.ids.correlation)
        child = replace(message, log=ProcessingLog(destination.flow.artifact, ids, self._landscape.now))
        describe(child)
        try:
            await self.process(destination.flow, child)
        except FlowFailureError as error:
            self.fail(child.log, error)
            raise
