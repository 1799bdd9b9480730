"""Reports of pytest, masked before anything shows, sends or writes them."""

from __future__ import annotations

import operator
import warnings
import weakref
from collections.abc import Generator
from typing import Any

import pytest
from _pytest._code.code import TerminalRepr

from pytest_iflow.reporting.masking.values import masked_comparison
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.secrets.registry import REGISTRY, leaves_alone, mask, masked

_KEPT = frozenset({"nodeid", "_id", "result", "node", "outcome", "when", "duration", "start", "stop"})
"""Attributes that are no texts, or by which pytest-xdist knows a report again."""

_NO_TEXTS = frozenset({int, float, bool, type(None)})

_NAMES = frozenset({"keywords", "location", "user_properties"})
"""Attributes that hold the names of a test, the same in each of its reports unless one is added."""

_EACH_ALONE = frozenset({"keywords", "location"})
"""Attributes whose texts have nothing to do with each other, and stand in the reports of many tests."""

_LOOKED_AT = _NAMES | _KEPT | {"sections"}
"""Attributes of which the values within are compared, or that are no texts."""

_FIXED = _NO_TEXTS | {str, ScenarioResult}
"""Types whose values nobody changes."""

_MOST_NAMES = 1_000
"""Names that are kept as clean: those of files, folders and marks, and of the latest tests."""

_MOST_TEXTS = 8
"""Texts of reports that are kept as clean: those of one test."""


# Not on the report, which other plugins may write as it is; by identity, for that of a subtest has no hash.
_OWN_IDS: dict[int, str] = {}


def own_id(report: pytest.TestReport) -> str:
    """Return the node id by which pytest knows the test, also where the report has it masked."""
    return _OWN_IDS.get(id(report), report.nodeid)


class ReportMask:
    """Masks reports: where they are made, and again where they are shown, when more secrets may be known.

    ``in_worker`` says whether this is a worker of pytest-xdist, which sends them to the controller.
    """

    def __init__(self, *, in_worker: bool) -> None:
        self._in_worker = in_worker
        self._clean_names: set[str] = set()
        self._clean_texts: set[str] = set()
        self._version = -1
        self._looked_at: list[Any] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Mask what was found out about a test, after everybody has said what there is to say."""
        report = yield
        if self._is_clean(report):
            self._looked_at = _state(report) if _is_fixed(report) else []
        else:
            _mask_texts(report)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Mask a report from elsewhere, such as that of a worker that crashed, and the name of a test."""
        if not self._is_clean(report):
            _mask_texts(report)
            self._mask_name(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Mask what could not be collected."""
        if not report.passed:
            _mask_texts(report)
            self._mask_name(report)

    @pytest.hookimpl(wrapper=True)
    def pytest_assertrepr_compare(
        self, op: str, left: object, right: object
    ) -> Generator[None, list[Any], list[Any]]:
        """Mask both sides of a comparison that failed."""
        explanations = yield
        return masked_comparison(op, left, right, explanations)

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any) -> None:
        """Mask an error of pytest or of a plugin."""
        _masked(excrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Mask a warning, whose parts travel one by one from worker to controller."""
        said: Any = warning_message.message
        if isinstance(said, Warning):
            text = str(said)
            if mask(text) != text:
                said.args = tuple(masked(list(said.args))) if len(said.args) > 1 else (mask(text),)
        else:
            warning_message.message = mask(said)

    def _is_clean(self, report: pytest.TestReport) -> bool:
        """Whether a report holds nothing to mask, as most do; it may say no where that is so.

        All texts are searched at once, each on lines of its own: a secret may go from one into the next. What
        was searched is not searched again until a secret is registered: names of files and marks stand in the
        reports of many tests, and reports come by where they are made and where they are shown.
        """
        self._forget()
        if self._clean_names and self._is_looked_at(report):
            return True
        names: list[str] = [report.nodeid]
        texts: list[str] = []
        for name, value in vars(report).items():
            if value and name not in _KEPT:
                if name not in _EACH_ALONE:
                    _add_texts(value, texts)
                elif type(value) is dict and _NO_TEXTS.issuperset(map(type, value.values())):
                    names += value
                else:
                    _add_texts(value, names)
        new_names, text = set(names) - self._clean_names, "\n".join(texts)
        new_texts = {text} - self._clean_texts if text else set()
        if new_names or new_texts:
            if not leaves_alone("\n".join((*new_names, *new_texts))):
                return False
            self._clean_names |= new_names
            self._clean_texts |= new_texts
        return True

    def _forget(self) -> None:
        """Forget what was clean before another secret was registered, and what is too much to keep."""
        if self._version != REGISTRY.version or len(self._clean_names) > _MOST_NAMES:
            self._clean_names.clear()
            self._version = REGISTRY.version
            self._clean_texts.clear()
        elif len(self._clean_texts) > _MOST_TEXTS:
            self._clean_texts.clear()

    def _is_looked_at(self, report: pytest.TestReport) -> bool:
        """Whether a report is as it was when it was made, and found to be clean."""
        seen = self._looked_at
        if not seen or seen[0] is not report or report.sections:
            return False
        state = _state(report)
        return len(state) == len(seen) and all(map(operator.is_, state, seen))

    def _mask_name(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        """Mask a node id; a worker leaves that to the controller, which asks for it as it is."""
        if not self._in_worker and (hidden := mask(report.nodeid)) != report.nodeid:
            _OWN_IDS[id(report)] = report.nodeid
            weakref.finalize(report, _OWN_IDS.pop, id(report), None)
            report.nodeid = hidden


def _is_fixed(report: pytest.TestReport) -> bool:
    """Whether each text that another plugin changes or adds is in another object, or in a new section."""
    return _FIXED.issuperset([type(value) for name, value in vars(report).items() if name not in _LOOKED_AT])


def _state(report: pytest.TestReport) -> list[Any]:
    """Return a report and the objects that it holds."""
    return [report, *vars(report).values(), *(report.keywords or ()), *(report.user_properties or ())]


def _mask_texts(report: Any) -> None:
    for name, value in vars(report).items():
        if name not in _KEPT:
            setattr(report, name, _masked(value))


def _masked(value: Any) -> Any:
    """Return ``value`` masked; what pytest shows of an error is changed in place."""
    return masked(value, of_other=_mask_shown)


def _mask_shown(value: Any) -> Any:
    if isinstance(value, ScenarioResult):
        return value.masked(mask)
    if isinstance(value, TerminalRepr):
        for name, held in vars(value).items():
            setattr(value, name, _masked(held))
    return value


def _add_texts(value: Any, found: list[str]) -> None:
    """Add every text that ``_masked`` would look into; quickly, for all that each report holds."""
    kind = type(value)
    if isinstance(value, str):
        found.append(value)
    elif kind in _NO_TEXTS:
        pass
    elif isinstance(value, dict):
        _add_texts([*value], found)
        _add_texts([*value.values()], found)
    elif isinstance(value, list | tuple):
        kinds = set(map(type, value))
        if kinds == {str}:
            found += value
        elif not kinds <= _NO_TEXTS:
            for held in value:
                _add_texts(held, found)
    elif kind is ScenarioResult:
        found += value.texts
    elif isinstance(value, TerminalRepr):
        _add_texts(vars(value), found)
