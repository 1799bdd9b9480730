"""A terminal, and what somebody who sits before it sees."""

from __future__ import annotations

from io import StringIO

import pyte
from rich.console import Console


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
