"""Saxon in its thread: what takes too long is given up, and the next task finds another one."""

from __future__ import annotations

import threading

import pytest

from pytest_iflow.iflow_engine.failures import LimitError
from pytest_iflow.iflow_engine.saxon import said, saxon


def test_a_task_without_an_end_is_given_up() -> None:
    """Its thread stays behind, and ends with the process; tasks after it are not held up."""
    first, released = saxon(), threading.Event()
    with pytest.raises(LimitError, match=r"more than 0\.05 seconds"):
        first.run(lambda _held: released.wait(), 0.05)
    assert saxon() is not first
    assert saxon().run(lambda held: held.kept.setdefault("a", 1), 10) == 1
    released.set()


def test_errors_of_tasks_are_raised_where_one_waits() -> None:
    """With the words of Saxon, but without the folder that this process runs in."""
    with pytest.raises(ZeroDivisionError):
        saxon().run(lambda _held: 1 / 0, 10)
    assert said(ValueError("Error on line 1 of file:///home/ann/suite/:\n  XPST0017")) == (
        "Error on line 1\n  XPST0017"
    )
