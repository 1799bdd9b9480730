"""Processing that goes on after the answer."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pytest_iflow.emulator.deployment import Deployment
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.orders import ERROR
from pytest_iflow.emulator.flows.orders import FLOWS as ORDERS
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.runtime.processor import Processor

ORDER = json.dumps({"orderId": "4711"}).encode()


def _placed(
    landscape: Landscape, *, seconds: str = "0", outcome: str = "COMPLETED"
) -> tuple[Reply, list[MessageLog], list[MessageLog]]:
    """Place an order; return its answer, the logs right after it, and those in the end (newest first)."""

    async def place() -> tuple[Reply, list[MessageLog], list[MessageLog]]:
        processor = Processor(landscape, threads)
        message = Message("POST", {}, {"seconds": seconds, "outcome": outcome}, ORDER)
        message.log.artifact = ORDERS[0].artifact
        reply = await processor.process(ORDERS[0], message)
        at_once = landscape.message_logs.latest(9)
        if seconds == "0":
            await asyncio.gather(*processor._under_way)
        return reply, at_once, landscape.message_logs.latest(9)

    with ThreadPoolExecutor(1) as threads:
        return asyncio.run(place())


def test_message_is_processing_until_its_time_has_come(landscape: Landscape) -> None:
    """The answer is there, the end is not; what is under way ends with the loop."""
    reply, (log,), _ = _placed(replace(landscape), seconds="600")
    assert reply.status == 202
    assert (log.artifact, log.status, log.end) == ("Orders", "PROCESSING", None)
    assert log.run_steps[-1].end is None


def test_message_completes_after_its_child(landscape: Landscape) -> None:
    """The child flow has a log of its own under the same correlation id."""
    _, (processing,), (child, log) = _placed(replace(landscape))
    assert (log.message_id, log.status) == (processing.message_id, "COMPLETED")
    assert log.end is not None
    assert (child.artifact, child.status) == ("Order_Fulfilment", "COMPLETED")
    assert child.correlation_id == log.correlation_id
    assert child.message_id != log.message_id
    assert child.start >= log.start


@pytest.mark.parametrize("outcome", ["FAILED", "RETRY"])
def test_message_may_end_otherwise(landscape: Landscape, outcome: str) -> None:
    """With an error that its log tells."""
    _, _, (_, log) = _placed(replace(landscape), outcome=outcome)
    assert (log.status, log.error) == (outcome, ERROR)
    assert log.last_error_step == "ServiceTask_1"


def test_message_fails_if_its_child_is_not_deployed(landscape: Landscape) -> None:
    """Nobody is there to go on."""
    alone = replace(landscape, deployment=Deployment(ORDERS))
    alone.deployment.undeploy("Order_Fulfilment")
    _, _, (log,) = _placed(alone)
    assert (log.status, log.error) == ("FAILED", "No flow is deployed at /http/orders/fulfilment.")


def test_message_fails_with_its_child(landscape: Landscape) -> None:
    """The child's error is the message's; both have it in their logs."""
    crossed = replace(ORDERS[1], run=_refuse)
    failing = replace(landscape, deployment=Deployment((ORDERS[0], crossed)))
    _, _, (child, log) = _placed(failing)
    assert [(each.artifact, each.status, each.error) for each in (child, log)] == [
        ("Order_Fulfilment", "FAILED", "no stock"),
        ("Orders", "FAILED", "no stock"),
    ]


def _refuse(_message: Message, _surroundings: Surroundings) -> Reply:
    raise FlowFailureError("no stock")
