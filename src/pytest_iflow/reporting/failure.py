"""A failure as a tester reads it: the scenario with the failed step marked, then what was wrong.

A failure that this package explains needs no traceback; of any other the part above the step function,
which is pytest-bdd at work, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from _pytest._code.code import ExceptionRepr, ReprEntry, ReprExceptionInfo, ReprTraceback
from pytest_bdd.exceptions import StepDefinitionNotFoundError

from pytest_iflow.errors import IflowError

_MACHINERY = frozenset({"_pytest", "allure_commons", "pluggy", "pytest_bdd"})
"""Packages whose frames stand between pytest and a step function or a fixture."""


EXPLAINED = (IflowError, StepDefinitionNotFoundError)
"""Errors whose text says all that a tester needs."""

_BRIEF = frozenset({"auto", "short", "line"})
"""Styles of ``--tb`` with which an explained failure is shown without a traceback."""


def present_failure(
    report: pytest.TestReport, error: BaseException, scenario: Sequence[str], config: pytest.Config
) -> None:
    """Rebuild the representation of a failed ``report``: ``scenario`` first, then error or traceback."""
    shown = report.longrepr
    if not isinstance(shown, ExceptionRepr) or shown.reprtraceback is None:
        return
    brief = config.getoption("tbstyle") in _BRIEF and not config.getoption("showlocals")
    if brief and isinstance(error, EXPLAINED):
        lines = [f"E   {line}".rstrip() for line in told(error).splitlines()]
        entries = [_entry(scenario, "value"), _entry(lines, "long")]
        report.longrepr = ReprExceptionInfo(
            reprtraceback=ReprTraceback(entries, extraline=None, style="long"), reprcrash=shown.reprcrash
        )
        if shown.reprcrash is not None:
            shown.reprcrash.message = str(error)
        return
    if shown.reprcrash is not None:
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
        shown.reprcrash.message = shown.reprcrash.message.removesuffix(notes)
    tracebacks = [part[0] for part in getattr(shown, "chain", ())] or [shown.reprtraceback]
    for traceback in tracebacks:
        traceback.reprentries = _from_step_function(list(traceback.reprentries))
    tracebacks[0].reprentries = [_entry(scenario, "value"), *tracebacks[0].reprentries]


def told(error: BaseException) -> str:
    """Return what an explained error says, with its notes: why a call was refused."""
    return "\n\n".join([str(error), *getattr(error, "__notes__", ())])


def _entry(lines: Sequence[str], style: Literal["value", "long"]) -> ReprEntry:
    return ReprEntry(list(lines), None, None, None, style)


def _from_step_function(entries: list[Any]) -> list[Any]:
    for position, entry in enumerate(entries):
        location = getattr(entry, "reprfileloc", None)
        if location is not None and _MACHINERY.isdisjoint(Path(location.path).parts):
            return entries[position:]
    return entries
