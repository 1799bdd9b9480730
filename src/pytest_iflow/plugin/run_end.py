"""How a run ends: by itself, by a signal, by an error; why a scenario was not run; and its exit code."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from pytest_iflow.errors import ExitCode
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import mask

_REPLACED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
_SAYS_MORE = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)
"""Exit codes that a leak leaves: the run failed for more than that."""

GRACE = 1.0
"""Seconds within which a signal is the one before once more, as when Ctrl-C is pressed twice."""

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_PAUSE = 0.02
"""Seconds that a signal waits for the end of what is being written."""
_PUT_OFF = 5.0
"""Seconds that it waits at most."""
_WRITERS = ("pytest_iflow.reporting.", "allure_pytest.")
_OLD_WRAPPER = "run_old_style_hookwrapper"
"""Function of pluggy that runs what stands behind the ``yield`` of such a wrapper."""
_FATAL = 128
"""What a shell adds to the number of a signal that ended a process."""


class EndSignals:
    """The signals that end a run, from the moment that they are taken over until the reports are written.

    The first one raises KeyboardInterrupt, which pytest ends a run on, as Ctrl-C does in any case. One that
    comes ``GRACE`` seconds later does so again, so that a teardown which hangs can be left. Amidst what
    writes for a report it waits for the end of that. While the reports of the run are written they are only
    noted. ``first`` is the first that came, by its name.
    """

    def __init__(self) -> None:
        self.first: str | None = None
        self._held = False
        self._waiting = False
        self._raised_at = float("-inf")
        self._put_off_at: float | None = None
        self._earlier: dict[int, Any] = {}

    @property
    def exit_code(self) -> int:
        """The exit code of the run: 2 after Ctrl-C; 128 and the number of any other, as shells have it."""
        if self.first in {None, "SIGINT", "SIGBREAK"}:
            return int(pytest.ExitCode.INTERRUPTED)
        return _FATAL + int(signal.Signals[str(self.first)])

    def take_over(self) -> None:
        """Take over the signals that would end the process, where the main thread does this."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in _SIGNALS:
            if (number := getattr(signal, name, None)) is None:
                continue
            earlier = signal.getsignal(number)
            if isinstance(before := getattr(earlier, "__self__", None), EndSignals):
                earlier = before._earlier[number]  # noqa: SLF001, of another run of this process
            # Who ignores a signal, as under nohup, or handles it, has a reason.
            if earlier in {signal.SIG_DFL, signal.default_int_handler}:
                self._earlier[number] = earlier
                signal.signal(number, self._handle)

    def give_back(self) -> None:
        """Let signals do what they did before; one that is repeated just now is dropped."""
        self._raised_at = time.monotonic()
        for number, earlier in self._earlier.items():
            signal.signal(number, self._handle_late if self.first else earlier)

    def hold(self) -> None:
        """Note signals from now on, and raise nothing."""
        self._held = True

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Raise what comes meanwhile at the end of this context."""
        self._held, before = True, self._held
        try:
            yield
        finally:
            self._held = before
        if self._waiting and not before:
            self._raise()

    def raise_lost(self) -> None:
        """Raise again what came and was lost: an exception that came amidst a finalizer is."""
        if self.first and not self._held:
            self._raise()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.first = self.first or signal.Signals(number).name
        now = time.monotonic()
        if self._held:
            self._waiting = True
        elif now - self._raised_at < GRACE:
            pass
        elif _writes_reports(frame) and now - (self._put_off_at or now) < _PUT_OFF:
            self._put_off_at = self._put_off_at or now
            _thread.start_new_thread(_send_again, (number,))  # a Thread would take locks that may be held
        else:
            self._raise()

    def _raise(self) -> None:
        self._waiting = False
        self._raised_at = time.monotonic()
        raise KeyboardInterrupt(*([] if self.first == "SIGINT" else [self.first]))

    def _handle_late(self, number: int, _frame: FrameType | None) -> None:
        if time.monotonic() - self._raised_at >= GRACE:
            signal.signal(number, self._earlier[number])
            signal.raise_signal(number)


def _writes_reports(frame: FrameType | None) -> bool:
    """Whether an exception would come amidst what writes for a report, and leave half of it.

    In an old wrapper of a hook pluggy warns of any exception, which may be an error.
    """
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name.startswith(_WRITERS) or frame.f_code.co_name == _OLD_WRAPPER:
            return True
        frame = frame.f_back
    return False


def _send_again(number: int) -> None:
    time.sleep(_PAUSE)
    if sys.platform == "win32":
        _thread.interrupt_main(number)
    elif (main := threading.main_thread().ident) is not None:
        signal.pthread_kill(main, number)  # which wakes a call of the system, too


class RunEnd:
    """Watches what cuts a run short.

    ``refusals`` are the texts with which a run was refused before its first scenario, such as that the local
    tenant did not start; ``refused_collection`` those with which it was while it was collected.
    """

    def __init__(self, signals: EndSignals | None = None) -> None:
        self._signals = signals or EndSignals()
        self.refusals: list[str] = []
        self.refused_collection: list[str] = []
        self._interrupted = False
        self._reason = ""
        self._crashed: list[str] = []

    @property
    def interrupted(self) -> bool:
        """Whether the run was cut short by somebody, or broke off."""
        return self._interrupted or self._signals.first is not None

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Generator[None, object, object]:
        """Keep with which text the run is refused at its start."""
        with _refusal_noted(self.refusals):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Keep with which text it is refused while it is collected."""
        with _refusal_noted(self.refused_collection):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Keep with which text it is refused before its first scenario."""
        with _refusal_noted(self.refusals):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectstart(self) -> None:
        """Collect no more after a signal."""
        self._signals.raise_lost()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """Begin no test after a signal."""
        self._signals.raise_lost()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that the run was cut short: by a signal, ``pytest.exit``, or pytest's own decision."""
        self.interrupt(excinfo.value)

    def interrupt(self, error: BaseException) -> None:
        """Note that the run was cut short, and by what."""
        self._interrupted = True
        self._reason = self._reason or f"the run was interrupted ({error})".replace(" ()", "")

    def pytest_internalerror(self) -> None:
        """Note that the run broke off."""
        self._interrupted = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note that a worker of xdist crashed."""
        if error:
            self._crashed.append(node.gateway.id)

    def reason(self, session: pytest.Session | None) -> str:
        """Return why scenarios were not run, in words that go on with "… before it ran"."""
        if self._reason:
            return self._reason
        if self._signals.first:
            return "the run was interrupted"
        if self._crashed:
            return f"worker {' and '.join(self._crashed)} crashed"
        if session is not None and session.shouldfail:
            return "the run stopped after a failure (-x, --maxfail)"
        return "the run broke off" if self.interrupted else "the run ended"


def exit_code(code: int, run: RunResult, *, only_new: bool, lost: bool, missed: bool = False) -> int:
    """Return the exit code of a run that pytest ends with ``code``.

    With ``only_new`` failures that are known from before fail no run. ``lost`` says that reports could not
    be written, ``missed`` that too little of the exported iFlows was passed.
    """
    if run.leaks:
        return code if code in _SAYS_MORE else pytest.ExitCode.TESTS_FAILED
    if run.environment_problems and code in _REPLACED:
        return ExitCode.BROKEN_ENVIRONMENT
    if only_new and code == pytest.ExitCode.TESTS_FAILED and run.is_as_before:
        code = pytest.ExitCode.OK
    if missed and code == pytest.ExitCode.OK:
        code = pytest.ExitCode.TESTS_FAILED
    if lost and code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        return ExitCode.REPORTS_INCOMPLETE
    return code


@contextmanager
def _refusal_noted(texts: list[str]) -> Iterator[None]:
    try:
        yield
    except pytest.UsageError as error:
        texts.append(mask(str(error)))
        raise
