"""What messages passed in flows that the engine ran: steps and routes, by the id of the message log.

The order below ``/emulator/flow-coverage`` that tells of it is described in ``docs/flow-coverage.md``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.routing import Route

from pytest_iflow.emulator.wire_answer import WireAnswer

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.run_record import FlowRun

MOST_MESSAGES = 20_000
"""Messages of which something is kept; the oldest one goes where there are more."""


class FlowPassage(Struct, frozen=True):
    """What one message passed in one flow: ids of the model, each once, in order."""

    flow: str
    steps: tuple[str, ...]
    routes: tuple[str, ...]


class Passages:
    """The passages of the latest messages; safe in threads.

    Messages that went the same way share one record, so that many of them take little room. ``forgotten``
    counts those that had to go.
    """

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self.forgotten = 0
        self._lock = threading.Lock()
        self._by_message: dict[str, tuple[FlowPassage, ...]] = {}
        self._ways: dict[tuple[FlowPassage, ...], tuple[FlowPassage, ...]] = {}

    def add(self, message: str, runs: Iterable[FlowRun]) -> None:
        """Keep what a message passed in the flow that it was sent to, and in those that came of it."""
        way = tuple(_passages(runs))
        with self._lock:
            if len(self._ways) > self._most:
                self._ways.clear()
            self._by_message[message] = self._ways.setdefault(way, way)
            if len(self._by_message) > self._most:
                del self._by_message[next(iter(self._by_message))]
                self.forgotten += 1

    def of(self, messages: Iterable[str]) -> list[tuple[list[str], tuple[FlowPassage, ...]]]:
        """Return messages together that went the same way, those left out of which nothing is known."""
        found: dict[int, tuple[list[str], tuple[FlowPassage, ...]]] = {}
        with self._lock:
            for each in messages:
                if (way := self._by_message.get(each)) is not None:
                    found.setdefault(id(way), ([], way))[0].append(each)
        return list(found.values())

    def others(self, messages: Iterable[str]) -> list[FlowPassage]:
        """Return what messages passed that are none of these, one passage for each flow."""
        known = set(messages)
        with self._lock:
            ways = {id(way): way for name, way in self._by_message.items() if name not in known}
        return list(_merged(each for way in ways.values() for each in way))

    def clear(self) -> None:
        """Forget all messages."""
        with self._lock:
            self._by_message.clear()
            self._ways.clear()
            self.forgotten = 0


def _passages(runs: Iterable[FlowRun]) -> Iterable[FlowPassage]:
    """Yield one passage for each flow that took part, called ones included."""
    waiting, found = list(runs), []
    while waiting:
        run = waiting.pop(0)
        waiting += run.called
        found.append(FlowPassage(run.flow, tuple(each.step for each in run.steps), tuple(run.routes())))
    return _merged(found)


def _merged(passages: Iterable[FlowPassage]) -> Iterable[FlowPassage]:
    """Yield one passage for each flow, whichever of its messages passed what; each part stands once."""
    steps: dict[str, dict[str, None]] = {}
    routes: dict[str, dict[str, None]] = {}
    for each in passages:
        steps.setdefault(each.flow, {}).update(dict.fromkeys(each.steps))
        routes.setdefault(each.flow, {}).update(dict.fromkeys(each.routes))
    for flow, passed in steps.items():
        yield FlowPassage(flow, tuple(passed), tuple(routes[flow]))


def route(root: str, passages: Passages) -> Route:
    """Return what answers below a path: it is asked for messages by their ids, and answers by their ways."""

    async def answer(request: Request) -> WireAnswer:
        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, list[str]])["messages"]
        except (msgspec.MsgspecError, KeyError):
            said = b'The body is no question. Expected {"messages": ["ID", ...]}.\n'
            return WireAnswer(HTTPStatus.BAD_REQUEST, (("content-type", "text/plain; charset=utf-8"),), said)
        ways = [{"messages": found, "flows": way} for found, way in passages.of(asked)]
        answered = {"ways": ways, "others": passages.others(asked), "forgotten": passages.forgotten}
        body = msgspec.json.encode(answered)
        return WireAnswer(HTTPStatus.OK, (("content-type", "application/json"),), body)

    return Route(f"{root}/flow-coverage", answer, methods=["POST"])
