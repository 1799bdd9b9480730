"""The state of a run in the last lines of a terminal.

pytest goes on printing above them: its output passes through ``OutputAboveStatus``, which takes the lines
away, writes, and puts them back. At the end nothing of them is left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from pytest_iflow.reporting.progress import RunState

_MOST_RUNNING = 8


class OutputAboveStatus:
    """The output of a terminal above the lines of ``status``."""

    def __init__(self, output: TextIO, status: StatusLines) -> None:
        self._output = output
        self.status = status

    def __getattr__(self, name: str) -> Any:
        return getattr(self._output, name)

    def write(self, text: str) -> int:
        """Write what pytest prints."""
        self.status.erase()
        written = self._output.write(text)
        if text.endswith("\n"):
            self.status.draw()
        return written


class StatusLines:
    """The last lines of a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: Sequence[Text] = ()
        self._drawn: list[int] = []

    @property
    def is_due(self) -> bool:
        """It is always seen."""
        return True

    def tell(self, state: RunState | None) -> None:
        """Show the state of a run; None ends it."""
        self.show(status_lines(state) if state else ())

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

    That is so in CI, in a file or pipe, in a terminal that cannot move its cursor, and where tests or a
    debugger write to the same terminal.
    """
    others_write = option.capture == "no" or option.usepdb or option.trace
    if others_write or environ.get("CI") or not output.isatty():
        return None
    console = Console(file=output, soft_wrap=True)
    plain = console.is_dumb_terminal or console.legacy_windows or not console.is_terminal
    return None if plain else console


def status_lines(state: RunState) -> list[Text]:
    """Return what is shown: the state of the run, then a line for each scenario that runs."""
    done, failed, left = state.words
    first = Text(done, style="bold")
    first.append(failed, style="red")
    first.append(left, style="not bold")
    shown, others = state.running[:_MOST_RUNNING], len(state.running) - _MOST_RUNNING
    lines = [first, *(Text(f"  {' '.join(title.split())}", style="dim") for title in shown)]
    return [*lines, Text(f"  and {others} more", style="dim")] if others > 0 else lines
