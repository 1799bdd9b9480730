"""Scenarios side by side: they run ahead in threads, and pytest takes their results in its order.

Each scenario goes through the whole protocol of pytest in its turn. Where it would run its steps, it takes
what its thread has brought. So reports, re-runs and ``-x`` work as they do without threads.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextvars import Context
from itertools import zip_longest

import pytest

from pytest_iflow.gherkin.compiled import STEP_LISTENER
from pytest_iflow.places import Places, RunCutShort
from pytest_iflow.plugin.parallel.fitness import Fitness, Place
from pytest_iflow.plugin.parallel.limit import GrowingLimit
from pytest_iflow.plugin.parallel.output import OutputOfThreads
from pytest_iflow.plugin.parallel.scenario_run import ScenarioRun
from pytest_iflow.plugin.run_end import EndSignals
from pytest_iflow.reporting.progress import IN_FLIGHT, REFRESH
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.reporting.scenario_results import ScenarioResults
from pytest_iflow.run import Run

WINDOW = 2
"""Times the limit: so many scenarios are ready to act or act."""

MOST_AHEAD = 16
"""Times the limit, and at least ``LEAST_AHEAD``: so many have no report yet, those included that wait."""
LEAST_AHEAD = 64

_LOOK = 0.1
"""Seconds after which a wait in the main thread looks for Ctrl-C, which wakes no lock on Windows."""

GRACE = 1.0
"""Seconds that calls in flight have at the end of a run that is cut short."""


class ScenariosAhead:
    """Sends scenarios ahead, and hands over what became of each when its turn comes.

    ``limit`` is how many act at once; with ``grows`` it is found while the run goes on.
    """

    def __init__(
        self,
        config: pytest.Config,
        run: Run,
        limit: int,
        results: ScenarioResults,
        signals: EndSignals,
        *,
        grows: bool,
    ) -> None:
        self.places = Places(limit, self._note_change)
        self._config = config
        recorder = config.stash[STEP_LISTENER]
        assert isinstance(recorder, ScenarioRecorder)  # noqa: S101, there is no other one
        self._recorder = recorder
        self._results = results
        self._signals = signals
        self._fitness = Fitness(config, run, recorder, self._count_failure)
        self._grows = grows
        self._output = OutputOfThreads(config)
        self._items: list[pytest.Item] = []
        self._position: dict[pytest.Item, int] = {}
        self._next = 0
        self._stopped_at: pytest.Item | None = None
        self._sent: dict[pytest.Item, ScenarioRun] = {}
        self._handed_over: dict[pytest.Item, ScenarioRun] = {}
        self._queue: queue.SimpleQueue[ScenarioRun | None] = queue.SimpleQueue()
        self._threads = 0
        self._unfinished = 0
        self._changed = threading.Condition()
        self._failures = 0
        self._sends = True
        self._shown_at = 0.0
        self._in_turn: Counter[str] = Counter()
        run.before_calls.insert(0, self._require_sending)
        config.stash[IN_FLIGHT] = self._titles
        if grows:
            run.observers.append(GrowingLimit(self.places).observe)

    def pytest_report_header(self) -> str:
        """Say how many scenarios act at once."""
        limit = self.places.limit
        shown = f"auto, {limit} at first" if self._grows else f"{limit}"
        return f"parallel: {shown} (scenarios that run at once, in threads)"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Report also what was sent ahead of a test that ends the run."""
        self._items = session.items
        self._position = {item: number for number, item in enumerate(session.items)}
        self._recorder.several_run = True
        try:
            with self._output.kept_apart():
                try:
                    return (yield)
                except (KeyboardInterrupt, pytest.exit.Exception, session.Failed) as error:
                    is_over = not isinstance(error, session.Failed | session.Interrupted)
                    with self._signals.postponed():
                        self._report_rest(session, cut_short=is_over)
                    raise
                finally:
                    self._end()
        finally:
            self._recorder.several_run = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Take what the thread of a scenario has brought; others run here, with nothing in flight."""
        __tracebackhide__ = True
        self._output.route_streams()
        self._send(pyfuncitem)
        run = self._sent.get(pyfuncitem)
        if run is None:
            return None
        try:
            self._wait_for(run)
        except (Exception, pytest.fail.Exception):  # such as that of pytest-timeout
            del self._sent[pyfuncitem]
            raise
        del self._sent[pyfuncitem]
        if not run.has_begun:  # no more are sent, and this one comes before what has failed
            self._recorder.record_of(pyfuncitem)
            return None
        self._handed_over[pyfuncitem] = run
        self._output.replay(run.output)
        run.hand_over()
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report the times at which a scenario ran, not those of its turn."""
        run = self._handed_over.pop(item, None) if call.when == "call" else None
        if run is not None:
            call.start, call.stop, call.duration = run.began, run.ended, run.seconds
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say with ``-v`` which tests ran in their turn, and why."""
        if terminalreporter.config.get_verbosity() <= 0 or not self._in_turn:
            return
        terminalreporter.section("not run side by side", sep="-")
        for reason, count in self._in_turn.most_common():
            terminalreporter.write_line(f"{count:>6} {reason}")

    def _titles(self) -> list[str]:
        """Titles of the scenarios that act or wait now."""
        return [item.location[2] for item, run in self._sent.items() if run.has_begun and not run.is_done]

    def _send(self, current: pytest.Function) -> None:
        """Send scenarios ahead, from the one whose turn it is, as many as may be in flight."""
        self._next = max(self._next, self._position.get(current, 0))
        while self._sends and self._next < len(self._items) and self._has_room():
            item = self._items[self._next]
            if item is self._stopped_at and item is not current:
                return
            judgement = self._fitness.judge(item, current)
            if judgement.place is Place.IN_TURN:
                if item is not current:
                    self._stopped_at = item  # until all before it are reported
                    return
                self._in_turn[judgement.reason] += 1
            self._next += 1
            if judgement.run is not None:
                self._start(judgement.run)
            elif judgement.place is Place.IN_TURN:
                return

    def _has_room(self) -> bool:
        limit = self.places.limit
        most = max(MOST_AHEAD * limit, LEAST_AHEAD)
        return self._unfinished - self.places.away < WINDOW * limit and len(self._sent) < most

    def _start(self, run: ScenarioRun) -> None:
        run.number = self._position[run.item]
        self._sent[run.item] = run
        self._queue.put(run)
        with self._changed:
            self._unfinished += 1
            needs_thread = self._unfinished > self._threads
        if needs_thread:
            self._threads += 1
            name = f"scenarios-{self._threads}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        """Run scenarios one after the other until there are no more."""
        while (run := self._queue.get()) is not None:
            Context().run(run.execute, self.places, self._begins)
            with self._changed:
                self._unfinished -= 1
                self._changed.notify_all()

    def _count_failure(self) -> None:
        """Send no more once as many scenarios have failed as ``-x`` or ``--maxfail`` allow."""
        with self._changed:
            self._failures += 1
            if self._failures == self._config.option.maxfail:
                self._sends = False

    def _begins(self, run: ScenarioRun) -> bool:
        """Let a scenario begin, unless one has failed after which no more are sent."""
        if self._sends:
            self._results.start_ahead(run.item.nodeid)
        return self._sends

    def _require_sending(self) -> None:
        """Keep a scenario that has begun from sending its first message, where no more are sent."""
        record = self._recorder.current
        run = self._sent.get(record.item) if record and not (self._sends or record.sends_message) else None
        if run is not None:
            run.has_begun = False
            self._recorder.abandon(run.item)
            raise RunCutShort

    def _note_change(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait_for(self, run: ScenarioRun) -> None:
        """Wait until a scenario is done; send others meanwhile, as there is room."""
        while not run.is_done:
            with self._changed:
                if not run.is_done:
                    self._changed.wait(_LOOK)
            self._send(run.item)
            if time.monotonic() - self._shown_at > _LOOK:
                self._shown_at = time.monotonic()
                self._config.stash.get(REFRESH, int)()

    def _report_rest(self, session: pytest.Session, *, cut_short: bool) -> None:
        """Report the scenarios that were sent ahead of the test that ended the run."""
        self._sends = False
        if cut_short:
            self.places.end()
        begun = [run for run in self._sent.values() if run.has_begun]
        until = time.monotonic() + GRACE
        while any(not run.is_done for run in begun) and not (cut_short and time.monotonic() > until):
            with self._changed:
                self._changed.wait(_LOOK)
        finished = [run.item for run in begun if run.is_done and not run.is_cut_short]
        for run in begun:
            if run.item not in finished:
                self._recorder.abandon(run.item)
        if finished:
            session._setupstate.teardown_exact(finished[0])  # noqa: SLF001, of the test that was left
        for item, following in zip_longest(finished, finished[1:]):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)

    def _end(self) -> None:
        self._sends = False
        for _ in range(self._threads):
            self._queue.put(None)
