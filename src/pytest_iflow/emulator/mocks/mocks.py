"""The mocks of all scenarios: each has its own answers and its own record of what was sent.

A scenario is known by a text that the client makes up and sends with each call of a flow, in the header
``SCENARIO_HEADER``. The flow does not see that header.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from pytest_iflow.emulator.mocks.calls import CallBook, ReceiverCall
from pytest_iflow.emulator.mocks.rules import AnswersInTurn, MockAnswer, closest, leads_to

SCENARIO_HEADER = "x-pytest-iflow-scenario"

FILE_HEADER = "x-pytest-iflow-file"
"""Names the file, percent-encoded, that starts a flow as if it lay on the server of its SFTP sender."""

MOST_SCENARIOS = 2_000
"""Scenarios of which something is kept; the oldest one goes where there are more."""

NUMBERED = tuple[int, ReceiverCall]
"""A call with its number in its scenario, from 0."""


class _Scenario:
    def __init__(self) -> None:
        self.answers: dict[str, AnswersInTurn] = {}
        self.book = CallBook()


class Mocks:
    """Answers and records by scenario; safe in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scenarios: dict[str, _Scenario] = {}

    def order(self, scenario: str, receiver: str, answers: Iterable[MockAnswer]) -> None:
        """Let a receiver, by its name or an address, answer so from now on; raises RuleError."""
        ordered = list(answers)
        for each in ordered:
            each.check()
        with self._lock:
            self._of(scenario).answers[receiver] = AnswersInTurn(ordered)

    def take(self, scenario: str, call: ReceiverCall) -> tuple[MockAnswer | None, bool]:
        """Record a call; return the answer, None without a fitting one, and whether there are any answers."""
        with self._lock:
            held = self._of(scenario)
            held.book.add(call)
            answers = closest(held.answers, call)
            return (answers.next(call) if answers else None), answers is not None

    def file(self, scenario: str, receiver: str, name: str) -> bytes | None:
        """Return the content of a file that a scenario's flow has written, None where there is none."""
        with self._lock:
            for call in reversed(self._of(scenario).book.calls):
                if (call.kind, call.receiver, call.name) == ("file", receiver, name) and call.is_whole:
                    return call.body
        return None

    def calls(self, scenario: str, receiver: str) -> tuple[list[NUMBERED], int]:
        """Return what a receiver, by name or address, was sent, and how many calls of all were lost.

        An empty one stands for all receivers.
        """
        with self._lock:
            book = self._of(scenario).book
            meant = [each for each in enumerate(book.calls) if not receiver or leads_to(receiver, each[1])]
            return meant, book.lost

    def call(self, scenario: str, number: int) -> ReceiverCall | None:
        """Return a call by its number, None where there is none."""
        with self._lock:
            calls = self._of(scenario).book.calls
            return calls[number] if 0 <= number < len(calls) else None

    def forget(self, scenario: str) -> None:
        """Drop all of a scenario."""
        with self._lock:
            self._scenarios.pop(scenario, None)

    def clear(self) -> None:
        """Drop all of all scenarios."""
        with self._lock:
            self._scenarios.clear()

    def _of(self, scenario: str) -> _Scenario:
        if scenario not in self._scenarios:
            while len(self._scenarios) >= MOST_SCENARIOS:
                del self._scenarios[next(iter(self._scenarios))]
            self._scenarios[scenario] = _Scenario()
        return self._scenarios[scenario]
