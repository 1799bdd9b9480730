"""How a scenario runs through the phases of pytest: set-up, call and tear-down, each with its report.

The hooks are those of pytest, in its order. Who hears them is looked up once for the scenarios of a file.
Where no code of a suite can run in a set-up or a tear-down, nothing can be printed, logged or warned of
there: then the plugins of pytest that watch for this are left out, and so are those that change the report of
a phase that failed. Any other plugin that hears a hook is called as ever.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pluggy
import pytest
from _pytest import runner
from _pytest.logging import caplog_handler_key, caplog_records_key
from _pytest.runner import call_and_report, check_interactive_exception, get_reraise_exceptions
from _pytest.skipping import evaluate_xfail_marks, xfailed_key

from pytest_iflow.gherkin.bound_scenario import BOUND
from pytest_iflow.gherkin.fixture_values import OwnFixtureEnd
from pytest_iflow.plugin.heard_hooks import HeardHook

_OURS = "pytest_iflow."
_RUNNER = "_pytest.runner"
_LOGGING = "_pytest.logging"
_CAPTURE = "_pytest.capture"
_WATCHERS = frozenset({_LOGGING, _CAPTURE, "_pytest.skipping"})
"""Plugins that watch code of a suite, or look at marks that are looked at here."""
_GATHERERS = frozenset({"_pytest.unraisableexception", "_pytest.threadexception"})
"""Plugins that gather what went wrong elsewhere meanwhile; they are called."""
_REPORTERS = frozenset(
    {_RUNNER, "_pytest.tmpdir", "_pytest.skipping", "_pytest.unittest", "pytest_bdd.plugin"}
)
"""Plugins that add nothing to the report of a set-up or a tear-down that passed."""
_DECIDING_MARKS = frozenset({"skip", "skipif", "xfail"})
_CURRENT_TEST = "PYTEST_CURRENT_TEST"

_OBJECTS = 10_000
"""Objects that are made before Python looks for garbage among them; usually these are 700."""

_Phase = Callable[[pytest.Item], object]


class _Hooks:
    """Who hears of the scenarios of one file; ``logs`` tells whether pytest's plugin for logging does.

    ``set_up`` and ``tear_down`` are the functions to call where no code of the suite runs, before and behind
    what pytest itself does; ``watched_call`` is the call of a scenario without marks that decide about it.
    Each is None where another plugin hears of the phase.
    """

    def __init__(self, file: pytest.Collector) -> None:
        ihook = file.ihook
        manager, place = file.config.pluginmanager, ("nodeid", "location")
        self.start = HeardHook(ihook.pytest_runtest_logstart, place, manager)
        self.finish = HeardHook(ihook.pytest_runtest_logfinish, place, manager)
        self.log_report = HeardHook(ihook.pytest_runtest_logreport, ("report",), manager)
        self.call, self.interact = ihook.pytest_runtest_call, ihook.pytest_exception_interact
        self.make_report = ihook.pytest_runtest_makereport
        self.logs = any(_module(each) == _LOGGING for each in ihook.pytest_runtest_setup.get_hookimpls())
        self.set_up = _quiet_phase(ihook.pytest_runtest_setup)
        self.watched_call = _watched_call(ihook.pytest_runtest_call)
        self.tear_down = _quiet_phase(ihook.pytest_runtest_teardown)
        makers = ihook.pytest_runtest_makereport.get_hookimpls()
        first = ihook.pytest_runtest_logreport.get_hookimpls()[-1]  # it masks
        self.may_report = _module(first).startswith(_OURS) and all(
            _module(each) in _REPORTERS or _module(each).startswith(_OURS) for each in makers
        )
        protocols = [_module(each) for each in ihook.pytest_runtest_protocol.get_hookimpls()]
        behind_pytest = protocols.index(_RUNNER) + 1
        self.before = [
            each
            for each in reversed(ihook.pytest_runtest_protocol.get_hookimpls()[behind_pytest:])
            if not (each.wrapper or each.hookwrapper or _module(each) == __name__)
        ]
        self._parents = file.listchain()
        wrappers = [each for each in reversed(makers) if _module(each).startswith(_OURS)]
        self._makers = wrappers if self.may_report and all(each.wrapper for each in wrappers) else None

    def marks_decide(self, item: pytest.Item) -> bool:
        """Whether a mark may say that a scenario is skipped or expected to fail."""
        marked = (*self._parents, item)
        return any(mark.name in _DECIDING_MARKS for node in marked for mark in node.own_markers)

    def report_of_passed(self, item: Any, call: pytest.CallInfo[Any]) -> pytest.TestReport:
        """Make the report of a call that raised nothing; who would add nothing is not asked.

        These are the plugins that deal with ``tmp_path`` and with marks that expect a failure.
        """
        is_special = item.stash.get(xfailed_key, None) or "tmp_path" in item._request._fixture_defs  # noqa: SLF001
        if self._makers is None or is_special:
            made: pytest.TestReport = self.make_report(item=item, call=call)
            return made
        known = {"item": item, "call": call}
        makers: list[Any] = [each.function(*(known[name] for name in each.argnames)) for each in self._makers]
        for each in makers:
            next(each)
        report = pytest.TestReport.from_item_and_call(item, call)
        for each in reversed(makers):
            try:
                each.send(report)
            except StopIteration as end:
                report = end.value
        return report


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Let Python look for garbage less often: what a run makes lives until its end, or is freed at once."""
    before = gc.get_threshold()
    if gc.isenabled() and 0 < before[0] < _OBJECTS:
        gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _module(implementation: pluggy.HookImpl) -> str:
    return implementation.function.__module__


