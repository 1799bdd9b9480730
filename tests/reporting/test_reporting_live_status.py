"""The state of a run in the last lines of a terminal."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_iflow.reporting.live_status import OutputAboveStatus, StatusLines, status_console, status_lines
from pytest_iflow.reporting.progress import RunState
from tests.reporting.emulated_terminal import Terminal

OPTIONS = {"capture": "fd", "usepdb": False, "trace": False}


def lines(done: int, total: int, failed: int, left: float | None, *running: str) -> list[str]:
    """Return the lines of a state as they read."""
    return [line.plain for line in status_lines(RunState(done, total, failed, left, running))]


def test_the_state_of_a_run_is_one_line_and_one_for_each_scenario() -> None:
    """What is not known yet is not said."""
    assert lines(0, 12, 0, None, "An order") == ["0 of 12 done", "  An order"]
    assert lines(3, 12, 1, 75.4) == ["3 of 12 done, 1 failed, about 75 s left"]
    assert lines(3, 12, 0, 600, "a\nb") == ["3 of 12 done, about 10 min left", "  a b"]
    assert lines(0, 12, 0, None, *"abcdefghij")[-2:] == ["  h", "  and 2 more"]


def test_output_stands_above_the_state() -> None:
    """Half a line waits for its end before the state is put back."""
    terminal = Terminal()
    above: Any = OutputAboveStatus(terminal, StatusLines(terminal.console))
    above.write("before\n")
    above.status.show(status_lines(RunState(0, 2, 0, None, ["An order"])))
    assert terminal.lines() == ["before", "0 of 2 done", "  An order"]
    above.write("  passed ")
    assert terminal.lines() == ["before", "  passed"]
    above.write("An order\n")
    assert terminal.lines() == ["before", "  passed An order", "0 of 2 done", "  An order"]
    above.status.show([])
    assert terminal.lines() == ["before", "  passed An order"]
    assert above.isatty()


def test_a_narrow_terminal_shows_the_beginnings() -> None:
    """No line wraps, in characters of double width neither; of many lines the first are shown."""
    terminal = Terminal(width=12, height=3)
    status = StatusLines(terminal.console)
    status.show(status_lines(RunState(1, 20, 0, 5.0, ["東京東京東京東京", "another", "one more"])))
    shown = terminal.lines()
    assert len(shown) == 2
    assert shown[0] == "1 of 20 do…"
    status.show([])
    assert terminal.lines() == [""]


def test_a_terminal_that_becomes_narrower_keeps_nothing() -> None:
    """Though its lines have wrapped in the meantime."""
    terminal = Terminal(width=40)
    above: Any = OutputAboveStatus(terminal, StatusLines(terminal.console))
    above.write("before\n")
    above.status.show(status_lines(RunState(10, 20, 3, 50.0, ["A scenario with a long title"])))
    terminal.resize(16)
    above.status.show([])
    assert terminal.lines() == ["before"]


@pytest.mark.parametrize(
    ("options", "environ", "shown"),
    [
        ({}, {}, True),
        ({"capture": "no"}, {}, False),
        ({"usepdb": True}, {}, False),
        ({}, {"CI": "true"}, False),
        ({}, {"TERM": "dumb"}, False),
    ],
)
def test_output_stays_plain_where_nobody_watches(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], environ: dict[str, str], shown: bool
) -> None:
    """And where others write to the same terminal, or it cannot move its cursor."""
    monkeypatch.setenv("TERM", environ.get("TERM", "xterm"))
    monkeypatch.delenv("TTY_INTERACTIVE", raising=False)
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    option = SimpleNamespace(**OPTIONS | options)
    assert (status_console(Terminal(), option, environ) is not None) == shown
    assert status_console(StringIO(), option, environ) is None
