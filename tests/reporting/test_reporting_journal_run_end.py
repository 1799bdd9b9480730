"""Why a scenario of the plan was not run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_iflow.reporting.journal.run_end import RunEnd


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
