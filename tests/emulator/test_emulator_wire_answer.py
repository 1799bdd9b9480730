"""Answers as they go over the wire."""

from __future__ import annotations

import asyncio

from starlette.types import Message

from pytest_iflow.emulator.wire_answer import WireAnswer


def _sent(answer: WireAnswer) -> list[Message]:
    events: list[Message] = []

    async def send(event: Message) -> None:
        events.append(event)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    asyncio.run(answer({"type": "http"}, receive, send))
    return events


def test_headers_keep_their_order_and_nothing_is_added() -> None:
    """What is sent is what was given."""
    start, *_ = _sent(WireAnswer(418, (("b", "2"), ("a", "1"), ("b", "3"))))
    assert (start["status"], start["headers"]) == (418, [(b"b", b"2"), (b"a", b"1"), (b"b", b"3")])


def test_body_is_sent_chunk_by_chunk() -> None:
    """An iterable is taken from while sending; the last event ends the answer."""
    events = _sent(WireAnswer(200, (), iter([b"one", b"two"])))
    assert [(event["body"], event.get("more_body", False)) for event in events[1:]] == [
        (b"one", True),
        (b"two", True),
        (b"", False),
    ]
