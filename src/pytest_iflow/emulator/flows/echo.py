"""A flow that answers with what it got, for tests of what a client sends."""

from __future__ import annotations

import json

from pytest_iflow.emulator.flows.message import Flow, Message, Reply, Surroundings

# What says who the caller is has no place in an answer that ends up in reports.
WITHHELD = frozenset({"authorization", "cookie"})


def echo(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with method, query, headers and body (as text) in JSON."""
    headers = {name: value for name, value in message.headers.items() if name not in WITHHELD}
    received = {
        "method": message.method,
        "query": dict(message.query),
        "headers": headers,
        "body": message.body.decode("utf-8", "replace"),
    }
    return Reply(json.dumps(received, ensure_ascii=False).encode(), "application/json")


FLOWS = (Flow("Echo", "/echo", echo),)
