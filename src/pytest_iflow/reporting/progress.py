"""Where a long run stands, in the last lines of an interactive terminal: done, failed, time left, what runs.

pytest goes on printing above them: its output passes through ``Above``, which takes the lines away, writes,
and puts them back. At the end nothing of them is left.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from pytest_iflow.tenants.secrets import mask

_MOST_RUNNING = 8
_MINUTE = 60
_SECONDS_ONLY = 90


class Above:
    """The output of a terminal above the lines of ``status``, which a run may lack."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self.status: Status | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._output, name)

    def write(self, text: str) -> int:
        """Write what pytest prints."""
        if self.status is None:
            return self._output.write(text)
        self.status.erase()
        written = self._output.write(text)
        if text.endswith("\n"):
            self.status.draw()
        return written


class Status:
    """The last lines of a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: Sequence[Text] = ()
        self._drawn: list[int] = []

    def show(self, lines: Sequence[Text]) -> None:
        """Put ``lines`` in place of those that are shown; each is cut where the terminal ends."""
        self._lines = lines
        self.erase()
        self.draw()

    def draw(self) -> None:
        """Show the lines; the cursor stands at the beginning of a line."""
        if not self._lines:
            return
        width = self._console.width - 1  # a line of the full width would wrap
        shown = [line.copy() for line in self._lines[: max(self._console.height - 1, 1)]]
        for line in shown:
            line.truncate(width, overflow="ellipsis")
        self._drawn = [cell_len(line.plain) for line in shown]
        self._console.print(Text("\n").join(shown), end="", no_wrap=True, crop=False, highlight=False)

    def erase(self) -> None:
        """Take the lines away; where the terminal has become narrower, each may be several by now."""
        if not self._drawn:
            return
        rows = sum(max(math.ceil(cells / self._console.width), 1) for cells in self._drawn)
        self._drawn = []
        clear, up = Control((ControlType.ERASE_IN_LINE, 2)), Control.move(0, -1)
        self._console.control(Control(ControlType.CARRIAGE_RETURN), clear, *[up, clear] * (rows - 1))


def status_console(output: TextIO, option: Any, environ: Mapping[str, str]) -> Console | None:
    """Return a console where lines can be shown and taken away again; None where output is to stay plain.

    That is so in CI, in a file or pipe, in a terminal that cannot move its cursor, where pytest is quiet,
    and where tests or a debugger write to the same terminal.
    """
    others_write = option.capture == "no" or option.usepdb or option.trace
    wanted = option.progress and option.verbose >= 0 and not option.collectonly and not others_write
    if not wanted or environ.get("CI") or not output.isatty():
        return None
    console = Console(file=output, soft_wrap=True)
    plain = console.is_dumb_terminal or console.legacy_windows or not console.is_terminal
    return None if plain else console


class Progress:
    """Follows a run, under xdist in the controller, and shows where it stands."""

    def __init__(self, above: Above, console: Console) -> None:
        self._above = above
        self._status = above.status = Status(console)
        self._total = 0
        self._began: float | None = None
        self._running: dict[str, str] = {}
        self._workers: dict[str, str] = {}
        self._done: set[str] = set()
        self._failed: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many tests there are."""
        self._total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn it from a worker: each collects all tests."""
        self._total = len(ids)

    @pytest.hookimpl(trylast=True)  # after the reporter has printed what it has to
    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Note what runs."""
        self._began = self._began or time.monotonic()
        self._running[nodeid] = mask(location[2])
        self._show()

    @pytest.hookimpl(tryfirst=True)  # the reporter's next line brings the new state
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count failures, and learn from the end of its set-up which worker of xdist runs a test."""
        if report.failed:
            self._failed.add(report.nodeid)
        node = getattr(report, "node", None)
        if node is not None and report.nodeid in self._running.keys() - self._workers.keys():
            self._workers[report.nodeid] = node.gateway.id
            self._show()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Count what is done."""
        self._running.pop(nodeid, None)
        self._workers.pop(nodeid, None)
        self._done.add(nodeid)
        self._show()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave nothing behind."""
        self._status.show(())
        self._above.status = None

    def _show(self) -> None:
        self._status.show(
            status_lines(len(self._done), self._total, len(self._failed), self._left(), self._titles())
        )

    def _titles(self) -> list[str]:
        """What runs, each worker with its name and in its place."""
        known = {nodeid: self._workers.get(nodeid, "") for nodeid in self._running}
        places = sorted(known, key=lambda nodeid: (not known[nodeid], len(known[nodeid]), known[nodeid]))
        return [f"{known[nodeid]} {self._running[nodeid]}" for nodeid in places]

    def _left(self) -> float | None:
        """Seconds, if what is done tells anything about the rest."""
        if not self._done or self._began is None:
            return None
        return (time.monotonic() - self._began) / len(self._done) * max(self._total - len(self._done), 0)


def status_lines(
    done: int, total: int, failed: int, left: float | None, running: Sequence[str]
) -> list[Text]:
    """Return what is shown: the state of the run, then a line for each scenario that runs."""
    first = Text(f"{done} of {total} done", style="bold")
    if failed:
        first.append(f", {failed} failed", style="red")
    if left is not None:
        first.append(f", about {_time_left(left)} left", style="not bold")
    others = len(running) - _MOST_RUNNING
    lines = [first, *(Text(f"  {' '.join(title.split())}", style="dim") for title in running[:_MOST_RUNNING])]
    return [*lines, Text(f"  and {others} more", style="dim")] if others > 0 else lines


def _time_left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _SECONDS_ONLY else f"{seconds / _MINUTE:.0f} min"