def _quiet_phase(hook: pluggy.HookCaller) -> tuple[list[_Phase], list[_Phase]] | None:
    """Return what is called before and behind pytest's own part; None where others hear of the phase."""
    before: list[_Phase] = []
    behind: list[_Phase] = []
    phase = before
    for each in reversed(hook.get_hookimpls()):
        module = _module(each)
        if module == _RUNNER:
            phase = behind
        elif module in _GATHERERS or module.startswith(_OURS):
            if not (each.wrapper or each.hookwrapper):  # wrappers of ours hear of Python tests
                phase.append(each.function if each.argnames else _without_item(each.function))
        elif module not in _WATCHERS:
            return None
    return before, behind


def _watched_call(hook: pluggy.HookCaller) -> _Phase | None:
    """Return a function that does what the plugins of pytest do for a call; None where others hear of it."""
    watchers: dict[str, Any] = {}
    gatherers: list[_Phase] = []
    for each in reversed(hook.get_hookimpls()):
        module = _module(each)
        if module in _GATHERERS:
            gatherers.append(each.function)
        elif module in _WATCHERS:
            watchers[module] = each.plugin
        elif module != _RUNNER and not (each.hookwrapper and module.startswith(_OURS)):
            return None
    if watchers.keys() != _WATCHERS:
        return None
    logging, capture = watchers[_LOGGING], watchers[_CAPTURE]

    def call(item: pytest.Item) -> None:
        __tracebackhide__ = True
        logging.log_cli_handler.set_when("call")
        with logging._runtest_for(item, "call"), capture.item_capture("call", item):  # noqa: SLF001
            try:
                runner.pytest_runtest_call(item)
                for each in gatherers:
                    each(item)
            finally:  # a step may have added the mark
                if any(mark.name == "xfail" for mark in item.iter_markers()):
                    item.stash[xfailed_key] = evaluate_xfail_marks(item)

    return call


def _without_item(function: Callable[[], object]) -> _Phase:
    return lambda _item: function()


