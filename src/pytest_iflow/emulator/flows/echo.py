"""Flows that answer with what they got, for tests of what a client sends."""

from __future__ import annotations

import json

from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply

# What says who the caller is has no place in an answer that ends up in reports.
WITHHELD = frozenset({"authorization", "cookie"})


def echo(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with method, path, query, headers and body (as text) in JSON."""
    headers = {name: value for name, value in message.headers.items() if name.lower() not in WITHHELD}
    received = {
        "method": message.method,
        "path": message.path,
        "query": dict(message.query),
        "headers": headers,
        "body": message.body.decode("utf-8", "replace"),
    }
    return Reply(json.dumps(received, ensure_ascii=False).encode("utf-8", "replace"), "application/json")


FLOWS = (
    Flow("Echo", "Echo", "/echo", echo),
    Flow("Echo_Any_Path", "Echo of any path", "/echo/*", echo),
    # The smallest limit that the sender can be set to (wire-facts 4.6).
    Flow("Echo_Limited", "Echo of up to 1 MB", "/echo/limited", echo, body_limit=1.0),
)
