"""A failure as a tester reads it: the scenario with the failed step marked, then what was wrong.

A failure that this package explains needs no traceback; of any other the part above the step function,
which is pytest-bdd at work, is left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from _pytest._code.code import (
    ExceptionRepr,
    ReprEntry,
    ReprExceptionInfo,
    ReprTraceback,
    Traceback,
    TracebackEntry,
)
from pytest_bdd.exceptions import StepDefinitionNotFoundError

from pytest_iflow.errors import IflowError
from pytest_iflow.gherkin.collector import CollectedScenario
from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.reporting.exchange_text import brief_text, exchange_text
from pytest_iflow.reporting.scenario_record import ScenarioRecord
from pytest_iflow.results.failure_kinds import first_line
from pytest_iflow.results.scenario_result import ScenarioStatus
from pytest_iflow.secrets.registry import mask

_E = TypeVar("_E")

_MACHINERY = frozenset({"_pytest", "allure_commons", "pluggy", "pytest_bdd"})
"""Packages whose frames stand between pytest and a step function or a fixture."""

_WRONG = frozenset({"failed", "undefined"})
"""Statuses of a step that fails its scenario."""

EXPLAINED = (IflowError, StepDefinitionNotFoundError)
"""Errors whose text says all that a tester needs."""

_MARK = "E   "
"""Stands before each line of an error in the terminal."""

_BRIEF = frozenset({"auto", "short", "line", "no"})
"""Styles of ``--tb`` with which an explained failure is shown without a traceback."""


Evidence = Literal["all", "brief", "none"]


def evidence_shown(config: pytest.Config) -> Evidence:
    """Return how much of the last exchange and of the message log a failure shows, by pytest's options."""
    option = config.option
    if option.tbstyle in {"short", "line", "no"} or option.showcapture == "no":
        return "none"
    return "brief" if is_grouped(config) else "all"


def is_grouped(config: pytest.Config) -> bool:
    """Whether failures of one kind are shown once."""
    option = config.option
    in_full = option.verbose > 0 or option.fulltrace or option.showlocals
    return option.tbstyle in {"auto", "short"} and not in_full


def shorten(excinfo: pytest.ExceptionInfo[BaseException], config: pytest.Config) -> None:
    """Spare pytest the frames that nobody is shown.

    It parses the source of each anew for every failure, which costs ten times what a scenario does.
    """
    if config.getoption("fulltrace"):
        return
    if _needs_no_traceback(excinfo.value, config):
        place = excinfo._getreprcrash()  # noqa: SLF001, where pytest says that it was raised
        bare = ReprExceptionInfo(ReprTraceback([], extraline=None, style="long"), place)
        excinfo.getrepr = lambda **_: bare  # type: ignore[method-assign]  # pytest asks this very object
    else:
        excinfo.traceback = Traceback(_from_step_function(list(excinfo.traceback), _path_of_frame))


def _present_failure(
    report: pytest.TestReport,
    error: BaseException,
    scenario: Sequence[str],
    place: tuple[str, int],
    config: pytest.Config,
) -> None:
    """Rebuild the representation of a failed ``report``: ``scenario`` first, then error or traceback.

    ``place`` is file and line of the step that failed.
    """
    shown = report.longrepr
    if not isinstance(shown, ExceptionRepr) or shown.reprtraceback is None:
        return
    if _needs_no_traceback(error, config):
        width = shutil.get_terminal_size().columns - len(_MARK)
        lines = [f"{_MARK}{line}".rstrip() for line in harmless(error_text(error, width)).splitlines()]
        in_a_line = config.getoption("tbstyle") == "line"
        shown.reprtraceback.reprentries = (
            [] if in_a_line else [_entry(scenario, "value"), _entry(lines, "long")]
        )
        if shown.reprcrash is not None:
            message = harmless(str(error))
            shown.reprcrash.message = first_line(message) if in_a_line else message
            shown.reprcrash.path, shown.reprcrash.lineno = place
        return
    if shown.reprcrash is not None:
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
        shown.reprcrash.message = shown.reprcrash.message.removesuffix(notes)
    tracebacks = [part[0] for part in getattr(shown, "chain", ())] or [shown.reprtraceback]
    if not config.getoption("fulltrace"):
        for traceback in tracebacks:
            traceback.reprentries = _from_step_function(list(traceback.reprentries), _path_of_entry)
    tracebacks[0].reprentries = [_entry(scenario, "value"), *tracebacks[0].reprentries]


