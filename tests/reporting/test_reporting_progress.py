"""Where a long run stands, in the last lines of a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pyte
import pytest
from rich.console import Console

from pytest_iflow.reporting.progress import Above, Progress, Status, status_console, status_lines
from tests.inner_project import TIMEOUT, InnerProject

pytest_plugins = ["tests.inner_project"]

OPTIONS = {
    "capture": "fd",
    "usepdb": False,
    "trace": False,
    "progress": True,
    "verbose": 0,
    "collectonly": False,
}


class Terminal(StringIO):
    """A terminal of a width, and what it shows."""

    def __init__(self, width: int = 40, height: int = 10) -> None:
        super().__init__()
        self.screen = pyte.Screen(width, height)
        self.screen.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self.screen)
        self.console = Console(
            file=self, force_terminal=True, width=width, height=height, legacy_windows=False
        )

    def isatty(self) -> bool:
        """Say that somebody watches."""
        return True

    def write(self, text: str) -> int:
        """Show text."""
        self._stream.feed(text)
        return super().write(text)

    def resize(self, width: int) -> None:
        """Make it narrower; lines that do not fit any more wrap, as in the terminals of today."""
        lines = self.lines()
        self.screen.reset()
        self.screen.resize(columns=width)
        self.screen.set_mode(pyte.modes.LNM)
        self.console.width = width
        self._stream.feed("\n".join(lines))

    def lines(self) -> list[str]:
        """Return the lines that are shown, without empty ones at the end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n").split("\n")


def plain(done: int, total: int, failed: int, left: float | None, *running: str) -> list[str]:
    """Return the lines of a state as they read."""
    return [line.plain for line in status_lines(done, total, failed, left, running)]


def test_the_state_of_a_run_is_one_line_and_one_for_each_scenario() -> None:
    """What is not known yet is not said."""
    assert plain(0, 12, 0, None, "An order") == ["0 of 12 done", "  An order"]
    assert plain(3, 12, 1, 75.4) == ["3 of 12 done, 1 failed, about 75 s left"]
    assert plain(3, 12, 0, 600, "a\nb") == ["3 of 12 done, about 10 min left", "  a b"]
    assert plain(0, 12, 0, None, *"abcdefghij")[-2:] == ["  h", "  and 2 more"]


def test_output_stands_above_the_state() -> None:
    """Half a line waits for its end before the state is put back."""
    terminal = Terminal()
    above: Any = Above(terminal)
    above.write("before\n")
    above.status = Status(terminal.console)
    above.status.show(status_lines(0, 2, 0, None, ["An order"]))
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
    status = Status(terminal.console)
    status.show(status_lines(1, 20, 0, 5.0, ["東京東京東京東京", "another", "one more"]))
    shown = terminal.lines()
    assert len(shown) == 2
    assert shown[0] == "1 of 20 do…"
    status.show([])
    assert terminal.lines() == [""]


def test_a_terminal_that_becomes_narrower_keeps_nothing() -> None:
    """Though its lines have wrapped in the meantime."""
    terminal = Terminal(width=40)
    above: Any = Above(terminal)
    above.write("before\n")
    above.status = Status(terminal.console)
    above.status.show(status_lines(10, 20, 3, 50.0, ["A scenario with a long title"]))
    terminal.resize(16)
    above.status.show([])
    assert terminal.lines() == ["before"]


@pytest.mark.parametrize(
    ("options", "environ", "shown"),
    [
        ({}, {}, True),
        ({"verbose": 1}, {}, True),
        ({"verbose": -1}, {}, False),
        ({"capture": "no"}, {}, False),
        ({"usepdb": True}, {}, False),
        ({"progress": False}, {}, False),
        ({"collectonly": True}, {}, False),
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


def report(nodeid: str, worker: str, *, failed: bool) -> Any:
    """Return what tells of a phase of a test."""
    node = SimpleNamespace(gateway=SimpleNamespace(id=worker))
    return SimpleNamespace(nodeid=nodeid, failed=failed, node=node)


def test_workers_are_followed_from_the_controller() -> None:
    """They start and finish in any order, each keeps its place; a test that fails twice is one."""
    terminal = Terminal()
    progress = Progress(Above(terminal), terminal.console)
    progress.pytest_xdist_node_collection_finished(["a", "b", "c"])
    progress.pytest_runtest_logstart("a", ("x.feature", 2, "First"))
    progress.pytest_runtest_logstart("b", ("x.feature", 5, "Second"))
    assert terminal.lines() == ["0 of 3 done", "  First", "  Second"]
    progress.pytest_runtest_logreport(report("a", "gw10", failed=False))
    progress.pytest_runtest_logreport(report("b", "gw9", failed=False))
    assert terminal.lines()[1:] == ["  gw9 Second", "  gw10 First"]
    for _ in range(2):
        progress.pytest_runtest_logreport(report("b", "gw9", failed=True))
    progress.pytest_runtest_logreport(report("b", "gw9", failed=False))
    progress.pytest_runtest_logfinish("b")
    first, *running = terminal.lines()
    assert first.startswith("1 of 3 done, 1 failed, about ")
    assert running == ["  gw10 First"]
    progress.pytest_sessionfinish()
    assert terminal.lines() == [""]


FEATURE = """
    Feature: F
      Scenario Outline: row <n>
        Given an access token
        Examples:
          | n |
          | 1 |
          | 2 |
      Scenario: bad
        When I do magic
"""


@pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals")
@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_run_in_a_terminal_leaves_what_it_leaves_elsewhere(
    project: InnerProject, workers: list[str]
) -> None:
    """Progress is seen while it runs; afterwards the screen is as without it."""
    import pty  # noqa: PLC0415, not on Windows

    project.write("features/a.feature", FEATURE)
    controller, terminal = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "60"}
    for name in ("CI", "NO_COLOR", "GITHUB_ACTIONS", "TF_BUILD"):
        environ.pop(name, None)
    process = subprocess.Popen(  # noqa: S603, this very interpreter
        [sys.executable, "-m", "pytest", "--tenant=local", *workers],
        cwd=project.root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    output = b""
    try:
        while part := os.read(controller, 65536):
            output += part
    except OSError:  # how Linux says that nobody writes to it any more
        pass
    finally:
        os.close(controller)
    assert process.wait(TIMEOUT) == 1
    text = output.decode("utf-8")
    written = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "0 of 3 done" in written
    assert "done, 1 failed, about " in written
    assert bool(re.search(r"  gw[01] (bad|row [12])", written)) == bool(workers)
    screen = pyte.HistoryScreen(100, 200)
    pyte.Stream(screen).feed(text)
    shown = [line.rstrip() for line in screen.display]
    assert not [line for line in shown if " of 3 done" in line]
    assert sorted(line for line in shown if line.startswith(("  passed ", "  BROKEN "))) == [
        "  BROKEN   bad",
        "  passed   row 1",
        "  passed   row 2",
    ]
    assert any("1 failed, 2 passed" in line for line in shown)
