"""What the doctor finds, on the terminal: a line for each probe as it ends, and what to do below it."""

from __future__ import annotations

import contextlib
import sys
from contextlib import AbstractContextManager

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pytest_iflow.diagnosis.doctor.examination import Examination, Outcome
from pytest_iflow.diagnosis.doctor.outcome import Advice, State
from pytest_iflow.reporting.console_text import console_text

_STYLES = {
    State.PASSED: "green",
    State.WARNED: "yellow",
    State.FAILED: "bold red",
    State.SKIPPED: "dim",
}
_UNBOUNDED = 10_000
"""Columns of an output that is no terminal: there nothing is wrapped."""

_WIDTHS = (9, 14)
"""Columns of state and name of a probe."""


class Report:
    """Writes to standard output; a terminal also shows what is under way."""

    def __init__(self) -> None:
        console = Console(markup=False, highlight=False)
        if not console.is_terminal:
            console = Console(markup=False, highlight=False, width=_UNBOUNDED, file=sys.stdout)
        self._console = console

    def under_way(self, title: str) -> AbstractContextManager[object]:
        """Show what is looked at while the context lasts."""
        if not self._console.is_terminal:
            return contextlib.nullcontext()
        # The usual spinner is of characters that a console without UTF-8 cannot show.
        spinner = "dots" if self._console.encoding.startswith("utf") else "line"
        return self._console.status(Text(console_text(title)), spinner=spinner)

    def show(self, outcome: Outcome) -> None:
        """Write the line of a probe, and what to do."""
        state, name = _WIDTHS
        line = Text(f"{outcome.state.value:<{state}}", style=_STYLES[outcome.state])
        line.append(console_text(f"{outcome.name:<{name}}{outcome.subject}"), style="default")
        line.append(f"  {console_text(outcome.said)}", style="dim")
        self._console.print(line)
        for advice in outcome.advice:
            self._console.print(Padding(_explained(advice), (0, 0, 0, state), expand=False))

    def conclude(self, environment: str, examination: Examination) -> None:
        """Write the last line: all is well, or what is broken first."""
        broken = examination.first_broken
        warned = sum(outcome.state is State.WARNED for outcome in examination.outcomes)
        if broken is not None:
            causes = [advice.cause for advice in broken.advice if advice.cause]
            cause = f" ({causes[0]})" if causes else ""
            self._end(f"{environment}: first broken: {broken.title}{cause}", State.FAILED)
        elif warned:
            self._end(f"{environment}: nothing is broken, warnings: {warned}", State.WARNED)
        else:
            self._end(f"{environment}: all is well", State.PASSED)

    def _end(self, text: str, state: State) -> None:
        self._console.print(Text(console_text(text), style=_STYLES[state]))


def _explained(advice: Advice) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    name = f"{advice.certainty}: {advice.cause}. " if advice.cause else ""
    rows = [("why", name + advice.why), ("what to do", advice.remedy or "")]
    rows += [("" if number else "evidence", line) for number, line in enumerate(advice.evidence)]
    for label, text in rows:
        if text:
            table.add_row(label, Text(console_text(text)))
    return table