class ScenarioProtocol:
    """Runs scenarios that are bound to their steps; pytest runs all other tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._reraised = get_reraise_exceptions(config)
        self._shows_fixtures = config.option.setupshow
        self._hooks: dict[pytest.Collector | None, _Hooks] = {}

    def pytest_plugin_registered(self) -> None:
        """Look anew who hears of scenarios."""
        self._hooks.clear()

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run a scenario, unless a plugin that comes before pytest's own part wants to."""
        file = item.parent
        if BOUND not in item.stash or file is None or self._shows_fixtures:
            return None
        hooks = self._hooks.get(file)
        if hooks is None:
            hooks = self._hooks[file] = _Hooks(file)
        known = {"item": item, "nextitem": nextitem}
        for each in hooks.before:
            if each.function(*(known[name] for name in each.argnames)) is not None:
                return True
        hooks.start(item.nodeid, item.location)
        self._run_phases(item, nextitem, hooks)
        hooks.finish(item.nodeid, item.location)
        return True

    def _run_phases(self, item: Any, nextitem: pytest.Item | None, hooks: _Hooks) -> None:
        """Run the phases as ``runtestprotocol`` of pytest does."""
        if not item._request:  # noqa: SLF001, a test that ran before
            item._initrequest()  # noqa: SLF001
        try:
            if self._set_up(item, hooks).passed:
                act: Callable[[], object] = partial(hooks.call, item=item)
                if hooks.watched_call is not None and not hooks.marks_decide(item):
                    act = partial(hooks.watched_call, item)
                self._report(item, hooks, self._call_info("call", act))
            if item.session.shouldfail or item.session.shouldstop:
                nextitem = None
            self._tear_down(item, nextitem, hooks)
        finally:
            item._request = False  # noqa: SLF001
            item.funcargs = None

    def _set_up(self, item: Any, hooks: _Hooks) -> pytest.TestReport:
        stack = item.session._setupstate.stack  # noqa: SLF001, nobody else tells what is set up
        if (
            hooks.set_up is None
            or getattr(item, "fixturenames", True)
            or item.parent not in stack
            or any(error for _, error in stack.values())
            or hooks.marks_decide(item)
        ):
            return call_and_report(item, "setup")
        before, behind = hooks.set_up

        def act() -> None:
            for each in before:
                each(item)
            item.session._setupstate.setup(item)  # noqa: SLF001
            for each in behind:
                each(item)

        if hooks.logs:
            item.stash[caplog_records_key] = {"setup": []}
        return self._report(item, hooks, self._call_info("setup", act))

    def _tear_down(self, item: Any, nextitem: pytest.Item | None, hooks: _Hooks) -> None:
        stack = item.session._setupstate.stack  # noqa: SLF001
        if (
            hooks.tear_down is None
            or nextitem is None
            or nextitem.parent is not item.parent
            or item not in stack
            or any(type(each) is not OwnFixtureEnd for each in stack[item][0][1:])
        ):
            call_and_report(item, "teardown", nextitem=nextitem)
            return
        before, behind = hooks.tear_down

        def act() -> None:
            for each in before:
                each(item)
            item.session._setupstate.teardown_exact(nextitem)  # noqa: SLF001
            os.environ.pop(_CURRENT_TEST, None)
            for each in behind:
                each(item)

        call = self._call_info("teardown", act)
        if hooks.logs:
            for key in (caplog_records_key, caplog_handler_key):
                if key in item.stash:
                    del item.stash[key]
        self._report(item, hooks, call)

    def _call_info(self, when: Any, act: Callable[[], object]) -> pytest.CallInfo[Any]:
        return pytest.CallInfo.from_call(act, when=when, reraise=self._reraised)

    def _report(self, item: pytest.Item, hooks: _Hooks, call: pytest.CallInfo[Any]) -> pytest.TestReport:
        """Report a phase as ``call_and_report`` of pytest does."""
        if call.excinfo is None and call.when == "call":
            report = hooks.report_of_passed(item, call)
        elif call.excinfo is None and hooks.may_report and not item._report_sections:  # noqa: SLF001
            report = pytest.TestReport.from_item_and_call(item, call)
        else:
            report = hooks.make_report(item=item, call=call)
        hooks.log_report(report)
        if check_interactive_exception(call, report):
            hooks.interact(node=item, call=call, report=report)
        return report