def present_scenario(
    report: pytest.TestReport,
    call: pytest.CallInfo[None],
    collected: CollectedScenario,
    record: ScenarioRecord,
) -> None:
    """Show a scenario in the words of its feature; Python tests are shown as pytest does."""
    item = record.item
    if report.failed and call.excinfo is not None:
        lines = [harmless(mask(line)) for line in _scenario_text(collected, record)]
        _present_failure(report, call.excinfo.value, lines, _place(collected, record), item.config)
        evidence = evidence_shown(item.config)
        if isinstance(report.longrepr, ExceptionRepr) and evidence != "none":
            brief = evidence == "brief"
            if record.last is not None:
                text = brief_text(record.last) if brief else exchange_text(record.last)
                report.longrepr.addsection("last exchange", harmless(text), "-")
            if log := record.brief_log if brief else record.message_log:
                report.longrepr.addsection("message log", harmless(mask(log)), "-")
    if report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (str(item.path), collected.line, report.longrepr[2])


def _scenario_text(collected: CollectedScenario, record: ScenarioRecord) -> Iterator[str]:
    """The scenario as written, with the step that failed marked."""
    file = _file(record)
    shown = ", ".join(filter(None, (f"{file}:{collected.line}", collected.data_place)))
    yield f"  {collected.scenario.keyword}: {collected.title}    ({shown})"
    for step in record.steps:
        if step.status in _WRONG:
            yield f">     {step.name}" + (f"    ({file}:{step.step.line_number})" if step.step else "")
        else:
            yield f"      {step.name}"
    yield ""


def _place(collected: CollectedScenario, record: ScenarioRecord) -> tuple[str, int]:
    """File and line of the step that failed; of the scenario where that was beside its steps."""
    lines = (step.step.line_number for step in record.steps if step.status in _WRONG and step.step)
    return _file(record), next(lines, collected.line)


def _file(record: ScenarioRecord) -> str:
    return record.item.nodeid.partition("::")[0]


def _needs_no_traceback(error: BaseException, config: pytest.Config) -> bool:
    wanted = config.getoption("fulltrace") or config.getoption("showlocals")
    return isinstance(error, EXPLAINED) and config.getoption("tbstyle") in _BRIEF and not wanted


def error_text(error: BaseException, width: int | None = None) -> str:
    """Return what an explained error says, with its notes: why a call was refused.

    It is laid out for lines of ``width`` characters, if given.
    """
    said = error.text(width) if isinstance(error, IflowError) else str(error)
    return "\n\n".join([said, *getattr(error, "__notes__", ())])


def _entry(lines: Sequence[str], style: Literal["value", "long"]) -> ReprEntry:
    return ReprEntry(list(lines), None, None, None, style)


def _from_step_function(entries: list[_E], path_of: Callable[[_E], Path | None]) -> list[_E]:
    for position, entry in enumerate(entries):
        path = path_of(entry)
        if path is not None and _MACHINERY.isdisjoint(path.parts):
            return entries[position:]
    return entries


def _path_of_entry(entry: Any) -> Path | None:
    location = getattr(entry, "reprfileloc", None)
    return Path(location.path) if location else None


def _path_of_frame(entry: TracebackEntry) -> Path:
    return Path(entry.path)


def outcome(
    report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item
) -> tuple[ScenarioStatus, str]:
    """Return what became of a test in this phase, and why; the message is not masked."""
    if report.passed and call.excinfo is None and not hasattr(report, "wasxfail"):
        return "passed", ""
    return _status(report, call, item), _message(report, call, item)


def _status(report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item) -> ScenarioStatus:
    if report.passed or report.skipped:
        return "passed" if report.passed else "skipped"
    if report.when != "call":
        return "broken"
    if isinstance(item, pytest.DoctestItem):
        return "failed"
    error = call.excinfo.value if call.excinfo is not None else None
    # Without an error pytest itself fails what passed: an xfail that is strict.
    return "failed" if isinstance(error, AssertionError | pytest.fail.Exception | None) else "broken"


def _message(report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item) -> str:
    expected: str | None = getattr(report, "wasxfail", None)
    if expected is not None:
        what = "an expected failure" if report.skipped else "it passed, though a failure was expected"
        return f"{what}: {expected.removeprefix('reason: ')}".removesuffix(": ")
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    if report.passed:
        return ""
    if call.excinfo is None or isinstance(item, pytest.DoctestItem):
        return report.longreprtext
    error: Any = call.excinfo.value
    return str(error) if isinstance(error, EXPLAINED) else call.excinfo.exconly()
