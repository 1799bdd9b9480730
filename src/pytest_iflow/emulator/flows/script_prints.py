"""What scripts of exported iFlows printed, by the id of the message log.

The order below ``/emulator/script-prints`` that tells of it is described in ``docs/scripts.md``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.routing import Route

from pytest_iflow.emulator.wire_answer import WireAnswer

if TYPE_CHECKING:
    from pytest_iflow.iflow_engine.run_record import FlowRun

MOST_KEPT = 8_000_000
"""Characters that are kept of all messages; the oldest message goes where there are more."""
MOST_OF_MESSAGE = 256_000
"""Characters that are kept of one message."""


class ScriptPrint(Struct, frozen=True):
    """What a script step printed in one run; ``left_out`` bytes more were not kept."""

    message: str
    flow: str
    step: str
    text: str
    left_out: int = 0


class ScriptPrints:
    """The prints of the latest messages; safe in threads.

    ``show`` is called with each line for whoever watches the tenant.
    """

    def __init__(self, show: Callable[[str], object] | None = None) -> None:
        self.show = show
        self._lock = threading.Lock()
        self._by_message: dict[str, list[ScriptPrint]] = {}
        self._size = 0

    def add(self, message: str, runs: Iterable[FlowRun]) -> None:
        """Keep what was printed in the flow that a message was sent to, and in those that came of it."""
        prints, room = [], MOST_OF_MESSAGE
        for run in _with_called(runs):
            for step, text, left_out in run.printed:
                kept = text[:room]
                room -= len(kept)
                cut = len(text[len(kept) :].encode())
                prints.append(ScriptPrint(message, run.name, step, kept, left_out + cut))
        if not prints:
            return
        if self.show is not None:
            self.show("".join(_lines(prints)))
        with self._lock:
            self._by_message[message] = prints
            self._size += _size(prints)
            while self._size > MOST_KEPT:
                self._size -= _size(self._by_message.pop(next(iter(self._by_message))))

    def of(self, messages: Iterable[str]) -> list[ScriptPrint]:
        """Return what was printed for these messages, in their order."""
        with self._lock:
            return [each for name in messages for each in self._by_message.get(name, ())]

    def clear(self) -> None:
        """Forget all messages."""
        with self._lock:
            self._by_message.clear()
            self._size = 0


def _with_called(runs: Iterable[FlowRun]) -> Iterator[FlowRun]:
    for run in runs:
        yield run
        yield from _with_called(run.called)


def _size(prints: Iterable[ScriptPrint]) -> int:
    return sum(len(each.text) for each in prints)


def _lines(prints: Iterable[ScriptPrint]) -> Iterator[str]:
    for each in prints:
        for line in each.text.splitlines():
            shown = "".join(char if char.isprintable() or char == "\t" else "?" for char in line)
            yield f'{each.flow}, script "{each.step}": {shown}\n'
        if each.left_out:
            yield f'{each.flow}, script "{each.step}": {each.left_out:,} bytes more\n'


def route(root: str, prints: ScriptPrints, may_print: Callable[[], bool]) -> Route:
    """Return what answers below a path: it is asked for messages by their ids.

    ``may_print`` says whether an iFlow is deployed that has scripts.
    """

    async def answer(request: Request) -> WireAnswer:
        try:
            asked = msgspec.json.decode(await request.body(), type=dict[str, list[str]])["messages"]
        except (msgspec.MsgspecError, KeyError):
            said = b'The body is no question. Expected {"messages": ["ID", ...]}.\n'
            return WireAnswer(HTTPStatus.BAD_REQUEST, (("content-type", "text/plain; charset=utf-8"),), said)
        body = msgspec.json.encode({"printed": prints.of(asked), "has_scripts": may_print()})
        return WireAnswer(HTTPStatus.OK, (("content-type", "application/json"),), body)

    return Route(f"{root}/script-prints", answer, methods=["POST"])
