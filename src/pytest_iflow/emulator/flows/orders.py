"""The order flow: asynchronous, answers at once and goes on with a child flow.

``outcome`` (COMPLETED, FAILED or RETRY) says what becomes of the message and ``seconds`` when; both may
be a query parameter or a header.
"""

from __future__ import annotations

import json
from typing import cast

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Later, Message, Reply
from pytest_iflow.emulator.message_logs.message_log import Status

MOST_SECONDS = 600.0
OUTCOMES = ("COMPLETED", "FAILED", "RETRY")
ACCEPTED = 202
ERROR = "com.example.orders.OrderException: The order could not be passed on."


def place_order(message: Message, _surroundings: Surroundings) -> Reply:
    """Accept an order, any JSON object, with 202; its ``orderId`` becomes the application's message id."""
    outcome = message.header("outcome", "COMPLETED")
    if outcome not in OUTCOMES:
        raise FlowFailureError(f"The outcome of an order is one of {', '.join(OUTCOMES)}.")
    order_id = _describe(message)
    message.log.step("MessageStore_1", "Persist")
    message.log.store("Orders", message.body)
    message.log.step("ServiceTask_1", "Request Reply")
    later = Later(
        seconds=message.number("seconds", MOST_SECONDS),
        status=cast("Status", outcome),
        error=None if outcome == "COMPLETED" else ERROR,
        child=FULFILMENT.path,
    )
    body = json.dumps({"orderId": order_id, "status": "ACCEPTED"}, ensure_ascii=False).encode()
    return Reply(body, "application/json", ACCEPTED, later=later)


def fulfil(message: Message, _surroundings: Surroundings) -> Reply:
    """Take over an order; the order flow calls this one, and so may a client."""
    order_id = _describe(message)
    return Reply(json.dumps({"orderId": order_id, "status": "FULFILLED"}).encode(), "application/json")


def _describe(message: Message) -> str:
    message.log.step("StartEvent_1", "Start Message")
    order_id = _order_id(message.body)
    message.log.application_message_id = message.log.application_message_id or order_id or None
    message.log.application_message_type = message.log.application_message_type or "Order"
    message.log.sender = message.log.sender or "WebShop"
    message.log.receiver = message.log.receiver or "Warehouse"
    message.log.custom_header("orderId", order_id)
    message.log.attach("order.json", message.body, "application/json")
    return order_id


def _order_id(body: bytes) -> str:
    try:
        order = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FlowFailureError("The order is not JSON.", "com.example.orders.OrderException") from error
    if not isinstance(order, dict):
        raise FlowFailureError("The order is no JSON object.", "com.example.orders.OrderException")
    # A lone surrogate is JSON, but no text that could be sent on.
    return str(order.get("orderId", "")).encode("utf-8", "replace").decode()


FULFILMENT = Flow("Order_Fulfilment", "Order Fulfilment", "/orders/fulfilment", fulfil)
FLOWS = (Flow("Orders", "Orders", "/orders", place_order), FULFILMENT)
