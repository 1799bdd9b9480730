"""Why a scenario of the plan was not run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_iflow.plugin.run_end import EndSignals, RunEnd


def session(shouldfail: bool | str = False) -> pytest.Session:
    """Return what pytest knows at the end."""
    return cast("pytest.Session", SimpleNamespace(shouldfail=shouldfail))


def caught(error: BaseException) -> pytest.ExceptionInfo[BaseException]:
    """Return an exception as pytest hands it over."""
    return pytest.ExceptionInfo.from_exc_info((type(error), error, None))  # type: ignore[arg-type]  # not raised


def worker(name: str) -> Any:
    """Return a worker of xdist."""
    return SimpleNamespace(gateway=SimpleNamespace(id=name))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyboardInterrupt(), "the run was interrupted"),
        (pytest.Session.Interrupted("1 error during collection"), "the run was interrupted (1 error during"),
        (pytest.exit.Exception("no coffee"), "the run was interrupted (no coffee)"),
    ],
)
def test_an_interruption_says_by_what(error: BaseException, reason: str) -> None:
    """Ctrl-C says nothing more."""
    end = RunEnd()
    end.pytest_keyboard_interrupt(caught(error))
    assert end.reason(session()).startswith(reason)
    assert end.interrupted


def test_workers_that_crashed_are_named() -> None:
    """Those that went down as they should are not."""
    end = RunEnd()
    for name, error in (("gw0", "killed"), ("gw1", None), ("gw2", "killed")):
        end.pytest_testnodedown(worker(name), error)
    assert end.reason(session()) == "worker gw0 and gw2 crashed"
    assert not end.interrupted


def test_other_ends() -> None:
    """-x, an error of pytest or a plugin, and none of these."""
    end = RunEnd()
    assert end.reason(session()) == "the run ended"
    assert end.reason(session("stopping after 1 failures")).startswith("the run stopped after a failure")
    end.pytest_internalerror()
    assert end.reason(session()) == "the run broke off"
    assert end.interrupted


@pytest.fixture
def signals() -> Iterator[EndSignals]:
    """Signals of a run, also where a shell has this one in its background; this process's own at the end."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield EndSignals()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_signal_of_somebody_else_stays_his(signals: EndSignals) -> None:
    """Ignored, as a shell does it for what runs in its background, or handled by a program around pytest."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    before = signal.getsignal(signal.SIGINT)
    signals.take_over()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is not before
    signals.give_back()
    assert signal.getsignal(signal.SIGINT) is before


def test_signals_are_raised_once_held_back_and_never_lost(signals: EndSignals) -> None:
    """The first tells the exit code; a run that goes on after it is ended before its next test."""
    signals.take_over()
    end = RunEnd(signals)
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    assert (signals.first, signals.exit_code, end.interrupted) == ("SIGTERM", 143, True)
    with pytest.raises(KeyboardInterrupt):
        end.pytest_runtest_logstart()
    signals.hold()
    end.pytest_runtest_logstart()
    signals.give_back()
    signal.raise_signal(signal.SIGINT)
    following = EndSignals()
    following.take_over()
    with pytest.raises(KeyboardInterrupt), following.postponed():
        signal.raise_signal(signal.SIGINT)
    assert (following.first, following.exit_code) == ("SIGINT", 2)
    following.give_back()
