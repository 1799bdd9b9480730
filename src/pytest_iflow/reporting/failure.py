"""A failure as a tester reads it: the scenario with the failed step marked, then what was wrong.

A failure that this package explains needs no traceback; of any other the part above the step function,
which is pytest-bdd at work, is left out. Everything is masked, values of local variables too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_bdd.exceptions
from _pytest._code.code import ReprEntry, ReprExceptionInfo

from pytest_iflow.errors import IflowError
from pytest_iflow.tenants.secrets import mask

_MACHINERY = frozenset({"_pytest", "pluggy", "pytest_bdd"})
"""Packages whose frames stand between pytest and a step function."""


def present_failure(
    report: pytest.TestReport, error: BaseException, scenario: Sequence[str], config: pytest.Config
) -> None:
    """Rebuild the representation of a failed ``report``: ``scenario`` first, then error or traceback."""
    representation = report.longrepr
    if not isinstance(representation, ReprExceptionInfo):
        return
    traceback = representation.reprtraceback
    style = config.getoption("tbstyle", "auto")
    explained = isinstance(error, IflowError | pytest_bdd.exceptions.StepDefinitionNotFoundError)
    if explained and style in ("auto", "short", "line") and not config.getoption("showlocals", default=False):
        entries: list[Any] = [_lines([f"E   {line}" for line in str(error).splitlines()], "long")]
    else:
        entries = _from_step_function(list(traceback.reprentries))
    traceback.reprentries = [_lines(scenario, "value"), *entries]


def _lines(lines: Sequence[str], style: Any) -> ReprEntry:
    return ReprEntry(list(lines), None, None, None, style)


def _from_step_function(entries: list[Any]) -> list[Any]:
    for position, entry in enumerate(entries):
        location = getattr(entry, "reprfileloc", None)
        if location is not None and _MACHINERY.isdisjoint(Path(location.path).parts):
            return entries[position:]
    return entries


def mask_report(report: pytest.TestReport) -> None:
    """Mask every text of ``report``: representation, captured output, properties."""
    report.longrepr = _masked(report.longrepr)
    report.sections = _masked(report.sections)
    report.user_properties = _masked(report.user_properties)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_masked(one) for one in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for name, held in vars(value).items():
            setattr(value, name, _masked(held))
    return value
